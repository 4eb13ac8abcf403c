/** A table of who gets which grid, as it comes out of a spreadsheet: pure, no page. @module */

/** What the columns may be called, in any case. */
const GRID = ["grid_code", "grid", "key", "\u7f51\u683c", "\u7f51\u683c\u7f16\u7801", "\u7f51\u683c\u4ee3\u7801"];
const WORKER = ["worker_code", "worker", "\u7f51\u683c\u5458", "\u7f51\u683c\u5458\u7f16\u53f7"];
const ROLE = ["role", "\u89d2\u8272"];
const KEY = /^(n\d+|\d{14,16})$/;

/**
 * Read lines of a grid and a worker; an empty worker makes the grid nobody's. Lines of deputies are left out.
 *
 * @param {string} text separated by commas, semicolons or tabs; the first line may name the columns
 * @returns {{workers: Record<string, string | null>, unread: number[]}} by grid, the last line of a grid holds; unread: lines without a
 *   grid, counted from 1
 */
export function readAssignments(text) {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const separator = ["\t", ";", ","].find((one) => lines[0].includes(one)) ?? ",";
  const cells = lines.map((line) => line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1").trim()));
  const names = cells[0].map((cell) => cell.toLowerCase());
  const named = names.some((name) => GRID.includes(name));
  const at = (/** @type {string[]} */ known, /** @type {number} */ otherwise) => (named ? names.findIndex((name) => known.includes(name)) : otherwise);
  const [grid, worker, role] = [at(GRID, 0), at(WORKER, 1), at(ROLE, -1)];
  /** @type {Record<string, string | null>} */
  const workers = {};
  /** @type {number[]} */
  const unread = [];
  for (const [n, row] of cells.entries()) {
    if ((named && n === 0) || row.every((cell) => cell === "") || (role >= 0 && row[role] === "deputy")) continue;
    if (worker < 0 || !KEY.test(row[grid] ?? "") || row[worker] === undefined) unread.push(n + 1);
    else workers[row[grid]] = row[worker] || null;
  }
  return { workers, unread };
}

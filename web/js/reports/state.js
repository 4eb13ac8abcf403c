/** What the reports look at, and its place in the address. @module */

import { makeStore } from "../store.js";

export const SUBJECTS = /** @type {const} */ (["coverage", "workload"]);
export const LEVELS = ["district", "street", "community", "grid", "worker"];

/** Parts of the state that stand in the address, with what an absent one means. */
const IN_ADDRESS = {
  subject: "coverage",
  division: "",
  level: "auto",
  from: "",
  to: "",
  than: "",
  measure: "",
  sort: "",
  up: "",
  chosen: "",
  print: "",
};

/**
 * @typedef {typeof IN_ADDRESS} State
 *   from, to: local days, the last four weeks when empty; than: nothing, "before" for as many days before them, or
 *   from..to; sort: a column, the measure when empty; up: whether the smallest comes first; chosen: a row
 */

export const { state, onChange, change } = makeStore(/** @type {State} */ ({ ...IN_ADDRESS }), address);

/** Take over what the address says, at the start and when the reader goes back. */
export function readAddress() {
  const query = new URLSearchParams(location.search);
  /** @type {Record<string, string>} */
  const found = {};
  for (const [key, absent] of Object.entries(IN_ADDRESS)) found[key] = query.get(key) ?? absent;
  if (!SUBJECTS.includes(/** @type {any} */ (found.subject))) found.subject = IN_ADDRESS.subject;
  if (!LEVELS.includes(found.level)) found.level = IN_ADDRESS.level;
  if (found.level === "worker" && found.subject !== "workload") found.level = IN_ADDRESS.level;
  change(found, "keep");
}

/**
 * @param {State} now
 * @returns {string}
 */
function address(now) {
  const query = new URLSearchParams();
  for (const [key, absent] of Object.entries(IN_ADDRESS)) {
    const value = now[/** @type {keyof State} */ (key)];
    if (value !== absent) query.set(key, value);
  }
  const text = query.toString();
  return text ? `?${text}` : location.pathname;
}

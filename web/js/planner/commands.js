/** Every tool of the planner: its key, its sign, and what it does with what is selected. @module */

import { t } from "../i18n.js";
import { halfWay, isInside } from "../geo/inside.js";
import { draft, isEditable, isSearched, keyOf, selectedGrids } from "./draft.js";
import { perform } from "./edits.js";
import { clearNotices } from "./notices.js";
import { change, measure, state } from "./state.js";

/**
 * @typedef {"mode" | "act" | "form" | "open"} Kind mode: stays until another is chosen; act: done at once; form: asks for
 *   something first; open: opens something
 * @typedef {{name: string, key: string, kind: Kind, sign: string, number?: {name: string, usual: number, low: number, high: number, unit: string}}} Tool
 *   sign: a path in a box of 24 by 24; number: what a form asks for, where it is one
 */

/** @type {Tool[]} */
export const TOOLS = [
  { name: "select", key: "v", kind: "mode", sign: "M5 3l6 16 2.5-6.5L20 10z" },
  { name: "box", key: "x", kind: "mode", sign: "M4 4h3M10 4h4M17 4h3v3M20 10v4M20 17v3h-3M14 20h-4M7 20H4v-3M4 14v-4M4 7V4" },
  { name: "split", key: "s", kind: "mode", sign: "M4 4h16v16H4zM9 22 15 2" },
  { name: "split_by_roads", key: "r", kind: "act", sign: "M4 4h16v16H4zM4 13c6 0 10-3 16-3M4 16c6 0 10-3 16-3" },
  { name: "split_into", key: "d", kind: "form", sign: "M4 4h16v16H4zM4 12h16M12 4v16", number: { name: "n", usual: 2, low: 2, high: 50, unit: "parts" } },
  { name: "merge", key: "m", kind: "act", sign: "M3 5h7v14H3zM14 5h7v14h-7M10 12h4M8 9.5l2.5 2.5L8 14.5M16 9.5 13.5 12l2.5 2.5" },
  { name: "move_vertex", key: "e", kind: "mode", sign: "M4 19 12 7l8 12M10 5h4v4h-4zM2.5 17.5h3v3h-3zM18.5 17.5h3v3h-3z" },
  { name: "move_edge", key: "f", kind: "mode", sign: "M4 4h16v16H4zM12 4c-3 5 3 10 0 16M15 12h4M17 10l2 2-2 2" },
  { name: "transfer", key: "t", kind: "mode", sign: "M3 9h7v10H3zM6 9V5h4v4M13 12h8M18 9l3 3-3 3" },
  { name: "draw", key: "g", kind: "mode", sign: "M5 17 8 5l11 3-3 11zM3.5 15.5h3v3h-3zM6.5 3.5h3v3h-3zM17.5 6.5h3v3h-3z" },
  { name: "snap_to_roads", key: "p", kind: "form", sign: "M3 16c6 0 12-3 18-3M3 20c6 0 12-3 18-3M6 9l3-5 3 5M9 4v9", number: { name: "within_m", usual: 15, low: 1, high: 200, unit: "m" } },
  { name: "absorb", key: "a", kind: "form", sign: "M4 4h16v16H4zM12 12l-3 5h6zM12 12V4", number: { name: "below_m2", usual: 500, low: 1, high: 100_000, unit: "m²" } },
  { name: "renumber", key: "u", kind: "act", sign: "M5 7l2-1.5V12M5 12h4M13 6.5c3-1.5 5 1 2 3.5l-2 2h4M6 16h12M6 20h12" },
  { name: "assign", key: "w", kind: "open", sign: "M12 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5 20c.5-4 3.5-6 7-6s6.5 2 7 6" },
  { name: "classify", key: "c", kind: "form", sign: "M4 4h8l8 8-8 8-8-8zM8.5 8v1" },
  { name: "lock", key: "l", kind: "act", sign: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3" },
  { name: "design", key: "b", kind: "open", sign: "M12 3v4M12 17v4M3 12h4M17 12h4M6 6l2.5 2.5M15.5 15.5 18 18M18 6l-2.5 2.5M8.5 15.5 6 18" },
];

/** @type {Record<string, () => void>} what opens, set by whoever has it */
const openers = {};

/** @param {string} name @param {() => void} opener */
export function onOpen(name, opener) {
  openers[name] = opener;
}

/** What is said under the map: what to do next, or why a tool cannot be used now. @type {(words: string) => void} */
let say = () => {};

/** @param {(words: string) => void} listener */
export function onHint(listener) {
  say = listener;
}

/**
 * Take up a tool, or do what it does.
 *
 * @param {string} name
 */
export function useTool(name) {
  const tool = TOOLS.find((one) => one.name === name);
  if (!tool) return;
  if (tool.kind === "open") return openers[name]?.();
  if (tool.kind === "act") return act(name);
  if (tool.kind === "form" && !isEditable()) return sayWhy();
  change({ tool: name });
}

/** Whether the tool at hand is one that draws. */
export const drawing = () => ({ split: /** @type {const} */ ("linestring"), move_edge: /** @type {const} */ ("linestring"), draw: /** @type {const} */ ("polygon") })[state.tool];

/** @param {string} name */
function act(name) {
  if (!isEditable()) return sayWhy();
  const grids = selectedGrids();
  const keys = grids.map(keyOf);
  if (name === "renumber") return edit(name, { community: state.community }, []);
  if (name === "merge" && keys.length < 2) return say(t("planner.need.several"));
  if (!keys.length) return say(t("planner.need.one"));
  if (name === "merge") return edit(name, { keys }, keys);
  if (name === "lock") return lock(keys, !grids.every((grid) => grid.properties.locked));
  for (const key of keys) edit(name, { key }, [key]);
}

/**
 * Do what a tool with a number does.
 *
 * @param {Tool} tool
 * @param {number} value
 */
export function apply(tool, value) {
  if (!tool.number) return;
  if (!isEditable()) return sayWhy();
  const keys = selectedGrids().map(keyOf);
  if (tool.name === "absorb" && !keys.length) return edit(tool.name, { community: state.community, below_m2: value }, []);
  if (!keys.length) return say(t("planner.need.one"));
  if (tool.name === "absorb") return edit(tool.name, { keys }, keys);
  if (tool.name === "snap_to_roads") return edit(tool.name, { keys, within_m: value }, keys);
  for (const key of keys) edit(tool.name, { key, n: value, load: measure() }, [key]);
}

/**
 * Give grids to a worker, or to nobody.
 *
 * @param {string[]} keys
 * @param {string | null} worker
 */
export function assign(keys, worker) {
  if (!isEditable()) return sayWhy();
  if (!keys.length) return say(t("planner.need.one"));
  edit("assign", { keys, worker_code: worker }, keys);
}

/**
 * Give each of some grids to a worker of its own, as one edit.
 *
 * @param {Record<string, string | null>} workers by grid; `null` is nobody
 */
export function assignAll(workers) {
  if (!isEditable()) return sayWhy();
  edit("assign", { workers }, Object.keys(workers).filter((key) => draft.grids.has(key)));
}

/**
 * Set the type of the selected grids.
 *
 * @param {string} kind of the scheme
 * @param {string | null} status its sub-status, where it has one
 */
export function classify(kind, status) {
  if (!isEditable()) return sayWhy();
  const keys = state.selected;
  if (!keys.length) return say(t("planner.need.one"));
  edit("classify", { keys, kind, sub_status: status }, keys);
}

/**
 * Keep the ground of grids, or let it be drawn again.
 *
 * @param {string[]} keys
 * @param {boolean} locked
 */
export function lock(keys, locked) {
  if (!isEditable()) return sayWhy();
  edit("lock", { keys, locked }, keys);
}

/**
 * Do what was drawn.
 *
 * @param {import("geojson").LineString | import("geojson").Polygon} geometry
 */
export function applyDrawing(geometry) {
  if (!isEditable()) return sayWhy();
  if (geometry.type === "Polygon") return edit("draw", { polygon: geometry, community: state.community }, []);
  const keys = state.selected;
  if (state.tool === "move_edge") {
    if (keys.length !== 2) return say(t("planner.need.two"));
    return edit("move_edge", { keys, path: geometry }, keys);
  }
  const key = keys.length === 1 ? keys[0] : under(halfWay(geometry.coordinates));
  if (!key) return say(t("planner.need.line"));
  edit("split", { key, line: geometry }, [key]);
}

/** Give a building to the one grid that is selected. @param {string | null} building its code; `null` where none was met */
export function transfer(building) {
  if (!isEditable()) return sayWhy();
  if (!building) return say(t("planner.need.building"));
  if (state.selected.length !== 1) return say(t("planner.need.target"));
  edit("transfer", { building, to: state.selected[0] }, state.selected);
}

/** Why the plan takes no edits now. */
function sayWhy() {
  say(t(isSearched() ? "planner.need.search" : draft.plan?.submitted_by ? "planner.submitted_hint" : "planner.need.draft"));
}

/** @param {[number, number]} place */
function under(place) {
  const grid = [...draft.grids.values()].find(({ geometry }) => isInside(place, geometry.coordinates));
  return grid && keyOf(grid);
}

/** @param {string} operation @param {Record<string, any>} args @param {string[]} keys */
function edit(operation, args, keys) {
  clearNotices();
  void perform(operation, args, keys);
}

/** What the planner looks at and works with: in the address, and remembered for the next visit. @module */

import { makeStore } from "../store.js";

const MEMORY = "gridgis.planner";

/** What a grid is measured by; names are those of a grid's properties. */
export const MEASURES = ["households", "population", "buildings", "firms", "components", "incidents", "minutes", "area_m2"];
/** What the list can be sorted by. */
const COLUMNS = ["key", "kind", "worker_code", ...MEASURES];
export const THEMES = [...MEASURES, "worker", "kind", "changed", "none"];
/** What the bars of the load can be. */
export const LEVELS = ["grid", "worker", "community"];
export const PANELS = ["load", "checks", "roster", "leave", "compare", "history"];

/** Parts of the state that stand in the address, with what an absent one means. */
const IN_ADDRESS = {
  plan: 0,
  community: "",
  tool: "select",
  theme: "households",
  panel: "load",
  against: "in_force",
  camera: "",
  target: 300,
  kind: "",
  level: "grid",
};

/**
 * @typedef {typeof IN_ADDRESS & {selected: string[], swipe: boolean, order: {by: string, down: boolean}}} State
 *   plan: 0 is none; selected: keys of grids; target: what a grid should have of the measure shown, 0 for the mean;
 *   kind: the type that the list is narrowed to;
 *   level: what the bars of the load are
 */

export const { state, onChange, change } = makeStore(
  /** @type {State} */ ({ ...IN_ADDRESS, selected: [], swipe: false, order: { by: "key", down: false } }),
  address,
);

/** The measure that list and chart show: the theme where that is one. */
export const measure = () => (MEASURES.includes(state.theme) ? state.theme : "households");

/** Take over what the address says; an address that says nothing leads back to where the last visit ended. */
export function readAddress() {
  const query = new URLSearchParams(location.search || remembered());
  /** @type {Record<string, any>} */
  const found = {};
  for (const [key, absent] of Object.entries(IN_ADDRESS)) {
    const text = query.get(key);
    found[key] = text === null ? absent : typeof absent === "number" ? Number(text) || 0 : text;
  }
  if (!/^(\d{12})?$/.test(found.community)) found.community = "";
  if (!THEMES.includes(found.theme)) found.theme = IN_ADDRESS.theme;
  if (!PANELS.includes(found.panel)) found.panel = IN_ADDRESS.panel;
  if (!LEVELS.includes(found.level)) found.level = IN_ADDRESS.level;
  const [, by, down] = /^(\w+)(-?)$/.exec(query.get("order") ?? "") ?? [];
  found.order = { by: COLUMNS.includes(by) ? by : "key", down: down === "-" };
  found.selected = (query.get("select") ?? "").split(",").filter((key) => /^(n\d+|\d{14,16})$/.test(key));
  change(found, "keep");
}

/**
 * @param {State} now
 * @returns {string}
 */
function address(now) {
  const query = new URLSearchParams();
  for (const [key, absent] of Object.entries(IN_ADDRESS)) {
    const value = now[/** @type {keyof typeof IN_ADDRESS} */ (key)];
    if (value !== absent) query.set(key, String(value));
  }
  const { by, down } = now.order;
  if (by !== "key" || down) query.set("order", by + (down ? "-" : ""));
  if (now.selected.length) query.set("select", now.selected.join(","));
  const text = query.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
  remember(text);
  return text ? `?${text}` : location.pathname;
}

/** @param {string} text */
function remember(text) {
  try {
    localStorage.setItem(MEMORY, text);
  } catch {
    // storage may be closed to us; the address still holds it all
  }
}

function remembered() {
  try {
    return localStorage.getItem(MEMORY) ?? "";
  } catch {
    return "";
  }
}

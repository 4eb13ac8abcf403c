/** What is looked at: one object, its listeners, and its place in the address. @module */

import { makeStore } from "./store.js";

/**
 * @typedef {{kind: "grid" | "building" | "component" | "incident" | "worker", id: string}} Selection
 * @typedef {{division: string, selection: Selection | null, theme: string, level: string, layers: string[],
 *   days: number, queue: string, group: string, camera: string, look: "dark" | "light", language: "zh" | "en",
 *   replay: boolean, swipe: boolean}} State
 */

/** `base`: pictures of another host under the map, there only where the city has set one, never shown unasked. */
export const LAYERS = ["grids", "roads", "buildings", "components", "incidents", "labels", "heat", "base"];
const SHOWN_AT_FIRST = ["grids", "roads", "buildings", "components", "incidents", "labels"];

/** Parts of the state that stand in the address, with what an absent one means. */
const IN_ADDRESS = /** @type {const} */ ({
  division: "",
  theme: "open",
  level: "auto",
  days: 30,
  queue: "open",
  group: "",
  camera: "",
});

export const { state, onChange, change } = makeStore(
  /** @type {State} */ ({
    ...IN_ADDRESS,
    selection: null,
    layers: SHOWN_AT_FIRST,
    look: "dark",
    language: "zh",
    replay: false,
    swipe: false,
  }),
  address,
);

/** Take over what the address says, at the start and when the reader goes back. */
export function readAddress() {
  const query = new URLSearchParams(location.search);
  /** @type {Record<string, any>} */
  const found = {};
  for (const [key, absent] of Object.entries(IN_ADDRESS)) {
    const text = query.get(key);
    found[key] = text === null ? absent : typeof absent === "number" ? Number(text) || absent : text;
  }
  const selected = /^(grid|building|component|incident|worker):([0-9A-Za-z_.-]+)$/.exec(query.get("select") ?? "");
  found.selection = selected ? { kind: selected[1], id: selected[2] } : null;
  const layers = query.get("layers");
  found.layers = layers === null ? SHOWN_AT_FIRST : layers.split(",").filter((name) => LAYERS.includes(name));
  found.language = query.get("language") ?? remembered("language") ?? "zh";
  found.look = query.get("look") ?? remembered("look") ?? "dark";
  if (!["zh", "en"].includes(found.language)) found.language = "zh";
  if (!["dark", "light"].includes(found.look)) found.look = "dark";
  change(found, "keep");
}

/**
 * Keep a reader's preference on this machine; it stands in no address.
 *
 * @param {"language" | "look"} key
 * @param {string} value
 */
export function prefer(key, value) {
  try {
    localStorage.setItem(`gridgis.${key}`, value);
  } catch {
    // storage may be closed to us; the preference then lasts as long as the page
  }
  change({ [key]: value }, "keep");
}

/** @param {string} key */
function remembered(key) {
  try {
    return localStorage.getItem(`gridgis.${key}`);
  } catch {
    return null;
  }
}

/**
 * @param {State} state
 * @returns {string}
 */
function address(state) {
  const query = new URLSearchParams();
  for (const [key, absent] of Object.entries(IN_ADDRESS)) {
    const value = state[/** @type {keyof State} */ (key)];
    if (value !== absent) query.set(key, String(value));
  }
  if (state.selection) query.set("select", `${state.selection.kind}:${state.selection.id}`);
  if (state.layers.join() !== SHOWN_AT_FIRST.join()) query.set("layers", state.layers.join(","));
  const text = query.toString().replaceAll("%3A", ":").replaceAll("%2F", "/").replaceAll("%2C", ",");
  return text ? `?${text}` : location.pathname;
}

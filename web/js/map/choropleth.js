/** Themes on the map: values in, ranks set on the shapes that are already there, a legend out. @module */

import { getTheme, Problem } from "../api.js";
import { classOf, classTable, quantileBreaks } from "../geo/breaks.js";
import { explain } from "../i18n.js";
import { onChange, state } from "../state.js";
import { areaLevel, significant } from "./map.js";

const CLASSES = 5;

/**
 * @typedef {{theme: string, level: string, unit: string, blank: "zero" | "unknown", as_of: string,
 *   values: Record<string, number>}} ThemeAnswer
 * @typedef {{answer: ThemeAnswer | null, breaks: number[], table: {from: number, to: number, count: number}[],
 *   problem: string | null}} Legend
 */

/** @type {import("maplibre-gl").Map} */
let map;
/** @type {AbortController | null} */
let running = null;
/** @type {ThemeAnswer | null} */
let present = null;
/** Ranks that are set on shapes, so that only what changes is set again. @type {Map<string, number>} */
let painted = new Map();
/** @type {string} */
let paintedSource = "";
/** @type {(legend: Legend) => void} */
let tell = () => {};

/**
 * @param {import("maplibre-gl").Map} on
 * @param {(legend: Legend) => void} listener told after each change
 */
export function startThemes(on, listener) {
  map = on;
  tell = listener;
  onChange(["theme", "level"], refreshTheme);
  onChange(["division"], () => (areaLevel() === present?.level ? report() : refreshTheme()));
}

/** Ask for the values again. */
export async function refreshTheme() {
  running?.abort();
  running = new AbortController();
  if (state.theme === "none") {
    paint(null);
    return;
  }
  try {
    paint(await getTheme(state.theme, areaLevel(), running.signal));
  } catch (error) {
    if (error instanceof Problem) tell({ answer: present, breaks: [], table: [], problem: explain(error) });
    else if (!(error instanceof DOMException)) throw error;
  }
}

/**
 * The value of an area in the present theme; `null` where it is unknown.
 *
 * @param {string} code
 */
export function valueOf(code) {
  if (!present) return null;
  return present.values[code] ?? (present.blank === "zero" ? 0 : null);
}

/** @param {ThemeAnswer | null} answer */
function paint(answer) {
  present = answer;
  const source = areaLevel() === "grid" ? "grids" : "divisions";
  if (source !== paintedSource && paintedSource) {
    map.removeFeatureState({ source: paintedSource, sourceLayer: paintedSource });
    painted = new Map();
  }
  paintedSource = source;
  const breaks = quantileBreaks(positive(answer?.values ?? {}), CLASSES);
  /** @type {Map<string, number>} */
  const ranks = new Map();
  for (const [code, value] of Object.entries(answer?.values ?? {})) {
    const rank = classOf(value, breaks);
    if (rank) ranks.set(code, rank);
  }
  for (const code of painted.keys()) if (!ranks.has(code)) ranks.set(code, 0);
  for (const [code, rank] of ranks) {
    if ((painted.get(code) ?? 0) === rank) continue;
    map.setFeatureState({ source, sourceLayer: source, id: Number(code) }, { rank });
    if (rank) painted.set(code, rank);
    else painted.delete(code);
  }
  report();
}

/** Tell the legend: breaks are the whole city's, so that areas compare; counts are of the area looked at. */
function report() {
  const values = present?.values ?? {};
  const prefix = significant(state.division);
  const inside = Object.entries(values).filter(([code]) => code.startsWith(prefix)).map(([, value]) => value);
  const breaks = quantileBreaks(positive(values), CLASSES);
  tell({ answer: present, breaks, table: classTable(inside, breaks), problem: null });
}

/** @param {Record<string, number>} values */
const positive = (values) => Object.values(values).filter((value) => value > 0);

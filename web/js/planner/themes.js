/** What the colours of the grids say: a measure, who has the grid, its type, or what the plan changed. @module */

import { t } from "../i18n.js";
import { shortNumber } from "../format.js";
import { classOf, classTable, quantileBreaks } from "../geo/breaks.js";
import { draft, keyOf } from "./draft.js";
import { MEASURES, state } from "./state.js";
import { typeName, types } from "./types.js";

const CLASSES = 5;
/** How many workers, or types, get a colour of their own. */
export const COLOURS = 8;

/** @typedef {{rank: number, words: string, count: number}} Class one line of the legend */

/**
 * The rank of each grid in the present theme, and the legend's lines.
 *
 * @returns {{ranks: Map<string, number>, classes: Class[], ramp: "stock" | "who"}}
 */
export function rankGrids() {
  const grids = [...draft.grids.values()];
  if (MEASURES.includes(state.theme)) return byMeasure(grids, state.theme);
  if (state.theme === "worker") return byWorker(grids);
  if (state.theme === "kind") return byType(grids);
  if (state.theme === "changed") return byChange(grids);
  return { ranks: new Map(), classes: [], ramp: "stock" };
}

/** The workers of the community's grids, in the order of their colours. */
export const workersHere = () =>
  [...new Set([...draft.grids.values()].map((grid) => grid.properties.worker_code).filter(Boolean))].sort();

/** @param {import("./requests.js").Grid[]} grids @param {string} measure */
function byMeasure(grids, measure) {
  const values = grids.map((grid) => grid.properties[measure] ?? 0);
  const breaks = quantileBreaks(values.filter((value) => value > 0), CLASSES);
  const ranks = new Map(grids.map((grid, n) => [keyOf(grid), classOf(values[n], breaks)]));
  const classes = classTable(values, breaks).map(({ from, to, count }, n) => (
    { rank: n + 1, words: from === to ? said(measure, to) : `${said(measure, from)} – ${said(measure, to)}`, count }));
  return { ranks, classes, ramp: /** @type {const} */ ("stock") };
}

/** @param {import("./requests.js").Grid[]} grids */
function byWorker(grids) {
  const workers = workersHere();
  const rank = (/** @type {string | null} */ code) => (code ? (workers.indexOf(code) % COLOURS) + 1 : 0);
  const ranks = new Map(grids.map((grid) => [keyOf(grid), rank(grid.properties.worker_code)]));
  const count = (/** @type {string} */ code) => grids.filter((grid) => grid.properties.worker_code === code).length;
  const classes = workers.slice(0, COLOURS).map((code) => ({ rank: rank(code), words: code, count: count(code) }));
  return { ranks, classes, ramp: /** @type {const} */ ("who") };
}

/** @param {import("./requests.js").Grid[]} grids */
function byType(grids) {
  const foreign = grids.map((grid) => grid.properties.kind).filter((kind) => kind && !types().some((type) => type.kind === kind)).sort();
  const kinds = [...new Set([...types().map((type) => type.kind), ...foreign])];
  const rank = (/** @type {string | null} */ kind) => (kind ? (kinds.indexOf(kind) % COLOURS) + 1 : 0);
  const ranks = new Map(grids.map((grid) => [keyOf(grid), rank(grid.properties.kind)]));
  const count = (/** @type {string | null} */ kind) => grids.filter((grid) => (grid.properties.kind ?? null) === kind).length;
  const classes = [...kinds, null].map((kind) => ({ rank: rank(kind), words: typeName(kind), count: count(kind) }));
  return { ranks, classes: classes.filter((one) => one.rank || one.count), ramp: /** @type {const} */ ("who") };
}

/** @param {import("./requests.js").Grid[]} grids */
function byChange(grids) {
  const rank = (/** @type {import("./requests.js").Grid} */ grid) => (!grid.properties.changed ? 0 : grid.properties.code ? 2 : 4);
  const ranks = new Map(grids.map((grid) => [keyOf(grid), rank(grid)]));
  const count = (/** @type {number} */ wanted) => [...ranks.values()].filter((found) => found === wanted).length;
  const classes = [
    { rank: 4, words: t("planner.legend.new"), count: count(4) },
    { rank: 2, words: t("planner.legend.touched"), count: count(2) },
  ];
  return { ranks, classes, ramp: /** @type {const} */ ("stock") };
}

/**
 * A value of a measure as people read it.
 *
 * @param {string} measure
 * @param {number | null | undefined} value
 */
export function said(measure, value) {
  if (value === null || value === undefined) return "–";
  if (measure === "area_m2") return shortNumber(Math.round(value / 100) / 100);
  return shortNumber(Math.round(value));
}

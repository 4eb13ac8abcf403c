/** Which figures there are, how they are written, and which way is better. @module */

import { area, number, percent } from "../format.js";
import { t } from "../i18n.js";
import { state } from "./state.js";

/**
 * @typedef {"share" | "count" | "m2" | "m" | "s" | "minutes" | "ratio"} Unit
 * @typedef {{key: string, unit: Unit, alarm: boolean, ofPeriod: boolean}} Measure
 *   key: of a row and of its definition; alarm: more of it calls for action; ofPeriod: it depends on the days asked for
 */

/**
 * @param {string} key
 * @param {Unit} unit
 * @param {{alarm?: boolean, ofPeriod?: boolean}} [more]
 * @returns {Measure}
 */
const measure = (key, unit, { alarm = false, ofPeriod = false } = {}) => ({ key, unit, alarm, ofPeriod });

const MEASURES = {
  coverage: [
    measure("roads_ratio", "share", { ofPeriod: true }),
    measure("components_ratio", "share", { ofPeriod: true }),
    measure("patrol_s", "s", { ofPeriod: true }),
    measure("patrol_m", "m", { ofPeriod: true }),
    measure("current_ratio", "share"),
    measure("overdue", "count", { alarm: true }),
    measure("timeliness", "share"),
    measure("completeness", "share"),
    measure("accuracy", "share"),
    measure("unstaffed", "count", { alarm: true }),
    measure("uncovered", "count", { alarm: true }),
    measure("on_shift", "count"),
    measure("land_ratio", "share"),
    measure("gap_m2", "m2", { alarm: true }),
    measure("overlap_m2", "m2", { alarm: true }),
  ],
  workload: [
    measure("minutes", "minutes", { alarm: true }),
    measure("patrol_min", "minutes", { alarm: true }),
    measure("inspections_min", "minutes", { alarm: true }),
    measure("incidents_min", "minutes", { alarm: true }),
    measure("travel_min", "minutes", { alarm: true }),
    measure("visits_min", "minutes", { alarm: true }),
    measure("actual_patrol_min", "minutes", { ofPeriod: true }),
    measure("inspections", "count", { ofPeriod: true }),
    measure("incidents", "count", { alarm: true, ofPeriod: true }),
  ],
};

/** How evenly the workers of a division share the work. */
export const SPREAD = [measure("max_to_mean", "ratio"), measure("variation", "ratio"), measure("gini", "ratio")];

/** The parts of the minutes, as they are stacked. */
export const PARTS = ["patrol_min", "inspections_min", "incidents_min", "travel_min", "visits_min"];

/** Shown first, and printed with a map each. */
export const HEADLINES = {
  coverage: ["roads_ratio", "current_ratio", "overdue", "unstaffed"],
  workload: ["minutes", "actual_patrol_min"],
};

/** @param {string} subject */
export const measuresOf = (subject) => MEASURES[/** @type {keyof typeof MEASURES} */ (subject)];

/** The measure that map and chart show. */
export function shown() {
  const all = measuresOf(state.subject);
  return all.find(({ key }) => key === state.measure) ?? all[0];
}

/** @type {Record<string, {zh: string, en: string}>} */
let names = {};

/** @param {Record<string, {zh: string, en: string}>} definitions */
export function setNames(definitions) {
  names = definitions;
}

/**
 * The name of a figure, as its definition has it.
 *
 * @param {string} key
 * @param {string} language
 */
export const nameOf = (key, language) => names[key]?.[/** @type {"zh" | "en"} */ (language)] ?? key;

/** @param {string} key */
export const definitionOf = (key) => `/reports/definitions/${key}`;

/**
 * A figure as people read it; what has nothing to divide by is not available, never 0.
 *
 * @param {Unit} unit
 * @param {number | null | undefined} value
 * @returns {string}
 */
export function said(unit, value) {
  if (value === null || value === undefined) return t("reports.na");
  switch (unit) {
    case "share": return percent(value);
    case "m2": return area(value);
    case "m": return t("reports.km", { n: number(tenth(value / 1000)) });
    case "s": return t("reports.hours", { n: number(tenth(value / 3600)) });
    case "minutes": return t("reports.minutes", { n: number(value < 10 ? tenth(value) : Math.round(value)) });
    case "ratio": return number(Math.round(value * 1000) / 1000);
    default: return number(value);
  }
}

/** @param {number} value */
const tenth = (value) => Math.round(value * 10) / 10;

/**
 * A difference, with its sign; of shares in points of a hundred.
 *
 * @param {Unit} unit
 * @param {number | null | undefined} now
 * @param {number | null | undefined} before
 */
export function difference(unit, now, before) {
  if (typeof now !== "number" || typeof before !== "number") return t("reports.na");
  const sign = now > before ? "+" : now < before ? "−" : "±";
  const size = Math.abs(now - before);
  return sign + (unit === "share" ? t("reports.points", { n: number(tenth(100 * size)) }) : said(unit, size));
}

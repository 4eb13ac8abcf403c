/** Coverage and workload on the cards of grids and workers; each figure leads to its definition. @module */

import { getFigures, getWorker, Problem } from "../api.js";
import { h } from "../dom.js";
import { number, percent } from "../format.js";
import { t } from "../i18n.js";

/** @param {number | null | undefined} value */
const minutes = (value) => (typeof value === "number" ? t("reports.minutes", { n: number(Math.round(value * 10) / 10) }) : t("reports.na"));

/** @param {number | null | undefined} value */
const share = (value) => (typeof value === "number" ? percent(value) : t("reports.na"));

const COVERAGE = /** @type {const} */ ([
  ["roads_ratio", share], ["components_ratio", share], ["current_ratio", share], ["overdue", number],
]);
const WORKLOAD = /** @type {const} */ ([
  ["minutes", minutes], ["patrol_min", minutes], ["inspections_min", minutes], ["incidents_min", minutes],
  ["travel_min", minutes], ["visits_min", minutes], ["actual_patrol_min", minutes],
]);

/**
 * The figures of a grid, or nothing where none were made yet.
 *
 * @param {string} code
 * @returns {Promise<Node[]>}
 */
export async function gridFigures(code) {
  const community = code.slice(0, 12);
  try {
    const [coverage, workload] = await Promise.all([getFigures("coverage", community, "grid"), getFigures("workload", community, "grid")]);
    const row = { ...find(coverage, code), ...find(workload, code) };
    return row.code ? [heading(community), list(row, [...COVERAGE, ...WORKLOAD])] : [];
  } catch (error) {
    if (error instanceof Problem) return [];
    throw error;
  }
}

/** @param {{rows: any[]}} answer @param {string} code */
const find = (answer, code) => answer.rows.find((row) => row.code === code);

/**
 * @param {string} code
 * @param {(code: string) => Node} gridLink
 */
export async function workerFigures(code, gridLink) {
  const row = await getWorker(code);
  return [
    list(row, WORKLOAD),
    h("h3", {}, t("card.grids", { n: number(row.grids) })),
    h("ul", { class: "links" }, row.grid_codes.slice(0, 60).map((/** @type {string} */ grid) => h("li", {}, gridLink(grid)))),
  ];
}

/** @param {string} community */
const heading = (community) =>
  h("h3", {}, h("a", { href: `/reports?division=${community}&level=grid` }, t("card.measures")));

/**
 * @param {any} row
 * @param {readonly (readonly [string, (value: any) => string])[]} figures
 */
function list(row, figures) {
  return h("dl", {}, figures.map(([key, said]) =>
    h("div", {}, h("dt", {}, t(`fact.${key}`)), h("dd", {}, h("a", { href: `/reports/definitions/${key}` }, said(row[key]))))));
}

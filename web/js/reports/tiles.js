/** The key figures of the area or of the row that is chosen; each leads to its definition. @module */

import { byId, h, refill } from "../dom.js";
import { moment, number } from "../format.js";
import { t, tOr } from "../i18n.js";
import * as page from "../state.js";
import { answers, beforeRows, chosenRow, keyOf, levelOf, onAnswers, titleOf } from "./answers.js";
import { definitionOf, difference, measuresOf, nameOf, said, SPREAD } from "./measures.js";
import { change, onChange, state } from "./state.js";

export function startTiles() {
  onAnswers(render);
  onChange(["chosen"], render);
  page.onChange(["language"], render);
}

function render() {
  const { figures, problem } = answers;
  byId("notice").hidden = !problem;
  byId("notice").textContent = problem ?? "";
  if (!figures) return;
  const row = chosenRow();
  const figure = row ?? figures.total;
  const before = row ? beforeRows().get(keyOf(row)) : answers.before?.total;
  refill(byId("figures"),
    h("header", {},
      h("h1", {}, row ? titleOf(row) : (answers.area?.name ?? "")),
      h("p", {}, row ? keyOf(row) : t("reports.of", { n: number(figures.total.grids ?? 0) }), " · ", `${figures.first} – ${figures.last}`),
      h("p", { class: "note" }, t("reports.measured", { at: moment(figures.measured_at) })),
      row ? actions(row) : null),
    h("dl", { class: "tiles" }, measuresOf(state.subject).map((measure) => tile(measure, figure, before))),
    figures.spread && !row ? spread(figures.spread) : null,
    state.subject === "coverage" && !row ? cleaning() : null);
}

/**
 * @param {import("./measures.js").Measure} measure
 * @param {import("./requests.js").Row} row
 * @param {import("./requests.js").Row | null | undefined} before
 */
function tile({ key, unit, ofPeriod }, row, before) {
  const name = nameOf(key, page.state.language);
  return h("div", {}, h("dt", {}, name), h("dd", {},
    h("a", { href: definitionOf(key), "data-key": `define-${key}`, title: t("reports.how", { name }) }, said(unit, row[key])),
    before && ofPeriod ? h("span", { class: "change" }, difference(unit, row[key], before[key])) : null));
}

/** @param {import("./requests.js").Row} row */
function actions(row) {
  const level = levelOf();
  const code = row.code ?? "";
  const target = level === "grid" ? `/?select=grid:${code}` : `/?division=${code}`;
  return h("p", { class: "actions" },
    level !== "grid" && level !== "worker"
      ? h("button", { type: "button", class: "quiet", "data-key": "drill", onclick: () => drill(code) }, t("reports.drill"))
      : null,
    level !== "worker" ? h("a", { href: target, "data-key": "centre" }, t("reports.in_centre")) : null,
    h("button", { type: "button", class: "quiet", "data-key": "clear", onclick: () => change({ chosen: "" }) }, t("reports.clear")));
}

/**
 * One level down.
 *
 * @param {string} code
 */
export const drill = (code) => change({ division: code, level: "auto", chosen: "" }, "push");

/** @param {Record<string, number | null>} values */
function spread(values) {
  return h("section", {}, h("h2", {}, t("reports.spread", { n: number(values.workers) })),
    h("dl", { class: "tiles" }, SPREAD.map((measure) => tile(measure, values, null))));
}

/** What the cleaning of the tracks left out, by rule. */
function cleaning() {
  /** @type {{rules: Record<string, number>, fixes: Record<string, number>}} */
  const { rules, fixes } = answers.cleaning ?? { rules: {}, fixes: {} };
  const rows = Object.keys(fixes).filter((name) => name !== "fixes" && name !== "kept");
  return h("details", { open: state.print !== "" }, h("summary", {}, t("reports.cleaning")),
    fixes.fixes
      ? [h("p", {}, t("reports.cleaning.kept", { n: number(fixes.fixes), kept: number(fixes.kept) })),
        h("dl", { class: "rules" }, rows.map((name) => h("div", {},
          h("dt", {}, tOr(`reports.rule.${name}`, name).replace(/\{(\w+)\}/g, (whole, key) => String(rules[key] ?? whole))),
          h("dd", {}, number(fixes[name])))))]
      : h("p", {}, t("reports.cleaning.none")));
}

/** The table: a row an area or worker, sorted by any figure; choosing a row chooses it on map and chart. @module */

import { byId, h, refill } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import * as page from "../state.js";
import { answers, beforeRows, keyOf, onAnswers, sortedRows, titleOf } from "./answers.js";
import { definitionOf, difference, measuresOf, nameOf, said, shown } from "./measures.js";
import { change, onChange, state } from "./state.js";

/** So many rows are written; who wants others sorts otherwise or goes down. */
const LONGEST = 300;

export function startTable() {
  onAnswers(render);
  onChange(["measure", "sort", "up"], render);
  onChange(["chosen"], mark);
  page.onChange(["language"], render);
}

function render() {
  if (!answers.figures) return;
  const measures = measuresOf(state.subject);
  const rows = sortedRows();
  const compared = answers.before && shown().ofPeriod ? beforeRows() : null;
  const written = rows.slice(0, LONGEST);
  const chosen = rows.slice(LONGEST).find((row) => keyOf(row) === state.chosen);
  if (chosen) written.push(chosen);
  refill(byId("table"),
    h("table", {},
      h("caption", {}, t("reports.caption", { n: number(rows.length) })),
      h("thead", {}, h("tr", {}, header("name", t("reports.name"), null),
        measures.map(({ key }) => [header(key, nameOf(key, page.state.language), key),
          compared && key === shown().key ? [h("th", { scope: "col" }, t("reports.before")), h("th", { scope: "col" }, t("reports.change"))] : null]).flat(2))),
      h("tbody", {}, written.map((row) => line(row, measures, compared)))),
    rows.length > LONGEST ? h("p", { class: "more" }, t("reports.more", { n: number(rows.length - LONGEST) })) : null,
    rows.length ? null : h("p", { class: "empty" }, t("reports.none")));
}

/**
 * @param {string} key
 * @param {string} name
 * @param {string | null} definition
 */
function header(key, name, definition) {
  const isSorted = key === (state.sort || shown().key);
  return h("th", { scope: "col", "aria-sort": isSorted ? (state.up ? "ascending" : "descending") : "none", class: key === shown().key ? "shown" : null },
    h("button", {
      type: "button", class: "plain", "data-key": `sort-${key}`,
      onclick: () => change({ sort: key, up: isSorted && !state.up ? "1" : "" }),
    }, name),
    definition ? h("a", { href: definitionOf(definition), class: "define", "aria-label": t("reports.how", { name }), title: t("reports.how", { name }) }, "?") : null);
}

/**
 * @param {import("./requests.js").Row} row
 * @param {import("./measures.js").Measure[]} measures
 * @param {Map<string, import("./requests.js").Row> | null} compared
 */
function line(row, measures, compared) {
  const key = keyOf(row);
  const cells = measures.flatMap((measure) => {
    const value = row[measure.key];
    const cell = h("td", { class: measure.key === shown().key ? "shown" : null }, said(measure.unit, value));
    if (!compared || measure.key !== shown().key) return [cell];
    const before = compared.get(key)?.[measure.key];
    return [cell, h("td", {}, said(measure.unit, before)), h("td", {}, difference(measure.unit, value, before))];
  });
  return h("tr", { "data-row": key, "aria-selected": String(key === state.chosen), onclick: () => choose(key) },
    h("th", { scope: "row" }, h("button", {
      type: "button", class: "link", "data-key": `row-${key}`, "aria-pressed": String(key === state.chosen),
      onclick: (/** @type {Event} */ event) => {
        event.stopPropagation();
        choose(key);
      },
    }, titleOf(row))), cells);
}

/** @param {string} key */
const choose = (key) => change({ chosen: key === state.chosen ? "" : key });

/** Mark the chosen row without writing the table again, and bring it into sight. */
function mark() {
  for (const row of byId("table").querySelectorAll("tr[data-row]")) {
    const isChosen = /** @type {HTMLElement} */ (row).dataset.row === state.chosen;
    row.setAttribute("aria-selected", String(isChosen));
    row.querySelector("button")?.setAttribute("aria-pressed", String(isChosen));
    if (isChosen) row.scrollIntoView({ block: "nearest" });
  }
  if (state.chosen && !byId("table").querySelector(`tr[data-row="${CSS.escape(state.chosen)}"]`)) render();
}

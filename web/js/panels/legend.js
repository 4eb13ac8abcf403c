/** The legend: what each colour means and how many areas have it. @module */

import { byId, h } from "../dom.js";
import { moment, number, shortNumber } from "../format.js";
import { t } from "../i18n.js";
import { isOfNow, rampOf } from "../map/map.js";
import { onChange, state } from "../state.js";

/** @type {import("../map/choropleth.js").Legend | null} */
let last = null;

export function startLegend() {
  onChange(["language", "replay", "swipe"], () => last && showLegend(last));
}

/** @param {import("../map/choropleth.js").Legend} legend */
export function showLegend(legend) {
  last = legend;
  const box = byId("legend");
  box.hidden = state.theme === "none" || !isOfNow();
  if (legend.problem) {
    box.replaceChildren(h("p", { role: "alert" }, t("theme.failed", { why: legend.problem })));
    return;
  }
  if (!legend.answer) return;
  const ramp = rampOf(state.theme);
  const rows = legend.table.map((row, index) =>
    h("li", {}, h("i", { class: `${ramp}-${index + 1}` }), h("span", {}, range(row, index, legend.breaks)),
      h("span", { class: "count" }, t("legend.count", { n: number(row.count) }))));
  if (legend.answer.blank === "zero") rows.unshift(h("li", {}, h("i", { class: "rank-0" }), h("span", {}, "0"), h("span")));
  box.replaceChildren(
    h("h3", {}, t(`theme.${state.theme}`)),
    h("p", {}, t(`unit.${legend.answer.unit}`), " · ", t("legend.method"), " · ", moment(legend.answer.as_of)),
    rows.length ? h("ol", {}, rows) : h("p", {}, t("legend.none")),
  );
}

/**
 * @param {{from: number, to: number}} row
 * @param {number} index
 * @param {number[]} breaks
 */
function range(row, index, breaks) {
  const from = row.from === Infinity ? (breaks[index - 1] ?? 0) : row.from;
  const [low, high] = [shortNumber(from), shortNumber(row.to)];
  return low === high || row.from === Infinity ? high : `${low} – ${high}`;
}

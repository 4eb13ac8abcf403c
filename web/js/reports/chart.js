/** The chart: bars of the measure, or of what minutes are made of, in the order of the table. @module */

import * as echarts from "echarts";
import { byId } from "../dom.js";
import { t } from "../i18n.js";
import * as page from "../state.js";
import { answers, beforeRows, keyOf, onAnswers, sortedRows, titleOf } from "./answers.js";
import { nameOf, PARTS, said, shown } from "./measures.js";
import { change, onChange, state } from "./state.js";

const MOST_BARS = 24;

/** @type {import("echarts").ECharts} */
let chart;
/** Keys of the bars, from the first. @type {string[]} */
let keys = [];

export function startChart() {
  chart = echarts.init(byId("chart"), null, { renderer: "svg" });
  chart.on("click", ({ dataIndex }) => change({ chosen: keys[dataIndex] === state.chosen ? "" : keys[dataIndex] }));
  new ResizeObserver(() => chart.resize()).observe(byId("chart"));
  onAnswers(render);
  onChange(["measure", "sort", "up", "chosen"], render);
  page.onChange(["language", "look"], render);
}

/** @param {string} name */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export function render() {
  if (!answers.figures) return;
  const rows = sortedRows().slice(0, MOST_BARS);
  const size = parseFloat(getComputedStyle(document.documentElement).fontSize);
  keys = rows.map(keyOf);
  const name = nameOf(shown().key, page.state.language);
  byId("chart").setAttribute("aria-label", t("reports.chart", { name, n: rows.length }));
  const words = { color: colour("text"), fontFamily: colour("font"), fontSize: Math.round(size * 0.8) };
  chart.setOption({
    animation: false,
    textStyle: words,
    title: { text: name, left: 0, top: 0, textStyle: { ...words, fontWeight: 600, fontSize: Math.round(size * 0.95) } },
    legend: { right: 0, top: size * 1.5, textStyle: words, itemWidth: size, itemHeight: size * 0.7 },
    grid: { left: 4, right: size * 6, top: size * 3.5, bottom: 4, containLabel: true },
    tooltip: { trigger: "item", appendToBody: false, confine: true, backgroundColor: colour("panel"), borderColor: colour("line-strong"), textStyle: words,
      valueFormatter: (/** @type {unknown} */ value) => said(shown().unit, typeof value === "number" ? value : null) },
    xAxis: { type: "value", max: shown().unit === "share" ? 1 : undefined, axisLabel: { ...words, hideOverlap: true, formatter: (/** @type {number} */ value) => said(shown().unit, value) }, splitLine: { lineStyle: { color: colour("line") } } },
    yAxis: { type: "category", inverse: true, data: rows.map(titleOf), axisLabel: { ...words, width: size * 8, overflow: "truncate" }, axisLine: { lineStyle: { color: colour("line-strong") } }, axisTick: { show: false } },
    series: series(rows, words),
  }, { notMerge: true });
}

/**
 * @param {import("./requests.js").Row[]} rows
 * @param {Record<string, any>} words
 * @returns {import("echarts").BarSeriesOption[]}
 */
function series(rows, words) {
  const { key, unit, ofPeriod } = shown();
  const label = { show: true, position: /** @type {const} */ ("right"), ...words };
  // what is not chosen steps back
  const some = rows.some((row) => keyOf(row) === state.chosen);
  const strength = (/** @type {import("./requests.js").Row} */ row) => ({ opacity: !some || keyOf(row) === state.chosen ? 1 : 0.35 });
  if (key === "minutes") {
    const shades = ["accent", "stock-3", "warn", "good", "alarm-3"];
    return PARTS.map((part, n) => ({
      type: "bar", stack: "minutes", name: nameOf(part, page.state.language), barMaxWidth: 22,
      data: rows.map((row) => ({ value: row[part], itemStyle: { color: colour(shades[n]), ...strength(row) } })),
      itemStyle: { color: colour(shades[n]) },
      label: n === PARTS.length - 1 ? { ...label, formatter: ({ dataIndex }) => said(unit, rows[dataIndex].minutes) } : { show: false },
    }));
  }
  const now = {
    type: /** @type {const} */ ("bar"), name: t("reports.now"), barMaxWidth: 22,
    data: rows.map((row) => ({ value: row[key] ?? null, itemStyle: { color: colour("accent"), ...strength(row) } })),
    itemStyle: { color: colour("accent") },
    label: { ...label, formatter: (/** @type {any} */ { dataIndex }) => said(unit, rows[dataIndex][key]) },
  };
  if (!answers.before || !ofPeriod) return [{ ...now, name: nameOf(key, page.state.language) }].map((one) => ({ ...one, legendHoverLink: false }));
  const before = beforeRows();
  return [now, {
    type: "bar", name: t("reports.before"), barMaxWidth: 22, itemStyle: { color: colour("line-strong") },
    data: rows.map((row) => before.get(keyOf(row))?.[key] ?? null),
  }];
}

/** The chart as it is now, for paper. @returns {Node} */
export function drawing() {
  const copy = /** @type {SVGElement} */ (/** @type {SVGElement} */ (byId("chart").querySelector("svg")).cloneNode(true));
  copy.setAttribute("viewBox", `0 0 ${copy.getAttribute("width")} ${copy.getAttribute("height")}`);
  return copy;
}

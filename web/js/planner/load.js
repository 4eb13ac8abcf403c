/** How the load is spread: a bar for each grid, worker or community, and how many have how much, beside the target. @module */

import { Problem } from "../api.js";
import { h, refill } from "../dom.js";
import { number } from "../format.js";
import { histogram, spread } from "../geo/histogram.js";
import { explain, t } from "../i18n.js";
import { draft, keyOf, shortName } from "./draft.js";
import { choose } from "./picking.js";
import { getDivisions, getLoads } from "./requests.js";
import { change, LEVELS, measure, state } from "./state.js";
import { said } from "./themes.js";

/** How far from the target still counts as on it. */
const TOLERANCE = 0.1;
const HISTOGRAM_BARS = 12;

/** @typedef {{key: string, name: string, value: number}} Bar */

/** @type {Record<string, import("echarts").ECharts>} */
let charts = {};
const resized = new ResizeObserver(() => Object.values(charts).forEach((chart) => chart.resize()));
let asked = 0;
/** What the charts show. @type {Bar[]} */
let shown = [];

/** @param {HTMLElement} box */
export async function renderLoad(box) {
  asked += 1;
  const mine = asked;
  /** @type {Bar[]} */
  let bars;
  try {
    bars = await barsOf(state.level);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    closeLoad();
    return refill(box, controls(), h("p", { class: "empty", role: "alert" }, explain(error)));
  }
  if (mine === asked && state.panel === "load" && !bars.length) {
    closeLoad();
    return refill(box, controls(), h("p", { id: "chart-words", class: "hint" }, t("planner.load.none")));
  }
  const echarts = await import("echarts");
  if (mine !== asked || state.panel !== "load") return;
  if (!document.getElementById("chart-bars")) {
    closeLoad();
    refill(box, controls(), h("p", { id: "chart-words", class: "hint" }),
      h("div", { id: "chart-bars", class: "chart", role: "img" }), h("h3", { id: "chart-title" }), h("div", { id: "chart-spread", class: "chart", role: "img" }));
    for (const id of ["chart-bars", "chart-spread"]) charts[id] = echarts.init(document.getElementById(id), null, { renderer: "canvas" });
    resized.observe(box);
    charts["chart-spread"].on("click", (event) => {
      const [from, to] = /** @type {any} */ (event.data);
      const keys = shown.filter((bar) => bar.value >= from && bar.value < to).map((bar) => bar.key);
      if (state.level === "grid") choose(keys, Boolean(/** @type {any} */ (event.event)?.event?.shiftKey));
      else if (state.level === "worker") choose(keys.flatMap(gridsOf), false);
    });
    charts["chart-bars"].on("click", (event) => {
      const bar = /** @type {any} */ (event.data);
      if (state.level === "grid") choose([bar.key], Boolean(/** @type {any} */ (event.event)?.event?.shiftKey));
      else if (state.level === "worker") choose(gridsOf(bar.key), false);
      else if (state.level === "community") change({ community: bar.key, selected: [] }, "push");
    });
  } else {
    box.querySelector(".controls")?.replaceWith(controls());
  }
  draw(bars);
}

/** Free what the charts hold. */
export function closeLoad() {
  resized.disconnect();
  for (const chart of Object.values(charts)) chart.dispose();
  charts = {};
}

function controls() {
  return h("div", { class: "controls" },
    h("select", { "data-key": "load-level", "aria-label": t("planner.load.level"),
      onchange: (/** @type {Event} */ event) => change({ level: /** @type {HTMLSelectElement} */ (event.target).value }) }, LEVELS.map((name) => h("option", { value: name, selected: name === state.level }, t(`planner.level.${name}`)))),
    h("label", {}, t("planner.target"),
      h("input", { type: "number", min: 0, max: 1_000_000, value: state.target, "data-key": "target", placeholder: t("planner.mean"),
        onchange: (/** @type {Event} */ event) => change({ target: Math.max(0, Number(/** @type {HTMLInputElement} */ (event.target).value) || 0) }) })));
}

/** @param {string} of @returns {Promise<Bar[]>} the largest first */
async function barsOf(of) {
  const name = measure();
  if (of === "grid") {
    const bars = [...draft.grids.values()].map((grid) => ({ key: keyOf(grid), name: shortName(keyOf(grid)), value: grid.properties[name] ?? 0 }));
    return bars.sort((a, b) => b.value - a.value);
  }
  if (of === "worker") {
    const sums = new Map();
    for (const { properties } of draft.grids.values()) {
      const code = properties.worker_code ?? "";
      sums.set(code, (sums.get(code) ?? 0) + (properties[name] ?? 0));
    }
    return [...sums].map(([code, value]) => ({ key: code, name: code || t("planner.nobody"), value })).sort((a, b) => b.value - a.value);
  }
  if (!draft.plan || !state.community) return [];
  const street = state.community.slice(0, 9);
  const [{ rows }, { divisions }] = await Promise.all([getLoads(draft.plan.id, street, "community", name), getDivisions(street)]);
  const names = new Map(divisions.map((division) => [division.code, division.name]));
  return rows.map((/** @type {any} */ row) => ({ key: row.key, name: names.get(row.key) ?? row.key, value: row.value }));
}

/** @param {string} worker */
const gridsOf = (worker) => [...draft.grids.values()].filter(({ properties }) => (properties.worker_code ?? "") === worker).map(keyOf);

/** @param {Bar[]} bars */
function draw(bars) {
  shown = bars;
  const name = measure();
  const values = bars.map((bar) => bar.value);
  const { mean, max, ratio } = spread(values);
  // the target is one grid's; of workers and communities only the mean says what would be even
  const target = state.level === "grid" && state.target ? state.target : mean;
  const band = [target * (1 - TOLERANCE), target * (1 + TOLERANCE)];
  const within = values.filter((value) => value >= band[0] && value <= band[1]).length;
  const words = t("planner.load.words", { within: number(within), n: number(bars.length), low: said(name, band[0]), high: said(name, band[1]), max: said(name, max), ratio: ratio.toFixed(2) });
  const said_ = document.getElementById("chart-words");
  if (said_) said_.textContent = words;
  const title = document.getElementById("chart-title");
  if (title) title.textContent = t("planner.load.spread", { measure: t(`planner.measure.${name}`) });
  for (const id of ["chart-bars", "chart-spread"]) document.getElementById(id)?.setAttribute("aria-label", words);
  const colours = readColours();
  charts["chart-bars"]?.setOption(barOption(bars, band, colours), true);
  charts["chart-spread"]?.setOption(spreadOption(values, band, colours), true);
}

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const read = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  const size = parseFloat(style.fontSize) * 0.75;
  return { text: read("soft"), line: read("line"), bar: read("stock-4"), chosen: read("accent"), far: read("warn"), band: read("good"), size };
}

/** @param {ReturnType<typeof readColours>} colours */
const axis = (colours) => ({
  axisLabel: { color: colours.text, fontSize: colours.size }, axisLine: { lineStyle: { color: colours.line } }, splitLine: { lineStyle: { color: colours.line } },
});

const GRID = { left: 4, right: 18, top: 10, bottom: 4, containLabel: true };

/** @param {Bar[]} bars @param {number[]} band @param {ReturnType<typeof readColours>} colours @returns {import("echarts").EChartsOption} */
function barOption(bars, band, colours) {
  const colour = (/** @type {Bar} */ bar) =>
    state.level === "grid" && state.selected.includes(bar.key) ? colours.chosen : bar.value > band[1] * 1.1 ? colours.far : colours.bar;
  return {
    animation: false, grid: GRID,
    tooltip: { trigger: "axis", renderMode: "richText", confine: true },
    xAxis: { type: "category", data: bars.map((bar) => bar.name), ...axis(colours), axisTick: { show: false } },
    yAxis: { type: "value", ...axis(colours) },
    series: [{
      type: "bar", name: t(`planner.measure.${measure()}`), barCategoryGap: "18%",
      data: bars.map((bar) => ({ value: bar.value, key: bar.key, itemStyle: { color: colour(bar) } })),
      markArea: { silent: true, itemStyle: { color: colours.band, opacity: 0.22 }, data: [[{ yAxis: band[0] }, { yAxis: band[1] }]] },
    }],
  };
}

/** @param {number[]} values @param {number[]} band @param {ReturnType<typeof readColours>} colours @returns {import("echarts").EChartsOption} */
function spreadOption(values, band, colours) {
  const bars = histogram(values, HISTOGRAM_BARS);
  return {
    animation: false, grid: GRID,
    xAxis: { type: "value", min: 0, max: bars.at(-1)?.to ?? 1, ...axis(colours), splitLine: { show: false } },
    yAxis: { type: "value", minInterval: 1, ...axis(colours) },
    series: [{
      type: "custom", encode: { x: [0, 1], y: 2 }, data: bars.map(({ from, to, count }) => [from, to, count]),
      renderItem: (_, api) => {
        const [left, top] = api.coord([api.value(0), api.value(2)]);
        const [right, bottom] = api.coord([api.value(1), 0]);
        return { type: "rect", shape: { x: left + 1, y: top, width: Math.max(1, right - left - 2), height: bottom - top }, style: { fill: colours.bar } };
      },
      markArea: { silent: true, itemStyle: { color: colours.band, opacity: 0.22 }, data: [[{ xAxis: band[0] }, { xAxis: band[1] }]] },
    }],
  };
}

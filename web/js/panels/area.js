/** The left side: where we are, the key numbers, reports by day, and the parts compared. @module */

import { getSummary, Problem } from "../api.js";
import { byId, h } from "../dom.js";
import { area as areaText, number, percent, shortNumber } from "../format.js";
import { explain, t } from "../i18n.js";
import { showBox } from "../map/map.js";
import { change, onChange, state } from "../state.js";
import { dayChart } from "./chart.js";

const ORDERS = /** @type {const} */ (["open", "overdue", "reported", "density"]);
const DAYS = [7, 30, 90, 365];
const LONGEST_LIST = 60;

/** @type {any} */
let summary = null;
/** @type {typeof ORDERS[number]} */
let order = "open";
/** @type {AbortController | null} */
let running = null;
let root = "";
/** @type {Promise<any> | null} */
let ahead = null;

/**
 * @param {string} rootDivision
 * @returns {Promise<[number, number, number, number] | null>} the bbox of the area, when its first figures stand
 */
export async function startArea(rootDivision) {
  root = rootDivision;
  onChange(["division"], async () => {
    await refreshArea();
    showHome();
  });
  onChange(["days"], refreshArea);
  onChange(["language", "selection", "queue"], render);
  document.addEventListener("gridgis:home", showHome);
  await refreshArea();
  return summary?.area.bbox ?? null;
}

/**
 * Begin to ask for the first figures before anything else is there; without a division in the address they are
 * the whole city's.
 */
export function askAhead() {
  const answer = getSummary(state.division, state.days, new AbortController().signal);
  answer.catch(() => {}); // whoever takes it up says so
  ahead = answer;
}

/** Ask for the figures again; what is on screen stays until they come. */
export async function refreshArea() {
  running?.abort();
  running = new AbortController();
  byId("area").setAttribute("aria-busy", "true");
  try {
    const answer = ahead ?? getSummary(state.division, state.days, running.signal);
    ahead = null;
    summary = await answer;
    render();
  } catch (error) {
    if (error instanceof DOMException) return;
    if (!(error instanceof Problem)) throw error;
    if (error.status === 404 && state.division !== root) return change({ division: root });
    if (!summary) byId("area").replaceChildren(failure(error));
  }
  byId("area").removeAttribute("aria-busy");
}

function showHome() {
  if (summary?.area.bbox) showBox(summary.area.bbox);
}

/** @param {Problem} problem */
function failure(problem) {
  return h("div", { class: "empty", role: "alert" },
    h("p", {}, t("area.failed", { why: explain(problem) })),
    h("button", { type: "button", class: "quiet", onclick: refreshArea }, t("again")));
}

function render() {
  if (!summary) return;
  const { area, numbers, children, days } = summary;
  byId("trail").replaceChildren(...trail(area));
  byId("area").replaceChildren(
    h("div", { class: "title" },
      h("h1", {}, area.name),
      h("p", {}, t(`level.${area.level}`), " · ", h("span", { class: "code" }, area.code), " · ", areaText(numbers.area_m2))),
    h("div", { class: "figures" },
      figure("open", numbers.open, { queue: "open", tone: numbers.open ? "warn" : "" }),
      figure("overdue", numbers.overdue, { queue: "overdue", tone: numbers.overdue ? "bad" : "" }),
      figure("reported", numbers.reported, { queue: "reported", note: t("days.last", { n: state.days }) }),
      figure("in_time", percent((numbers.closed - numbers.late) / numbers.closed), {
        queue: "closed", note: t("figure.closed", { n: shortNumber(numbers.closed) }) })),
    h("div", { class: "stock" },
      stock("grids", numbers.grids, "open"),
      stock("buildings", numbers.buildings, "households"),
      stock("households", numbers.households, "households"),
      stock("components", numbers.components, "components")),
    numbers.unlocated
      ? h("button", { type: "button", class: "unlocated", onclick: () => change({ queue: "unlocated" }, "push") },
          t("figure.unlocated", { n: number(numbers.unlocated) }))
      : "",
    h("section", { class: "trend" },
      h("div", { class: "head" }, h("h2", {}, t("trend")), range()),
      dayChart(days)),
    ranking(area, children));
}

/** @param {any} area */
function trail(area) {
  const above = area.ancestors.map((/** @type {[string, string]} */ [code, name]) =>
    h("button", { type: "button", onclick: () => change({ division: code, selection: null }, "push") }, name));
  return [...above, h("span", { "aria-current": "page" }, area.name)];
}

/**
 * @param {string} key
 * @param {number | string} value
 * @param {{queue: string, tone?: string, note?: string}} options
 */
function figure(key, value, { queue, tone = "", note = "" }) {
  return h("button", {
    type: "button", class: `figure ${tone}`, "aria-pressed": String(state.queue === queue),
    onclick: () => change({ queue, selection: null }, "push"),
  },
  h("span", { class: "label" }, t(`figure.${key}`)),
  h("span", { class: "value" }, typeof value === "number" ? shortNumber(value) : value),
  h("span", { class: "note" }, note));
}

/**
 * @param {string} key
 * @param {number} value
 * @param {string} theme what the map shows when it is clicked
 */
function stock(key, value, theme) {
  return h("button", { type: "button", onclick: () => change({ theme, level: "grid" }) },
    h("span", { class: "value" }, shortNumber(value)), h("span", { class: "label" }, t(`stock.${key}`)));
}

function range() {
  return h("select", {
    "aria-label": t("days.label"),
    onchange: (/** @type {Event} */ event) => change({ days: Number(/** @type {HTMLSelectElement} */ (event.target).value) }),
  }, DAYS.map((n) => h("option", { value: n, selected: n === state.days }, t("days.last", { n }))));
}

/**
 * @param {any} area
 * @param {any[]} children
 */
function ranking(area, children) {
  const weight = (/** @type {any} */ child) =>
    order === "density" ? (child.households ? (1000 * child.open) / child.households : 0) : child[order];
  const sorted = [...children].sort((a, b) => weight(b) - weight(a) || a.code.localeCompare(b.code));
  const most = Math.max(1e-9, ...sorted.map(weight));
  const rows = sorted.slice(0, LONGEST_LIST).map((child, index) => rankRow(area, child, index, weight(child), most));
  return h("section", { class: "ranking" },
    h("div", { class: "head" },
      h("h2", {}, t(`ranking.${area.child_level}`)),
      h("select", {
        "aria-label": t("ranking.by"),
        onchange: (/** @type {Event} */ event) => {
          order = /** @type {any} */ (event.target).value;
          render();
        },
      }, ORDERS.map((key) => h("option", { value: key, selected: key === order }, t(`order.${key}`))))),
    rows.length ? h("ol", {}, rows) : h("p", { class: "empty" }, t("ranking.none")),
    sorted.length > LONGEST_LIST ? h("p", { class: "more" }, t("ranking.more", { n: sorted.length - LONGEST_LIST })) : null);
}

/**
 * @param {any} area
 * @param {any} child
 * @param {number} index
 * @param {number} value
 * @param {number} most
 */
function rankRow(area, child, index, value, most) {
  const bar = h("span", { class: "bar" });
  bar.style.setProperty("--share", String(value / most));
  const open = () =>
    area.child_level === "grid"
      ? change({ selection: { kind: "grid", id: child.code } }, "push")
      : change({ division: child.code, selection: null }, "push");
  const chosen = state.selection?.kind === "grid" && state.selection.id === child.code;
  return h("li", {},
    h("button", { type: "button", onclick: open, "aria-current": chosen ? "true" : null },
      h("span", { class: "rank" }, index + 1),
      h("span", { class: "name" }, area.child_level === "grid" ? t("grid.short", { n: child.name }) : child.name),
      h("span", { class: "overdue" }, child.overdue ? t("ranking.overdue", { n: number(child.overdue) }) : ""),
      h("span", { class: "value" }, shortNumber(value)),
      bar));
}

/** The grids of the community as a table: sorted by any column, selected together with the map. @module */

import { byId, h, refill } from "../dom.js";
import { number } from "../format.js";
import { spread } from "../geo/histogram.js";
import { t } from "../i18n.js";
import * as page from "../state.js";
import { draft, isEditable, isListed, isSearched, keyOf, onDraft, shortName } from "./draft.js";
import { pendingKeys } from "./edits.js";
import { showGeometries } from "./map.js";
import { choose } from "./picking.js";
import { openPlans } from "./plans.js";
import { change, measure, onChange, state } from "./state.js";
import { said } from "./themes.js";
import { typeName, types, UNTYPED } from "./types.js";

/** @typedef {import("./requests.js").Grid} Grid */

/** Where a range began that shift and a click end. */
let anchor = "";

export function startList() {
  onDraft(render);
  onChange(["selected", "theme", "order", "plan", "community", "kind"], render);
  page.onChange(["language"], render);
  render();
}

function render() {
  const grids = sorted();
  refill(byId("grids"), ...(draft.grids.size ? [summary([...draft.grids.values()]), filter(grids), table(grids)] : [empty()]));
}

/** All that the list shows, selected at once. */
export const chooseListed = () => change({ selected: sorted().map(keyOf) });

/** Narrows the list to a type; a type that no grid here has stays, as it may be what the list is narrowed to. @param {Grid[]} shown */
function filter(shown) {
  const all = [...draft.grids.values()];
  const count = (/** @type {string} */ kind) => all.filter(({ properties }) => (properties.kind ?? UNTYPED) === kind).length;
  const known = [...types().map(({ kind }) => kind), UNTYPED];
  const foreign = [...new Set(all.map(({ properties }) => properties.kind ?? UNTYPED))].filter((kind) => !known.includes(kind)).sort();
  const option = (/** @type {string} */ kind) =>
    h("option", { value: kind, selected: kind === state.kind }, `${typeName(kind === UNTYPED ? null : kind)} · ${number(count(kind))}`);
  return h("div", { class: "filter" },
    h("select", { "aria-label": t("planner.filter"), "data-key": "filter",
      onchange: (/** @type {Event} */ event) => change({ kind: /** @type {HTMLSelectElement} */ (event.target).value }) },
    h("option", { value: "" }, t("planner.filter.all")), [...known, ...foreign].map(option)),
    h("button", { type: "button", class: "quiet", "data-key": "choose-listed", "aria-keyshortcuts": "Control+A", disabled: !shown.length, onclick: chooseListed },
      t("planner.choose_listed", { n: number(shown.length) })));
}

function empty() {
  const [words, button] = !state.plan
    ? ["planner.empty.plan", h("button", { type: "button", class: "primary", onclick: openPlans }, t("planner.open_plan"))]
    : !state.community ? ["planner.empty.community", null] : ["planner.empty.grids", null];
  return h("div", { class: "empty" }, h("p", {}, t(String(words))), button);
}

/** @param {Grid[]} grids */
function summary(grids) {
  const name = measure();
  const { sum, mean, max, ratio } = spread(grids.map((grid) => grid.properties[name] ?? 0));
  const without = grids.filter((grid) => !grid.properties.worker_code).length;
  return h("div", { class: "summary" },
    h("p", {}, t("planner.summary", { n: number(grids.length), sum: said(name, sum), mean: said(name, mean), max: said(name, max), measure: t(`planner.measure.${name}`) })),
    h("p", { class: ratio > 1.3 ? "due warn" : "" }, t("planner.ratio", { ratio: ratio.toFixed(2) })),
    isEditable() ? null : h("p", { class: "hint" }, t(isSearched() ? "planner.need.search" : draft.plan?.state !== "draft" ? "planner.in_force_hint" : draft.plan.submitted_by ? "planner.submitted_hint" : "planner.read_only"), " ",
      h("button", { type: "button", class: "link", "data-key": "begin", onclick: openPlans }, t("planner.new"))),
    without ? h("p", { class: "due bad", id: "without" }, t("planner.without", { n: number(without) })) : null);
}

/** @param {Grid[]} grids */
function table(grids) {
  const columns = ["key", state.theme === "kind" ? "kind" : measure(), "minutes", "worker_code"].filter((name, n, all) => all.indexOf(name) === n);
  const pending = pendingKeys();
  return h("table", {},
    h("thead", {}, h("tr", {}, columns.map(heading))),
    h("tbody", {}, grids.length ? grids.map((grid) => row(grid, columns, pending.has(keyOf(grid))))
      : h("tr", {}, h("td", { class: "none", colspan: columns.length }, t("planner.filter.none")))));
}

/** @param {string} name */
function heading(name) {
  const { by, down } = state.order;
  return h("th", { scope: "col", "aria-sort": by !== name ? "none" : down ? "descending" : "ascending" },
    h("button", { type: "button", "data-key": `by-${name}`, onclick: () => change({ order: { by: name, down: by === name ? !down : name !== "key" } }) },
      t(`planner.column.${name}`), by === name ? (down ? " ↓" : " ↑") : ""));
}

/** @param {Grid} grid @param {string[]} columns @param {boolean} pending */
function row(grid, columns, pending) {
  const key = keyOf(grid);
  const { changed, locked, worker_code: worker } = grid.properties;
  const isChosen = state.selected.includes(key);
  const cells = columns.slice(1).map((name) => {
    if (name === "worker_code") return h("td", { class: "who" }, worker ?? h("span", { class: "due bad" }, t("planner.nobody")));
    if (name === "kind") return h("td", { class: "who" }, typeName(grid.properties.kind, grid.properties.sub_status));
    return h("td", {}, said(name, grid.properties[name]));
  });
  return h("tr", { class: isChosen ? "chosen" : "", "data-grid": key },
    h("th", { scope: "row" },
      h("button", { type: "button", "data-key": `grid-${key}`, "aria-pressed": String(isChosen),
        onclick: (/** @type {MouseEvent} */ event) => click(key, event),
        ondblclick: () => showGeometries([grid.geometry]),
        onkeydown: (/** @type {KeyboardEvent} */ event) => walk(event, key) },
      shortName(key), marks({ changed, locked, unsent: pending }))),
    ...cells);
}

/** @param {Record<string, boolean>} which */
const marks = (which) =>
  h("span", { class: "marks" }, Object.entries(which).filter(([, is]) => is).map(([name]) =>
    h("i", { class: name, role: "img", "aria-label": t(`planner.mark.${name}`), title: t(`planner.mark.${name}`) })));

/** @param {string} key @param {MouseEvent} event */
function click(key, event) {
  const keys = sorted().map(keyOf);
  if (event.shiftKey && keys.includes(anchor)) {
    const [from, to] = [keys.indexOf(anchor), keys.indexOf(key)].sort((a, b) => a - b);
    change({ selected: [...new Set([...state.selected, ...keys.slice(from, to + 1)])] });
  } else {
    choose([key], event.ctrlKey || event.metaKey);
    anchor = key;
  }
}

/** Up and down go from grid to grid. @param {KeyboardEvent} event @param {string} key */
function walk(event, key) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const keys = sorted().map(keyOf);
  const next = keys[keys.indexOf(key) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  choose([next], event.shiftKey);
  byId("grids").querySelector(/** @type {any} */ (`[data-key="grid-${next}"]`))?.focus();
}

function sorted() {
  const { by, down } = state.order;
  const sign = down ? -1 : 1;
  const value = (/** @type {Grid} */ grid) => (by === "key" ? shortName(keyOf(grid)).padStart(6, "0") : (grid.properties[by] ?? (typeof grid.properties[by] === "string" ? "" : -1)));
  return [...draft.grids.values()].filter(isListed).sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
    return sign * order || (keyOf(a) < keyOf(b) ? -1 : 1);
  });
}

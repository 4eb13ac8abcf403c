/** The plan beside another one: figures, differences on the map, and both maps under a line that one moves. @module */

import { Problem } from "../api.js";
import { byId, h, refill } from "../dom.js";
import { area, number } from "../format.js";
import { explain, t } from "../i18n.js";
import { namesOf } from "./communities.js";
import { draft, isCode, keyOf } from "./draft.js";
import { loadTable } from "./load_table.js";
import { createTwin, overlay, showDifference, showGeometries } from "./map.js";
import { tellProblem } from "./notices.js";
import { getChanges, getComparison, listPlans } from "./requests.js";
import { change, onChange, state } from "./state.js";

/** Figures in the order they are told; those in m² are areas. */
const FIGURES = ["added", "removed", "kept", "reassigned", "households", "population", "buildings", "moved_m2"];
const LOADS = /** @type {const} */ ([["households", "mean"], ["households", "max"], ["worker_minutes", "mean"], ["worker_minutes", "max"]]);

/** @type {import("./requests.js").Plan[]} */
let plans = [];
/** @type {import("maplibre-gl").Map | null} */
let twin = null;
let share = 50;

export function startCompare() {
  onChange(["swipe"], () => (state.swipe ? begin() : finish()));
  onChange(["against", "plan"], () => state.swipe && begin());
  onChange(["panel"], () => state.panel !== "compare" && leave());
}

/** @param {HTMLElement} box */
export async function renderCompare(box) {
  if (!draft.plan) {
    leave();
    return refill(box, h("p", { class: "empty" }, t("planner.empty.plan")));
  }
  try {
    const { id } = draft.plan;
    const { against } = state;
    const [comparison, list] = await Promise.all([getComparison(id, against), listPlans()]);
    const changed = await changes(comparison.grids.features);
    if (state.panel !== "compare" || draft.plan?.id !== id || state.against !== against) return;
    plans = list.plans;
    showDifference(comparison.grids.features);
    refill(box, controls(id), figures(comparison.totals), loads(comparison.totals), changed,
      comparison.workers.length ? loadTable(t("planner.loads.week"), comparison.workers) : null);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    refill(box, controls(draft.plan.id), h("p", { class: "empty", role: "alert" }, explain(error)));
  }
}

function leave() {
  showDifference(null);
  if (state.swipe) change({ swipe: false });
}

/** @param {number} id */
function controls(id) {
  return h("div", { class: "controls" },
    h("select", { "data-key": "against", "aria-label": t("planner.compare.with"),
      onchange: (/** @type {Event} */ event) => change({ against: /** @type {HTMLSelectElement} */ (event.target).value }) },
    h("option", { value: "in_force" }, t("planner.compare.in_force")),
    plans.filter((plan) => plan.id !== id && plan.state !== "published").map((plan) => h("option", { value: plan.id, selected: String(plan.id) === state.against }, plan.name))),
    h("button", { type: "button", class: "quiet", "data-key": "swipe", "aria-pressed": String(state.swipe), onclick: () => change({ swipe: !state.swipe }) }, t("planner.compare.swipe")));
}

/** @param {any} totals */
function figures(totals) {
  return h("dl", { class: "facts" }, FIGURES.filter((name) => totals[name] !== undefined).flatMap((name) => [
    h("dt", {}, t(`planner.figure.${name}`)),
    h("dd", { "data-figure": name }, name.endsWith("_m2") ? area(totals[name]) : number(totals[name])),
  ]));
}

/** @param {any} totals */
function loads(totals) {
  const { before, after } = totals.load ?? {};
  if (!before) return null;
  return h("table", { class: "beside" },
    h("thead", {}, h("tr", {}, h("th", {}, t("planner.compare.load")), h("th", { scope: "col" }, t("planner.before")), h("th", { scope: "col" }, t("planner.after")))),
    h("tbody", {}, LOADS.map(([of, name]) => h("tr", {}, h("th", { scope: "row" }, t(`planner.load.${of}.${name}`)),
      h("td", {}, rounded(before[of][name])), h("td", {}, rounded(after[of][name]))))));
}

/** @param {number | null} value */
const rounded = (value) => (value === null ? "–" : number(Math.round(value)));

/** The communities named in a list at most. */
const MOST_LISTED = 200;

/** @param {any[]} features */
async function changes(features) {
  const communities = new Map();
  for (const feature of features) communities.set(feature.properties.community_code, [...(communities.get(feature.properties.community_code) ?? []), feature]);
  if (!communities.size) return h("p", { class: "empty" }, t("planner.compare.same"));
  const listed = [...communities].slice(0, MOST_LISTED);
  const names = await namesOf(listed.map(([code]) => code));
  return h("ul", { class: "links" }, listed.map(([code, found]) =>
    h("li", {}, h("button", { type: "button", class: "link", onclick: () => {
      change({ community: code, selected: [] });
      showGeometries(found.map((/** @type {any} */ feature) => feature.geometry));
    } }, t("planner.compare.community", { name: names.get(code) ?? code, n: number(found.length) })))));
}

/** Lay the other plan over the left of the map. */
async function begin() {
  const box = byId("swipe");
  box.hidden = false;
  box.replaceChildren(
    h("div", { id: "swipe-map", class: "twin", "aria-hidden": "true" }),
    h("div", { class: "line", "aria-hidden": "true" }),
    h("input", { type: "range", min: 0, max: 100, value: share, id: "swipe-at", "aria-label": t("planner.compare.line"),
      oninput: (/** @type {Event} */ event) => move(Number(/** @type {HTMLInputElement} */ (event.target).value)) }));
  move(share);
  const { against } = state;
  const made = await createTwin(byId("swipe-map"));
  if (!state.swipe || state.against !== against) return made.remove();
  twin?.remove();
  twin = made;
  if (against === "in_force") return;
  const { removed, grids } = await getChanges(Number(against)).catch((error) => {
    tellProblem(error);
    return { removed: [], grids: { features: [] } };
  });
  if (twin !== made) return;
  const own = grids.features.filter((grid) => grid.properties.changed); // others only have more corners
  overlay(made, [...removed, ...own.map(keyOf).filter(isCode)], own);
}

function finish() {
  twin?.remove();
  twin = null;
  byId("swipe").hidden = true;
  byId("swipe").replaceChildren();
}

/** @param {number} percent */
function move(percent) {
  share = percent;
  byId("swipe").style.setProperty("--at", `${percent}%`);
}

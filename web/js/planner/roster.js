/** Who gets what: each worker's load now and in the plan, given by a drag onto a grid or to what is selected. @module */

import { Problem } from "../api.js";
import { byId, h, refill, s } from "../dom.js";
import { number, percent } from "../format.js";
import { explain, t } from "../i18n.js";
import * as page from "../state.js";
import { openAssignments } from "./assignments.js";
import { openBeats } from "./beats.js";
import { assign, lock } from "./commands.js";
import { draft, isCode, isEditable, keyOf, shortName } from "./draft.js";
import { choose, gridAt } from "./picking.js";
import { getRoster, getSuggestions } from "./requests.js";
import { state } from "./state.js";

const SHUT = "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3";
const OPEN = "M6 11h12v9H6zM8.5 11V7a3.5 3.5 0 0 1 6.8-1";
/** Fewer pixels than this are a press. */
const SHORTEST_DRAG = 6;

/** @type {{community: string, workers: any[], rows: any[]}} */
let known = { community: "", workers: [], rows: [] };
/** @type {Record<string, any[]>} */
const suggested = {};

/** The roster in force changed: it is asked for anew. */
export function forgetRoster() {
  for (const key of Object.keys(suggested)) delete suggested[key];
  known = { community: "", workers: [], rows: [] };
}

/** @param {HTMLElement} box */
export async function renderRoster(box) {
  if (!draft.plan || !state.community) return refill(box, h("p", { class: "empty" }, t(draft.plan ? "planner.empty.community" : "planner.empty.plan")));
  if (known.community !== state.community) {
    try {
      const community = state.community;
      const { workers, rows } = await getRoster(community);
      if (state.community !== community) return;
      known = { community, workers, rows };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return refill(box, h("p", { class: "empty", role: "alert" }, explain(error)));
    }
  }
  if (state.panel !== "roster") return;
  const loads = planned();
  const codes = [...new Set([...known.workers.map((worker) => worker.worker_code), ...loads.keys()])].sort();
  const most = Math.max(1, ...codes.flatMap((code) => [before(code), loads.get(code)?.minutes ?? 0]));
  refill(box,
    h("p", { class: "hint" }, t(isEditable() ? "planner.roster.hint" : "planner.roster.read")),
    await suggestions(),
    h("ul", { class: "workers" }, codes.map((code) => row(code, loads.get(code), most))),
    isEditable() && state.selected.length ? h("button", { type: "button", class: "quiet", "data-key": "nobody", onclick: () => assign(state.selected, null) }, t("planner.roster.nobody")) : null,
    h("div", { class: "buttons" },
      isEditable() ? h("button", { type: "button", class: "quiet", "data-key": "beats", "aria-haspopup": "dialog", onclick: openBeats }, t("planner.beats")) : null,
      isEditable() ? h("button", { type: "button", class: "quiet", "data-key": "table", "aria-haspopup": "dialog", onclick: openAssignments }, t("planner.table.open")) : null,
      h("a", { class: "quiet", href: `/api/exports/roster.csv?division=${state.community}`, download: "" }, t("planner.table.export")),
      h("a", { class: "quiet", href: `/api/exports/roster.geojson?division=${state.community}`, download: "" }, t("planner.table.geojson"))));
}

/** Minutes a week and grids of each worker in the plan, of this community. */
function planned() {
  /** @type {Map<string, {minutes: number, keys: string[]}>} */
  const loads = new Map();
  for (const grid of draft.grids.values()) {
    const code = grid.properties.worker_code;
    if (!code) continue;
    const load = loads.get(code) ?? { minutes: 0, keys: [] };
    load.minutes += grid.properties.minutes ?? 0;
    load.keys.push(keyOf(grid));
    loads.set(code, load);
  }
  return loads;
}

/** Minutes a week of the grids here that a worker has by the roster in force. @param {string} code */
const before = (code) => known.rows.reduce((sum, row) => sum + (row.worker_code === code && row.role === "primary" ? row.minutes ?? 0 : 0), 0);

/** Whether a worker has grids here by the roster in force, which is what the printed map shows. @param {string} code */
const hasGrids = (code) => known.rows.some((row) => row.worker_code === code && row.role === "primary");

/** @param {string} code @param {{minutes: number, keys: string[]} | undefined} load @param {number} most */
function row(code, load, most) {
  const minutes = load?.minutes ?? 0;
  const bars = [before(code), minutes].map((value, n) => {
    const bar = h("span", { class: n ? "bar after" : "bar before" });
    bar.style.setProperty("--share", String(value / most));
    return bar;
  });
  const editable = isEditable();
  const held = (load?.keys ?? []).map((key) => draft.grids.get(key));
  const locked = held.length > 0 && held.every((grid) => grid?.properties.locked);
  return h("li", { class: "beat" },
    h("button", { type: "button", class: "worker", "data-key": `worker-${code}`, "data-worker": code,
      onpointerdown: editable ? (/** @type {PointerEvent} */ event) => drag(event, code) : null,
      onclick: () => (editable && state.selected.length ? assign(state.selected, code) : choose(load?.keys ?? [], false)) },
    h("strong", {}, code, isAway(code) ? h("span", { class: "due warn" }, " ", t("planner.roster.away")) : null),
    h("span", { class: "load" }, t("planner.roster.load", { before: number(Math.round(before(code))), after: number(Math.round(minutes)) })),
    h("span", { class: "keys" }, load?.keys.map(shortName).sort().join(" ") || t("planner.roster.none")),
    ...bars),
    editable && held.length ? h("button", { type: "button", class: "plain lock", "data-key": `lock-${code}`, "aria-pressed": String(locked),
      "aria-label": t("planner.roster.lock", { worker: code }), title: t("planner.roster.lock", { worker: code }), onclick: () => lock(load?.keys ?? [], !locked) },
    s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: locked ? SHUT : OPEN }))) : null,
    hasGrids(code) ? h("a", { class: "sheet", "data-key": `sheet-${code}`, href: `/api/rosters/beats/${encodeURIComponent(code)}.pdf?lang=${page.state.language}`,
      "aria-label": t("planner.roster.sheet", { worker: code }), title: t("planner.roster.sheet", { worker: code }) }, "A3") : null);
}

/** Whether a worker is on leave today. @param {string} code */
const isAway = (code) => Boolean(known.workers.find((worker) => worker.worker_code === code)?.away);

/** Who would suit the one grid that is selected. */
async function suggestions() {
  const [key] = state.selected;
  if (state.selected.length !== 1 || !isCode(key)) return null;
  try {
    suggested[key] ??= (await getSuggestions(key)).suggestions[0]?.workers ?? [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return null; // a grid the roster in force does not know has no history to suggest from
  }
  if (!suggested[key].length) return null;
  return h("div", { class: "suggestions" }, h("h3", {}, t("planner.roster.suggested", { grid: shortName(key) })),
    h("ul", {}, suggested[key].slice(0, 3).map((one) => h("li", {},
      h("button", { type: "button", class: "quiet", "data-key": `suggested-${one.worker_code}`, disabled: !isEditable(), onclick: () => assign([key], one.worker_code) }, one.worker_code),
      h("span", { class: "hint" }, t("planner.roster.why", {
        m: number(Math.round(one.station_m)), knows: percent(one.knows), before: number(Math.round(one.before)), after: number(Math.round(one.after)) }))))));
}

/** @param {PointerEvent} down @param {string} code */
function drag(down, code) {
  if (!down.isPrimary || down.button !== 0) return;
  const ghost = h("div", { class: "ghost", "aria-hidden": "true" }, code);
  const frame = () => byId("map").getBoundingClientRect();
  const isDrag = (/** @type {PointerEvent} */ event) => Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > SHORTEST_DRAG;
  const move = (/** @type {PointerEvent} */ event) => {
    if (!isDrag(event)) return;
    if (!ghost.isConnected) document.body.append(ghost);
    ghost.style.transform = `translate(${event.clientX + 8}px, ${event.clientY + 8}px)`;
  };
  const end = (/** @type {PointerEvent} */ event) => {
    for (const [name, listener] of /** @type {const} */ ([["pointermove", move], ["pointerup", end], ["pointercancel", end]])) window.removeEventListener(name, listener);
    ghost.remove();
    if (event.type === "pointercancel" || !isDrag(event)) return;
    const swallow = (/** @type {MouseEvent} */ click) => click.stopPropagation(); // the end of a drag is no click
    window.addEventListener("click", swallow, { capture: true });
    setTimeout(() => window.removeEventListener("click", swallow, { capture: true }));
    const { left, top } = frame();
    const key = document.elementFromPoint(event.clientX, event.clientY)?.closest("#map") ? gridAt([event.clientX - left, event.clientY - top]) : null;
    if (key) assign(state.selected.includes(key) ? state.selected : [key], code);
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end);
  window.addEventListener("pointercancel", end);
}

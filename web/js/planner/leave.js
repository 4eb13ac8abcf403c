/** Leave: who is away when, which neighbours see to the grids meanwhile, and what everyone then carries. @module */

import { Problem } from "../api.js";
import { h, refill } from "../dom.js";
import { dayOf, number, dayName } from "../format.js";
import { explain, t, tOr } from "../i18n.js";
import { draft, selectedGrids, shortName } from "./draft.js";
import { loadTable } from "./load_table.js";
import { choose } from "./picking.js";
import { propose } from "./proposal.js";
import { deleteLeave, getRoster, postCover, postLeave } from "./requests.js";
import { forgetRoster } from "./roster.js";
import { state } from "./state.js";
import { COLOURS } from "./themes.js";

/**
 * @typedef {{id: number, worker_code: string, from: string, to: string | null, grids: number, uncovered: number}} Leave
 * @typedef {{worker_code: string, from: string, to: string | null, day: string,
 *   lines: {grid_code: string, worker_code: string, minutes: number}[], deputised: {grid_code: string, worker_code: string}[],
 *   uncovered: {grid_code: string}[],
 *   loads: {worker_code: string, before: number, after: number, grids_before: number, grids_after: number}[]}} Cover
 * @typedef {{way: "leave" | "cover" | "cancel", run: (preview: boolean) => Promise<Cover>, cover: Cover}} Proposal
 */

/** What is asked for; kept while the panel is drawn anew. @type {{worker_code: string, from: string, to: string, cover: boolean}} */
const wish = { worker_code: "", from: "", to: "", cover: true };

/** @type {{street: string, workers: any[], absences: Leave[]}} */
let known = { street: "", workers: [], absences: [] };
/** @type {Proposal | null} */
let proposal = null;
/** The selection whose worker was taken over. */
let taken = "";
/** What was done last, or why it could not be. @type {{words: string, bad: boolean} | null} */
let said = null;

/** @param {HTMLElement} box */
export async function renderLeave(box) {
  if (!state.community) return refill(box, h("p", { class: "empty" }, t("planner.empty.community")));
  const street = state.community.slice(0, 9);
  if (known.street !== street) {
    leaveProposal();
    try {
      const { workers, absences } = await getRoster(street);
      known = { street, workers, absences };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return refill(box, h("p", { class: "empty", role: "alert" }, wordsOf(error)));
    }
  }
  if (state.panel !== "leave") return;
  draw(box);
}

/** Nothing is proposed any more. */
export function leaveProposal() {
  if (proposal) propose(null);
  proposal = null;
  said = null;
}

/** @param {HTMLElement} box */
function draw(box) {
  const told = said ? h("p", { class: said.bad ? "problem" : "done", role: "status", id: "leave-said" }, said.words) : null;
  if (proposal) return refill(box, ...proposed(box, proposal), told);
  refill(box, h("p", { class: "hint" }, t("planner.leave.hint")), form(box), told, h("h3", {}, t("planner.leave.list")), list(box));
}

/** @param {HTMLElement} box */
function form(box) {
  const today = dayOf(Date.now());
  wish.from = wish.from < today ? today : wish.from;
  const chosen = selectedGrids();
  if (chosen.length && taken !== state.selected.join()) {
    const own = new Set(chosen.map((grid) => grid.properties.worker_code));
    if (own.size === 1) wish.worker_code = [...own][0] ?? wish.worker_code;
    taken = state.selected.join();
  }
  const keep = (/** @type {"worker_code" | "from" | "to"} */ name) => (/** @type {Event} */ event) => {
    wish[name] = /** @type {HTMLInputElement} */ (event.target).value.trim();
    if (name === "from") draw(box); // the day back follows it
  };
  return h("form", { class: "leave", onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    const asked = { ...wish, to: wish.to || null };
    void suggest(box, "leave", (preview) => postLeave({ ...asked, preview }));
  } },
  h("label", { class: "wide" }, t("planner.leave.worker"),
    h("input", { list: "leave-workers", value: wish.worker_code, required: true, "data-key": "leave-worker", autocomplete: "off", spellcheck: "false", oninput: keep("worker_code") })),
  h("datalist", { id: "leave-workers" }, known.workers.filter((one) => !one.away).map((one) => h("option", { value: one.worker_code }))),
  h("label", {}, t("planner.leave.from"), h("input", { type: "date", value: wish.from, min: today, required: true, "data-key": "leave-from", onchange: keep("from") })),
  h("label", {}, t("planner.leave.to"), h("input", { type: "date", value: wish.to, min: dayAfter(wish.from), "data-key": "leave-to", "aria-describedby": "leave-open", onchange: keep("to") })),
  h("p", { class: "hint wide", id: "leave-open" }, t("planner.leave.open")),
  h("label", { class: "check wide" },
    h("input", { type: "checkbox", checked: wish.cover, "data-key": "leave-cover", onchange: (/** @type {Event} */ event) => {
      wish.cover = /** @type {HTMLInputElement} */ (event.target).checked;
    } }), t("planner.leave.cover")),
  h("button", { type: "submit", class: "primary wide", "data-key": "leave-show" }, t("planner.leave.show")));
}

/** @param {string} day */
const dayAfter = (day) => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);

/** @param {HTMLElement} box */
function list(box) {
  if (!known.absences.length) return h("p", { class: "hint" }, t("planner.leave.none"));
  const today = dayOf(Date.now());
  return h("ul", { class: "leaves" }, known.absences.map((leave) => {
    const isNow = leave.from <= today;
    return h("li", {},
      h("strong", {}, leave.worker_code), h("span", { class: `badge ${isNow ? "submitted" : ""}` }, t(isNow ? "planner.leave.now" : "planner.leave.coming")),
      h("span", { class: "meta" }, span(leave), " · ", t("planner.leave.grids", { n: number(leave.grids) })),
      leave.uncovered ? h("span", { class: "due bad" }, t("planner.leave.uncovered", { n: number(leave.uncovered) })) : null,
      h("span", { class: "buttons" },
        leave.uncovered ? h("button", { type: "button", class: "quiet", "data-key": `cover-${leave.id}`, onclick: () => suggest(box, "cover", (preview) => postCover(leave.id, preview)) },
          t("planner.leave.cover_again")) : null,
        h("button", { type: "button", class: "quiet", "data-key": `cancel-${leave.id}`, onclick: () => suggest(box, "cancel", (preview) => deleteLeave(leave.id, preview)) },
          t(isNow ? "planner.leave.back_today" : "planner.leave.cancel"))));
  }));
}

/** From when to when. @param {{from: string, to: string | null}} leave */
const span = ({ from, to }) => t(to ? "planner.leave.span" : "planner.leave.span_open", { from: dayName(from), to: to ? dayName(to) : "" });

/** @param {HTMLElement} box @param {Proposal["way"]} way @param {Proposal["run"]} run */
async function suggest(box, way, run) {
  await tried(box, async () => {
    proposal = { way, run, cover: await run(true) };
    said = null;
    propose(picture(proposal.cover));
  });
  if (proposal) box.querySelector("h3")?.focus();
}

/** @param {HTMLElement} box @param {Proposal} wanted */
async function confirm(box, { way, run }) {
  await tried(box, async () => {
    const { worker_code: worker, lines } = await run(false);
    leaveProposal();
    said = { words: t(`planner.leave.done.${way}`, { worker, n: number(lines.length) }), bad: false };
    Object.assign(wish, { worker_code: "", from: "", to: "" });
    known.street = "";
    forgetRoster();
    const done = said;
    await renderLeave(box);
    said = done;
  });
}

/** @param {HTMLElement} box @param {() => Promise<void>} task */
async function tried(box, task) {
  for (const button of box.querySelectorAll("button")) button.disabled = true;
  try {
    await task();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    said = { words: wordsOf(error), bad: true };
  }
  if (state.panel === "leave") draw(box);
}

/** What is wrong and what to do; the server's own sentence where no other is at hand. @param {Problem} problem */
function wordsOf(problem) {
  return tOr(`planner.leave.problem.${problem.status}.${problem.more.field ?? "all"}`, explain(problem));
}

/** @param {HTMLElement} box @param {Proposal} wanted @returns {(Node | null)[]} */
function proposed(box, wanted) {
  const { way, cover } = wanted;
  const takers = [...new Set(cover.lines.map((line) => line.worker_code))].sort();
  return [
    h("h3", { tabindex: "-1" }, t(`planner.leave.title.${way}`, { worker: cover.worker_code })),
    way === "cancel" ? null : h("p", {}, span(cover)),
    cover.uncovered.length ? h("p", { class: "problem", id: "leave-uncovered" }, t(way === "leave" && !wish.cover ? "planner.leave.unasked" : "planner.leave.no_neighbour",
      { n: number(cover.uncovered.length), grids: named(cover.uncovered) })) : null,
    cover.deputised.length ? h("p", { class: "hint" }, t("planner.leave.deputised", { n: number(cover.deputised.length), grids: named(cover.deputised) })) : null,
    way !== "cancel" && !cover.lines.length && !cover.uncovered.length && !cover.deputised.length ? h("p", { class: "hint" }, t("planner.leave.no_grids")) : null,
    takers.length ? h("ul", { class: "takers" }, takers.map((taker) => {
      const lines = cover.lines.filter((line) => line.worker_code === taker);
      return h("li", {}, h("button", { type: "button", class: "link", "data-key": `taker-${taker}`, onclick: () => choose(lines.map((line) => line.grid_code).filter((key) => draft.grids.has(key)), false) },
        t("planner.leave.takes", { worker: taker, grids: named(lines) })));
    })) : null,
    cover.loads.length ? loadTable(t("planner.loads.from", { day: dayName(cover.day) }), cover.loads) : h("p", { class: "hint" }, t("planner.leave.same")),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "quiet", "data-key": "leave-drop", onclick: () => {
        leaveProposal();
        draw(box);
      } }, t("planner.leave.drop")),
      h("button", { type: "button", class: "primary", "data-key": "leave-confirm", onclick: () => confirm(box, wanted) }, t(`planner.leave.confirm.${way}`))),
  ];
}

/** Grids by their numbers; those of other communities with the code. @param {{grid_code: string}[]} grids */
const named = (grids) => grids.map(({ grid_code: code }) => (code.startsWith(state.community) ? shortName(code) : code)).sort().join(" ");

/** The grids that others see to, as far as they are on the map. @param {Cover} cover @returns {import("./proposal.js").Proposal | null} */
function picture({ lines, uncovered }) {
  const takers = [...new Set(lines.map((line) => line.worker_code))].sort();
  const tone = (/** @type {string} */ who) => `who-${(takers.indexOf(who) % COLOURS) + 1}`;
  const rows = [
    ...lines.map(({ grid_code: key, worker_code: who }) => ({ key, tone: tone(who), name: `${shortName(key)}\n→ ${who}` })),
    ...uncovered.map(({ grid_code: key }) => ({ key, tone: "nobody", name: `▲ ${shortName(key)}` })),
  ];
  if (!rows.length) return null;
  const features = rows.flatMap(({ key, ...properties }) => {
    const grid = draft.grids.get(key);
    return grid ? [{ type: /** @type {const} */ ("Feature"), geometry: grid.geometry, properties }] : [];
  });
  const tones = takers.map((who) => ({ tone: tone(who), words: who, count: lines.filter((line) => line.worker_code === who).length }));
  if (uncovered.length) tones.push({ tone: "nobody", words: t("planner.nobody"), count: uncovered.length });
  return { title: "planner.leave.legend", tones, features };
}

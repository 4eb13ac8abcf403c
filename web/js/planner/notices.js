/** What went wrong, in words, with its place; it stays until it is put away. @module */

import { Problem } from "../api.js";
import { byId, h } from "../dom.js";
import { explain, t, tOr } from "../i18n.js";
import * as page from "../state.js";
import { draft } from "./draft.js";
import { operationName } from "./history.js";
import { bringInSight, markPlace, showGeometries } from "./map.js";
import { change, onChange } from "./state.js";

/**
 * @typedef {{title: string, words: string | (() => string), place?: any, keys?: string[], buildings?: string[]}} Notice title: a key of
 *   the words; words: those of the server, or in the reader's language
 */

/** What is news and no fault. */
const OTHERS = "planner.others";
/** Names told at most. */
const MOST = 5;

/** @type {Notice[]} */
let notices = [];

export function startNotices() {
  page.onChange(["language"], render);
  onChange(["plan"], () => {
    notices = notices.filter(({ title }) => title !== OTHERS);
    render();
  });
}

/**
 * Say that the server refused an edit: what for, where, and for which grids.
 *
 * @param {{entry: {operation: string}, problem: Problem}} refusal
 */
export function tellRefusal({ entry, problem }) {
  const { reason, place, keys, buildings } = problem.more;
  const title = tOr(`planner.reason.${reason}`, "") ? `planner.reason.${reason}` : problem.status === 409 && keys?.length ? "planner.conflict" : "planner.refused";
  add({ title, words: explain(problem), place, keys, buildings });
  if (place) {
    markPlace(place);
    bringInSight(place);
  }
  document.documentElement.dataset.refused = `${entry.operation}:${reason ?? problem.status}`;
}

/**
 * Say that something could not be done.
 *
 * @param {unknown} error whatever is no `Problem` is thrown on
 */
export function tellProblem(error) {
  if (error instanceof DOMException && error.name === "AbortError") return;
  if (!(error instanceof Problem)) throw error;
  add({ title: error.status === 0 ? "problem.0" : "planner.refused", words: error.status === 0 ? "" : explain(error) });
}

/**
 * Say what others did to the plan, and where.
 *
 * @param {import("./requests.js").LogRow[]} edits those that stand now or, marked as undone, do not any more
 */
export function tellOthers(edits) {
  const keys = [...new Set(edits.flatMap((edit) => edit.keys ?? []))].filter((key) => draft.grids.has(key));
  const geometries = keys.map((key) => draft.grids.get(key)?.geometry);
  notices = notices.filter(({ title }) => title !== OTHERS);
  add({
    title: OTHERS,
    words: () => edits.slice(0, MOST).map((edit) =>
      t(edit.undone ? "planner.others.undone" : "planner.others.done", { who: edit.actor, what: operationName(edit.operation) })).join(t("planner.others.and")) +
      (edits.length > MOST ? ` ${t("ranking.more", { n: edits.length - MOST })}` : ""),
    place: geometries.length ? { type: "GeometryCollection", geometries } : null,
    keys,
  });
  document.documentElement.dataset.others = String(edits[0].seq);
}

/** Say that the plan at hand was deleted. @param {string} name */
export function tellGone(name) {
  add({ title: "planner.others.gone", words: () => t("planner.others.gone.what", { name }) });
}

/** Put all notices away. @returns {boolean} whether there were any */
export function clearNotices() {
  const any = notices.length > 0;
  notices = [];
  markPlace(null);
  render();
  return any;
}

/** @param {Notice} notice */
function add(notice) {
  notices = [...notices.filter((other) => other.words !== notice.words), notice].slice(-3);
  render();
}

function render() {
  byId("notices").replaceChildren(...notices.map((notice) =>
    h("div", { class: notice.title === OTHERS ? "notice news" : "notice" },
      h("strong", {}, t(notice.title)),
      h("p", {}, wordsOf(notice)),
      h("div", { class: "buttons" },
        notice.place ? h("button", { type: "button", class: "plain", onclick: () => show(notice) }, t("planner.show_place")) : null,
        h("button", { type: "button", class: "plain", onclick: () => putAway(notice) }, t("planner.dismiss"))))));
}

/**
 * The server's sentence; in the other language what it names, as the title says what it is about.
 *
 * @param {Notice} notice
 */
function wordsOf({ title, words, keys = [], buildings = [] }) {
  if (typeof words === "function") return words();
  if (page.state.language === "en" || !title.startsWith("planner.reason.")) return words;
  const named = [
    keys.length ? t("planner.notice.grids", { names: keys.slice(0, MOST).join("、"), n: keys.length }) : "",
    buildings.length ? t("planner.notice.buildings", { names: buildings.slice(0, MOST).join("、"), n: buildings.length }) : "",
  ].filter(Boolean);
  return named.join("") || words;
}

/** @param {Notice} notice */
function show(notice) {
  markPlace(notice.place);
  showGeometries([notice.place]);
  if (notice.keys?.length) change({ selected: notice.keys.filter((key) => draft.grids.has(key)) });
}

/** @param {Notice} notice */
function putAway(notice) {
  notices = notices.filter((other) => other !== notice);
  markPlace(notices.at(-1)?.place);
  render();
}

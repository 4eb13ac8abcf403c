/** The right side: incidents of the present area, newest or most overdue first, with their filters. @module */

import { getIncidents, Problem } from "../api.js";
import { byId, h } from "../dom.js";
import { moment, number, span } from "../format.js";
import { explain, t } from "../i18n.js";
import { change, onChange, state } from "../state.js";

const PAGE = 50;
const QUEUES = ["open", "overdue", "reported", "closed", "unlocated"];

/** The server counts no further. */
const MOST_COUNTED = 10_000;

/** @type {{items: any[], next: string | null, total: number | null}} */
let page = { items: [], next: null, total: null };
/** @type {string | null} */
let problem = null;
let sort = "newest";
/** @type {AbortController | null} */
let running = null;
/** Incidents that came while the reader looked, marked until they were seen. @type {Set<string>} */
const fresh = new Set();
/** @type {{code: string, zh: string, en: string}[]} */
let majors = [];

/** @param {{code: string, zh: string, en: string}[]} groups major classes of the profile in use */
export function startQueue(groups) {
  majors = groups;
  onChange(["division", "queue", "group", "days"], refreshQueue);
  onChange(["language"], render);
  onChange(["selection"], () => markSelected(true));
  setInterval(renderTimes, 30_000);
  void refreshQueue();
}

/** Ask for the first page again, and keep the reader's place in it. */
export async function refreshQueue() {
  running?.abort();
  running = new AbortController();
  try {
    page = await getIncidents(filters(), running.signal);
    problem = null;
  } catch (error) {
    if (error instanceof DOMException) return;
    if (!(error instanceof Problem)) throw error;
    problem = explain(error);
  }
  render();
}

/**
 * Take in one change of one incident.
 *
 * @param {any} incident as the stream tells it
 */
export function takeIntoQueue(incident) {
  if (incident.action === "report") fresh.add(String(incident.id));
  if (fresh.size > 200) fresh.clear();
}

function filters(after = "") {
  const days = new Date(Date.now() - state.days * 86_400_000).toISOString();
  const byQueue = /** @type {Record<string, any>} */ ({
    open: { state: "open" },
    overdue: { state: "open", overdue: true },
    reported: { from: days },
    closed: { state: "final", from: days },
    unlocated: { state: "open", unlocated: true },
  });
  return {
    division: state.queue === "unlocated" ? "" : state.division,
    ...(byQueue[state.queue] ?? byQueue.open),
    class: state.group,
    sort,
    limit: PAGE,
    after,
  };
}

async function more() {
  if (!page.next) return;
  try {
    const next = await getIncidents(filters(page.next));
    page = { ...next, items: [...page.items, ...next.items], total: page.total };
    render();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem = explain(error);
    render();
  }
}

function render() {
  const box = byId("queue");
  const scrolled = box.querySelector("ol")?.scrollTop ?? 0;
  const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.key;
  box.replaceChildren(head(), list());
  const scroller = box.querySelector("ol");
  if (scroller) scroller.scrollTop = scrolled;
  if (focused) /** @type {HTMLElement | null} */ (box.querySelector(`[data-key="${focused}"]`))?.focus();
  markSelected(false);
}

function head() {
  const shown = state.queue === "unlocated" ? QUEUES : QUEUES.slice(0, 4);
  return h("div", { class: "head" },
    h("h2", {}, t("queue"), h("span", { class: "total" }, page.total === null ? "" : number(page.total) + (page.total >= MOST_COUNTED ? "+" : ""))),
    h("div", { class: "filters" },
      picker("queue", shown.map((key) => [key, t(`queue.${key}`)]), state.queue, (value) =>
        change({ queue: value }, "push")),
      picker("group", groups(), state.group, (value) => change({ group: value }, "push")),
      picker("sort", [["newest", t("sort.newest")], ["due", t("sort.due")]], sort, (value) => {
        sort = value;
        void refreshQueue();
      })));
}

/** The major classes, and the one class that the search box may have put there. */
function groups() {
  const options = [["", t("group.all")], ...majors.map((group) => [group.code, group[state.language]])];
  const known = options.some(([code]) => code === state.group);
  return known ? options : [...options, [state.group, t("group.one", { code: state.group })]];
}

/**
 * @param {string} key
 * @param {string[][]} options
 * @param {string} chosen
 * @param {(value: string) => void} choose
 */
function picker(key, options, chosen, choose) {
  return h("select", {
    "aria-label": t(`${key}.label`), "data-key": key,
    onchange: (/** @type {Event} */ event) => choose(/** @type {HTMLSelectElement} */ (event.target).value),
  }, options.map(([value, words]) => h("option", { value, selected: value === chosen }, words)));
}

function list() {
  if (problem) {
    return h("div", { class: "empty", role: "alert" }, h("p", {}, t("queue.failed", { why: problem })),
      h("button", { type: "button", class: "quiet", onclick: refreshQueue }, t("again")));
  }
  if (!page.items.length) return h("p", { class: "empty" }, t(page.total === null ? "loading" : "queue.none"));
  return h("ol", { class: "incidents" }, page.items.map(row),
    page.next
      ? h("li", { class: "more" }, h("button", { type: "button", class: "quiet", "data-key": "more", onclick: more }, t("queue.more")))
      : null);
}

/** @param {any} item */
function row(item) {
  const name = state.language === "zh" ? item.class_zh : item.class_en;
  return h("li", {},
    h("button", {
      type: "button", "data-id": item.id, "data-key": `incident-${item.id}`, class: fresh.has(String(item.id)) ? "fresh" : null,
      onclick: () => change({ selection: { kind: "incident", id: String(item.id) } }, "push"),
    },
    h("span", { class: "what" }, name),
    h("span", { class: "time", "data-reported": item.reported_at }, ago(item.reported_at)),
    h("span", { class: "where" }, item.address || item.description || item.grid_code || t("queue.nowhere")),
    h("span", { class: `due ${dueTone(item)}`, "data-due": item.due_at ?? "", "data-closed": item.closed_at ?? "" }, dueText(item)),
    h("span", { class: "meta" }, t(`state.${item.state}`), " · ", t(`source.${item.source}`))));
}

/** @param {any} item */
function dueTone(item) {
  if (!item.due_at || item.closed_at) return "";
  const left = Date.parse(item.due_at) - Date.now();
  if (left < 0) return "bad";
  return left < 0.2 * (Date.parse(item.due_at) - Date.parse(item.reported_at)) ? "warn" : "";
}

/** @param {any} item */
function dueText(item) {
  if (item.closed_at) return t("due.closed", { at: moment(item.closed_at) });
  if (!item.due_at) return t("due.none");
  const left = Date.parse(item.due_at) - Date.now();
  return left < 0 ? t("due.over", { span: span(left) }) : t("due.left", { span: span(left) });
}

/** @param {string} instant */
const ago = (instant) => t("ago", { span: span(Date.now() - Date.parse(instant)) });

/** Times pass while nothing else changes. */
function renderTimes() {
  for (const element of byId("queue").querySelectorAll("[data-reported]")) {
    element.textContent = ago(/** @type {HTMLElement} */ (element).dataset.reported ?? "");
  }
  for (const item of page.items) {
    const due = byId("queue").querySelector(`[data-id="${item.id}"] .due`);
    if (!due) continue;
    due.className = `due ${dueTone(item)}`;
    due.textContent = dueText(item);
  }
}

/** @param {boolean} scroll whether the chosen row is brought into sight */
function markSelected(scroll) {
  const chosen = state.selection?.kind === "incident" ? state.selection.id : "";
  for (const button of byId("queue").querySelectorAll("[data-id]")) {
    const is = /** @type {HTMLElement} */ (button).dataset.id === chosen;
    if (is) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    if (is && scroll) button.scrollIntoView({ block: "nearest" });
  }
}

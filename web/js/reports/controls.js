/** The upper edge: subject, place, level, measure, days, what they are compared with, and files to take away. @module */

import { Problem } from "../api.js";
import { byId, h, refill } from "../dom.js";
import { explain, t } from "../i18n.js";
import * as page from "../state.js";
import { answers, comparedDays, levelOf, onAnswers } from "./answers.js";
import { measuresOf, nameOf, shown } from "./measures.js";
import { getFile } from "./requests.js";
import { change, LEVELS, onChange, state, SUBJECTS } from "./state.js";

const WIDTHS = /** @type {Record<string, number>} */ ({ city: 0, district: 1, street: 2, community: 3 });
const FILES = ["csv", "xlsx", "geojson"];

export function startControls() {
  onAnswers(render);
  onChange(["measure"], render);
  page.onChange(["language"], render);
}

function render() {
  refill(byId("controls"),
    h("div", { class: "subjects", role: "group", "aria-label": t("reports.subject") }, SUBJECTS.map((subject) =>
      h("button", {
        type: "button", class: "plain", "data-key": subject, "aria-pressed": String(state.subject === subject),
        onclick: () => change({ subject, measure: "", sort: "", up: "", level: state.level === "worker" ? "auto" : state.level }, "push"),
      }, t(`reports.${subject}`)))),
    trail(), select("level", levels(), levelOf(), (level) => change({ level, chosen: "" }, "push"), (level) => t(`reports.level.${level}`)),
    select("measure", measuresOf(state.subject).map(({ key }) => key), shown().key,
      (measure) => change({ measure, sort: "", up: "" }, "push"), (key) => nameOf(key, page.state.language)),
    days(), compared(), files());
}

function trail() {
  const { above, area } = answers;
  return h("nav", { class: "trail", "aria-label": t("area.trail") },
    above.map((division) => h("button", {
      type: "button", "data-key": `go-${division.code}`, onclick: () => change({ division: division.code, level: "auto", chosen: "" }, "push"),
    }, division.name)),
    h("span", { "aria-current": "page" }, area?.name ?? ""));
}

/** Levels below the area's. */
function levels() {
  const depth = WIDTHS[answers.area?.level ?? "city"] ?? 0;
  return LEVELS.slice(depth).filter((level) => level !== "worker" || state.subject === "workload");
}

/**
 * @param {string} key
 * @param {string[]} values
 * @param {string} chosen
 * @param {(value: string) => void} choose
 * @param {(value: string) => string} name
 */
function select(key, values, chosen, choose, name) {
  return h("label", {}, h("span", {}, t(`reports.${key}`)), h("select", {
    "data-key": key, onchange: (/** @type {Event} */ event) => choose(/** @type {HTMLSelectElement} */ (event.target).value),
  }, values.map((value) => h("option", { value, selected: value === chosen }, name(value)))));
}

/**
 * @param {string} key
 * @param {string} value
 * @param {(day: string) => void} choose
 */
function day(key, value, choose) {
  return h("input", {
    type: "date", value, required: true, "data-key": key, "aria-label": t(`reports.${key}`),
    onchange: (/** @type {Event} */ event) => {
      const input = /** @type {HTMLInputElement} */ (event.target);
      if (input.value) choose(input.value);
    },
  });
}

function days() {
  const first = state.from || (answers.figures?.first ?? "");
  const last = state.to || (answers.figures?.last ?? "");
  return h("div", { class: "days", role: "group", "aria-label": t("reports.days") }, h("span", {}, t("reports.days")),
    day("from", first, (from) => change({ from, to: last < from ? from : last }, "push")),
    day("to", last, (to) => change({ from: first > to ? to : first, to }, "push")),
    state.from ? h("button", { type: "button", class: "plain", "data-key": "four", onclick: () => change({ from: "", to: "" }, "push") }, t("reports.four_weeks")) : null);
}

function compared() {
  const present = !state.than ? "" : state.than === "before" ? "before" : "own";
  const days = answers.figures && comparedDays(answers.figures);
  const own = (/** @type {string} */ from, /** @type {string} */ to) => change({ than: `${from}..${to}` }, "push");
  return h("div", { class: "days", role: "group", "aria-label": t("reports.than") },
    select("than", ["", "before", "own"], present, (value) => {
      // what is of now alone cannot be compared
      const measure = !value || shown().ofPeriod ? state.measure : (measuresOf(state.subject).find(({ ofPeriod }) => ofPeriod)?.key ?? "");
      const { first = "", last = "" } = answers.figures ?? {};
      change({ than: value === "own" ? `${first}..${last}` : value, measure, sort: "" }, "push");
    }, (value) => t(`reports.than.${value || "nothing"}`)),
    present === "own" && days
      ? [day("than_from", days.from, (from) => own(from, days.to < from ? from : days.to)), day("than_to", days.to, (to) => own(days.from > to ? to : days.from, to))]
      : present && days ? h("span", { class: "note" }, `${days.from} – ${days.to}`) : null);
}

function files() {
  const asked = new URLSearchParams({ division: state.division, level: levelOf() });
  if (state.from) asked.set("from", state.from);
  if (state.to) asked.set("to", state.to);
  const paper = new URLSearchParams(asked);
  if (levelOf() === "worker") paper.delete("level");
  paper.set("lang", page.state.language);
  return h("div", { class: "files", role: "group", "aria-label": t("reports.take") }, h("span", {}, t("reports.take")),
    FILES.map((format) => h("a", { href: `/reports/${state.subject}.${format}?${asked}`, "data-key": format }, t(`reports.file.${format}`))),
    h("a", { href: `/reports/division.pdf?${paper}`, "data-key": "pdf", title: t("reports.pdf_takes"), onclick: takePaper }, t("reports.file.pdf")));
}

/**
 * Wait for the printed report and say meanwhile that it is on its way.
 *
 * @param {Event} event
 */
async function takePaper(event) {
  event.preventDefault();
  const link = /** @type {HTMLAnchorElement} */ (event.currentTarget);
  if (link.getAttribute("aria-busy")) return;
  const notice = byId("notice");
  link.setAttribute("aria-busy", "true");
  link.textContent = t("reports.printing");
  notice.hidden = true;
  try {
    const url = URL.createObjectURL(await getFile(link.href));
    h("a", { href: url, download: `${state.division}.pdf` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    notice.hidden = false;
    notice.textContent = t("reports.failed", { why: explain(error) });
  }
  link.removeAttribute("aria-busy");
  link.textContent = t("reports.file.pdf");
}

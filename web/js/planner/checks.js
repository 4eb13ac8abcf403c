/** What is wrong with the plan, by kind, each with its place; n and N go from one to the next. @module */

import { Problem } from "../api.js";
import { h, refill } from "../dom.js";
import { number } from "../format.js";
import { explain, t, tOr } from "../i18n.js";
import * as page from "../state.js";
import { draft, isCode, onDraft, shortName, withoutHere } from "./draft.js";
import { markPlace, showGeometries } from "./map.js";
import { getChecks } from "./requests.js";
import { change, onChange, state } from "./state.js";

/** Kinds as they matter: what refuses publishing first. */
const KINDS = ["conflict", "gap", "overlap", "outside", "parts", "over_999", "building_cut", "unassigned", "unbalanced", "not_contiguous_beat"];
/** After an edit the checks wait until the next one does not follow at once. */
const SETTLE_MS = 600;

/**
 * @typedef {{kind: string, community: string, keys: string[], sentence: string, values: Record<string, any>, area_m2: number | null,
 *   place: any, breaking: boolean}} Finding breaking: it refuses publishing
 */

/** Grids named at most. */
const MOST_NAMED = 8;

/** @type {Finding[] | null} */
let findings = null;
/** The kinds that next goes through; all of them when empty. */
let kind = "";
let at = -1;
let timer = 0;
let asked = "";
/** What to do when the community that was asked for stands. @type {(() => void) | null} */
let arrived = null;
/** Why the checks are not known. */
let failed = "";
/** @type {() => void} */
let redraw = () => {};

/** @param {() => void} listener called when there are other findings */
export function startChecks(listener) {
  redraw = listener;
  onDraft(settle);
  onDraft(() => {
    if (!arrived || ![...draft.grids.values()].some((grid) => grid.properties.community_code === state.community)) return;
    const next = arrived;
    arrived = null;
    next();
  });
  onChange(["community", "plan"], settle);
}

/** All findings of the community; `null` until they are known. */
export const found = () => findings;

/** What is in force changed: the findings are asked for anew. */
export function forgetChecks() {
  asked = "";
}

function settle() {
  clearTimeout(timer);
  timer = window.setTimeout(check, SETTLE_MS);
}

async function check() {
  if (!draft.plan || !state.community) {
    asked = failed = "";
    findings = null;
    return redraw();
  }
  const mine = `${draft.plan.id} ${state.community} ${draft.log.map(({ seq, undone }) => (undone ? -seq : seq)).slice(0, 20).join()}`;
  if (mine === asked) return;
  asked = mine;
  try {
    const answer = await getChecks(draft.plan.id, state.community);
    if (asked !== mine) return;
    findings = answer.findings;
    failed = "";
    at = -1;
    redraw();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    asked = "";
    findings = null;
    failed = explain(error);
    redraw();
  }
}

/** @param {HTMLElement} box */
export function renderChecks(box) {
  if (!findings) {
    const words = failed || t(state.plan && state.community ? "loading" : "planner.empty.checks");
    return refill(box, h("p", { class: "empty", role: failed ? "alert" : null }, words));
  }
  const shown = sorted();
  refill(box,
    h("div", { class: "controls" },
      h("select", { "data-key": "kind", "aria-label": t("planner.checks.kind"),
        onchange: (/** @type {Event} */ event) => {
          kind = /** @type {HTMLSelectElement} */ (event.target).value;
          at = -1;
          renderChecks(box);
        } },
      h("option", { value: "" }, `${t("planner.checks.all")} · ${number(findings.length)}`),
      KINDS.filter((name) => count(name)).map((name) => h("option", { value: name, selected: name === kind }, `${t(`planner.check.${name}`)} · ${number(count(name))}`))),
      h("button", { type: "button", class: "quiet", "data-key": "next", disabled: !shown.length, onclick: () => nextFinding(1) }, t("planner.checks.next"), h("kbd", {}, "n"))),
    shown.length
      ? h("ol", { class: "findings" }, shown.map((finding, n) =>
          h("li", {}, h("button", { type: "button", "data-key": `finding-${n}`, "aria-current": n === at ? "true" : null, onclick: () => go(n) },
            h("strong", { class: finding.breaking ? "due bad" : "due warn" }, tOr(`planner.check.${finding.kind}`, finding.kind)), h("span", {}, wordsOf(finding))))))
      : h("p", { class: "empty good" }, t("planner.checks.none")));
}

/**
 * Go to the next finding, or to the one before.
 *
 * @param {1 | -1} way
 */
export function nextFinding(way) {
  const count = sorted().length;
  if (count) go((at < 0 && way < 0 ? count - 1 : at + way + count) % count);
}

/** Go to the next grid that has no primary worker: of this community, then of the next one that has any. */
export function nextWithout() {
  const keys = withoutHere();
  const others = [...draft.unassigned.keys()].filter((code) => code !== state.community).sort();
  const further = others.find((code) => code > state.community) ?? others[0];
  const after = keys.find((key) => key > (state.selected.at(-1) ?? "")) ?? (further ? null : keys[0]);
  if (after) {
    change({ selected: [after] });
    showGeometries([draft.grids.get(after)?.geometry]);
  } else if (further) goTo(further, nextWithout);
}

/**
 * Open a finding in its community, whichever is open.
 *
 * @param {Finding} finding
 */
export function openFinding(finding) {
  if (finding.community === state.community) show(finding);
  else goTo(finding.community, () => show(finding));
}

/** @param {string} community @param {() => void} next */
function goTo(community, next) {
  arrived = next;
  change({ community, selected: [] }, "push");
}

/**
 * What is wrong, in the reader's language; the server's sentence of what the page has no words for.
 *
 * @param {Finding} finding
 */
export function wordsOf({ kind, community, keys, sentence, values, area_m2 }) {
  const nameOf = (/** @type {string} */ key) => (isCode(key) && !key.startsWith(community) ? key : shortName(key));
  const names = keys.slice(0, MOST_NAMED).map(nameOf).join(page.state.language === "en" ? ", " : "、");
  const grids = keys.length > MOST_NAMED ? t("planner.finding.more", { names, n: keys.length }) : names;
  /** @type {Record<string, string>} */
  const filled = { community, grids, area: number(area_m2) };
  for (const [name, value] of Object.entries(values)) filled[name] = typeof value === "number" ? number(value) : value;
  const words = `planner.finding.${kind === "gap" && !keys.length ? "no_grid" : kind}`;
  return tOr(words, "") === "" ? sentence : t(words, filled);
}

/** @param {number} n */
function go(n) {
  at = n;
  show(sorted()[n]);
}

/** @param {Finding} finding */
function show(finding) {
  const keys = finding.keys.filter((key) => draft.grids.has(key));
  change({ selected: keys, panel: "checks" });
  markPlace(finding.place);
  showGeometries([finding.place, ...keys.map((key) => draft.grids.get(key)?.geometry)]);
  redraw();
}

/** @param {string} name */
const count = (name) => (findings ?? []).filter((finding) => finding.kind === name).length;

function sorted() {
  return (findings ?? []).filter((finding) => !kind || finding.kind === kind).sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

/** The figures as they last came: of the period, of the one they are compared with, and the area they are of. @module */

import { Problem } from "../api.js";
import { explain, t } from "../i18n.js";
import { shown } from "./measures.js";
import { getCleaning, getDivision, getFigures } from "./requests.js";
import { change, onChange, state } from "./state.js";

/** @typedef {import("./requests.js").Row} Row */

const BELOW = /** @type {Record<string, string>} */ ({ city: "district", district: "street", street: "community", community: "grid" });
/** Until the server has made its first figures. */
const AGAIN_MS = 2000;

/**
 * @type {{area: import("./requests.js").Division | null, above: import("./requests.js").Division[],
 *   figures: import("./requests.js").Figures | null, before: import("./requests.js").Figures | null,
 *   cleaning: import("./requests.js").Cleaning | null, problem: string | null}}
 */
export const answers = { area: null, above: [], figures: null, before: null, cleaning: null, problem: null };

/** @type {Set<() => void>} */
const listeners = new Set();
/** @type {AbortController | null} */
let running = null;
let root = "";

/** @param {() => void} listener called when other figures have come, or none could */
export const onAnswers = (listener) => void listeners.add(listener);

/** @param {string} rootDivision */
export async function startAnswers(rootDivision) {
  root = rootDivision;
  onChange(["subject", "division", "level", "from", "to", "than"], refresh);
  await refresh();
}

/** The level of the rows: the chosen one where the area has it, else the one below the area's. */
export const levelOf = () => answers.figures?.level ?? state.level;

/** @param {Row} row */
export const keyOf = (row) => row.worker_code ?? row.code ?? "";

/** @param {Row} row */
export const titleOf = (row) => row.name ?? row.worker_code ?? row.code ?? "";

/** The row that is chosen, if it is among those shown. */
export const chosenRow = () => answers.figures?.rows.find((row) => keyOf(row) === state.chosen) ?? null;

/** Rows in the order that the reader asked for; what is not available comes last. */
export function sortedRows() {
  const by = state.sort || shown().key;
  const sign = state.up ? 1 : -1;
  return [...(answers.figures?.rows ?? [])].sort((a, b) => {
    if (by === "name") return sign * -titleOf(a).localeCompare(titleOf(b), "zh");
    const [one, other] = [a[by], b[by]];
    if (typeof one !== "number" || typeof other !== "number") return Number(typeof one !== "number") - Number(typeof other !== "number");
    return sign * (one - other) || keyOf(a).localeCompare(keyOf(b));
  });
}

/** Rows of the compared period, by key. @returns {Map<string, Row>} */
export const beforeRows = () => new Map((answers.before?.rows ?? []).map((row) => [keyOf(row), row]));

/**
 * The days that the shown ones are compared with; `null` for none.
 *
 * @param {{first: string, last: string}} days
 */
export function comparedDays({ first, last }) {
  if (!state.than) return null;
  const own = /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/.exec(state.than);
  if (own) return { from: own[1], to: own[2] };
  const day = 86_400_000;
  const length = Math.round((Date.parse(last) - Date.parse(first)) / day) + 1;
  const iso = (/** @type {number} */ at) => new Date(at).toISOString().slice(0, 10);
  return { from: iso(Date.parse(first) - length * day), to: iso(Date.parse(first) - day) };
}

/** Ask for everything again. */
export async function refresh() {
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  document.documentElement.setAttribute("aria-busy", "true");
  try {
    await ask(signal);
    answers.problem = null;
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Problem)) throw error;
    if (error.status === 404 && !answers.figures && state.division === root) {
      // the server makes the first figures by itself
      answers.problem = t("reports.being_made");
      setTimeout(refresh, AGAIN_MS);
    } else if (error.status === 404 && state.division !== root) {
      return change({ division: root, level: "auto", chosen: "" });
    } else answers.problem = t("reports.failed", { why: explain(error) });
  }
  document.documentElement.removeAttribute("aria-busy");
  for (const listener of listeners) listener();
}

/** @param {AbortSignal} signal */
async function ask(signal) {
  if (answers.area?.code !== state.division) await goTo(state.division);
  const { division, from, to, subject } = state;
  const level = state.level === "auto" ? BELOW[answers.area?.level ?? "city"] : state.level;
  const wish = { division, level, from, to };
  const [figures, cleaning] = await Promise.all([getFigures(subject, wish, signal), getCleaning({ division, from, to }, signal)]);
  const days = comparedDays(figures);
  const before = days && (await getFigures(subject, { ...wish, ...days }, signal));
  Object.assign(answers, { figures, cleaning, before });
}

/** @param {string} code */
async function goTo(code) {
  const area = await getDivision(code);
  const above = [];
  for (let next = area.parent_code; next && area.code !== root && above[0]?.code !== root;) {
    const division = await getDivision(next);
    above.unshift(division);
    next = division.parent_code;
  }
  Object.assign(answers, { area, above });
}

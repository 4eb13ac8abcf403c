/**
 * Edits on their way to the server: sent one after another, kept on this machine until an answer came.
 *
 * What was refused for good is told and leaves the line; what found no server waits, in order, and goes again. An edit
 * whose answer was lost may have been done: before it goes again the plan's log is asked for it. @module
 */

import { Problem } from "../api.js";
import { uuid } from "../uuid.js";
import { draft, head, readDraft, redoable, takeAnswer, tellDraft } from "./draft.js";
import { getEdits, postEdit, postStep } from "./requests.js";
import { state } from "./state.js";
import { keep, startKeeping } from "./unsent.js";

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;
const SOON_MS = 250;
/** No answer, or one that says: not now. */
const PASSING = new Set([0, 429, 502, 503, 504]);

/**
 * @typedef {{id: string, plan: number, community: string, operation: string, arguments: Record<string, any>,
 *   versions: Record<string, number>, tried: boolean, behind: boolean, known: number}} Entry operation: of the contract, or undo or redo;
 *   behind: it was made when others waited; known: the newest edit, or of redo the next to be made again, when it was made
 * @typedef {{entry: Entry, problem: Problem}} Refusal
 */

/** @type {Entry[]} */
let line = [];
let sending = false;
/** @type {Promise<void> | null} what no edit may come in between, while it lasts */
let pause = null;
let lost = false;
let wait = FIRST_RETRY_MS;
let timer = 0;
/** @type {((refusal: Refusal) => void)} */
let tellRefusal = () => {};

/**
 * @param {string} login who makes them
 * @param {(refusal: Refusal) => void} onRefusal told of what was refused, with its reason and place
 */
export function startEdits(login, onRefusal) {
  tellRefusal = onRefusal;
  window.addEventListener("online", () => void drain());
  startKeeping(login, (left) => {
    line.push(...left);
    keep(line);
    void drain();
  });
}

/** The edits that no server has answered yet. */
export const unsent = () => line;

/** Whether the last edit found no server. */
export const isLost = () => lost;

/** Keys of the grids that edits still on their way are about. */
export const pendingKeys = () => new Set(line.flatMap((entry) => Object.keys(entry.versions)));

/**
 * Do an edit.
 *
 * @param {string} operation
 * @param {Record<string, any>} args
 * @param {string[]} keys the grids it is about; whoever else changed them meanwhile makes the server refuse
 */
export function perform(operation, args, keys) {
  const versions = Object.fromEntries(keys.map((key) => [key, draft.grids.get(key)?.properties.version ?? 0]));
  return enter({ operation, arguments: args, versions });
}

/**
 * Undo or redo. What was not sent is taken back from the line.
 *
 * @param {"undo" | "redo"} way
 */
export function step(way) {
  const newest = line.at(-1);
  if (way === "undo" && newest && !newest.tried && !isStep(newest) && newest.plan === draft.plan?.id) {
    line.pop();
    keep(line);
    tellDraft();
    return Promise.resolve();
  }
  return enter({ operation: way, arguments: {}, versions: {} });
}

/** @param {{operation: string, arguments: Record<string, any>, versions: Record<string, number>}} edit */
function enter(edit) {
  if (!draft.plan) return Promise.resolve();
  const known = edit.operation === "redo" ? redoable() : head();
  const entry = { id: uuid(), plan: draft.plan.id, community: state.community, tried: false, behind: line.length > 0, known, ...edit };
  line.push(entry);
  keep(line);
  // most answers are there before anybody could read that they are awaited
  setTimeout(() => line.includes(entry) && tellDraft(), SOON_MS);
  return drain();
}

/**
 * Do something that no edit may come in between; edits made meanwhile wait for its end.
 *
 * @param {() => Promise<void>} work
 * @returns {Promise<boolean>} whether it was done: not while edits are on their way
 */
export async function betweenEdits(work) {
  await pause?.catch(() => {});
  if (sending || line.length || pause) return false;
  pause = work().finally(() => {
    pause = null;
  });
  await pause;
  return true;
}

/** Send what waits, in order. */
async function drain() {
  await pause?.catch(() => {}); // whoever asked for it is told
  if (sending) return;
  sending = true;
  clearTimeout(timer);
  try {
    while (line.length && (await sendFirst()));
  } finally {
    sending = false;
    if (line.length) retry();
  }
}

function retry() {
  lost = true;
  timer = window.setTimeout(drain, wait);
  wait = Math.min(2 * wait, LAST_RETRY_MS);
  tellDraft();
}

/** @returns {Promise<boolean>} whether the next may go: this one was answered */
async function sendFirst() {
  const [entry] = line;
  try {
    const answer = await deliver(entry);
    settle(entry);
    if (answer && draft.plan?.id === entry.plan) takeAnswer(answer, entry.operation === "undo");
    else if (draft.plan?.id === entry.plan) await readDraft();
    else tellDraft();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // with 401 the page is on its way to the log-in, and the line waits for the return
    if (PASSING.has(error.status) || error.status === 401) return false;
    settle(entry);
    dropSteps(entry.plan);
    tellRefusal({ entry, problem: error });
    if (error.status === 409 && draft.plan?.id === entry.plan) await readDraft().catch(() => {});
    else tellDraft();
  }
  return true;
}

/**
 * @param {Entry} entry
 * @returns {Promise<import("./requests.js").Answer | null>} `null` when it turns out to have been done before
 */
async function deliver(entry) {
  if (entry.tried && (await wasDone(entry))) return null;
  entry.tried = true;
  const { operation } = entry;
  // of a plan that is not open the log is not at hand. What is undone was meant when it was entered, unless it was still on its way then
  if (draft.plan?.id === entry.plan && (entry.behind || !isStep(entry))) entry.known = operation === "redo" ? redoable() : head();
  keep(line);
  if (isStep(entry)) return postStep(entry.plan, /** @type {"undo" | "redo"} */ (operation), entry.known);
  return postEdit(entry.plan, { operation, arguments: entry.arguments, versions: entry.versions });
}

/** @param {Entry} entry */
async function wasDone(entry) {
  const { edits } = await getEdits(entry.plan);
  if (isStep(entry)) {
    const meant = edits.find((edit) => edit.seq === entry.known);
    return meant?.undone === (entry.operation === "undo");
  }
  return edits.some((edit) =>
    edit.seq > entry.known && !edit.undone && edit.operation === entry.operation && sorted(edit.arguments) === sorted(entry.arguments));
}

/**
 * The same text for the same value, whatever the order of its members: a database keeps its own.
 *
 * @param {any} value
 * @returns {string}
 */
function sorted(value) {
  return JSON.stringify(value, (_, inner) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner);
}

/** Whether it undoes or redoes. @param {Entry} entry */
const isStep = ({ operation }) => operation === "undo" || operation === "redo";

/** Take off what was to undo or redo the edit that was just refused: it would meet another one. @param {number} plan */
function dropSteps(plan) {
  while (line.length && line[0].plan === plan && isStep(line[0])) line.shift();
  keep(line);
}

/** Take an edit that was answered off the line. @param {Entry} entry */
function settle(entry) {
  line = line.filter((other) => other.id !== entry.id);
  lost = false;
  wait = FIRST_RETRY_MS;
  keep(line);
}

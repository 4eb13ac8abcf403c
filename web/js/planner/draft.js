/** The plan at hand: its grids in the community worked on, and what it changes elsewhere. @module */

import { getChanges, getEdits, getGrids, getPlan, getUnassigned } from "./requests.js";
import { change, state } from "./state.js";
import { UNTYPED } from "./types.js";

/** @typedef {import("./requests.js").Plan} Plan @typedef {import("./requests.js").Grid} Grid @typedef {import("./requests.js").LogRow} LogRow */

/**
 * @type {{plan: Plan | null, grids: Map<string, Grid>, overlay: Map<string, Grid>, gone: Set<string>,
 *   log: LogRow[], unassigned: Map<string, number>, last: import("./requests.js").Answer | null}}
 *   grids: of the community worked on; overlay: what the plan draws differently anywhere; gone: codes in force that
 *   the plan has not, or draws itself; log: its edits, newest first; unassigned: community -> grids that
 *   nobody would have, as of the last reading; last: what the newest edit of this visit did
 */
export const draft = {
  plan: null, grids: new Map(), overlay: new Map(), gone: new Set(), log: [], unassigned: new Map(), last: null,
};

/** The plan that a design is searched for. */
let searched = 0;
/** What was read last. */
let read = "";
/** @type {Set<() => void>} */
const listeners = new Set();

/** @param {() => void} listener called after the plan or any of its grids changed */
export function onDraft(listener) {
  listeners.add(listener);
}

export function tellDraft() {
  for (const listener of listeners) listener();
}

/** Whether the plan at hand takes edits from the reader. */
export const isEditable = () => Boolean(draft.plan?.state === "draft" && draft.plan.may_edit && !draft.plan.submitted_by && !isSearched());

/** Whether a design of the plan at hand is searched for: what is drawn meanwhile would spoil it. */
export const isSearched = () => draft.plan !== null && draft.plan.id === searched;

/** Say which plan is searched for, or that none is any more. @param {number} plan */
export function setSearched(plan) {
  if (plan === searched) return;
  searched = plan;
  tellDraft();
}

/**
 * Read the plan that the state names, and the grids of the community it names. The log comes before the grids: should an edit come in
 * between, it is not in the log, and whoever compares the two reads all again.
 */
export async function readDraft() {
  const { plan: id, community } = state;
  const [plan, log] = await Promise.all([id ? getPlan(id) : null, id ? getEdits(id) : null]);
  const [changes, unassigned, grids] = await Promise.all([
    id ? getChanges(id) : null,
    id ? getUnassigned(id) : null,
    id && community ? getGrids(id, community) : null,
  ]);
  if (state.plan !== id || state.community !== community) return; // the reader has gone on
  read = `${id} ${community}`;
  draft.last = null; // others may have gone over it
  draft.plan = plan;
  draft.log = log?.edits ?? [];
  draft.unassigned = new Map(unassigned?.communities.map(({ code, grids }) => [code, grids]));
  draft.gone = new Set(changes?.removed);
  draft.overlay = new Map();
  for (const grid of changes?.grids.features ?? []) put(grid);
  draft.grids = new Map(grids?.features.map((grid) => [keyOf(grid), grid]));
  keepSelection();
  tellDraft();
}

/** Whether what is at hand is what the state names: not, where it could not be read. */
export const isRead = () => read === `${state.plan} ${state.community}`;

/** Count the grids that nobody would have again; where that fails the last count stands. */
async function readUnassigned() {
  const id = state.plan;
  const found = await getUnassigned(id).catch(() => null);
  if (!found || state.plan !== id) return;
  draft.unassigned = new Map(found.communities.map(({ code, grids }) => [code, grids]));
  tellDraft();
}

/** Read the head of the plan again: its state and who has it. */
export async function readPlan() {
  if (draft.plan) takePlan(await getPlan(draft.plan.id));
}

/**
 * Take in a newer head of the plan at hand.
 *
 * @param {Plan} plan
 */
export function takePlan(plan) {
  if (draft.plan?.id !== plan.id) return;
  draft.plan = plan;
  tellDraft();
}

/**
 * Take in what an edit did: no more has to be asked for.
 *
 * @param {import("./requests.js").Answer} answer
 * @param {boolean} [undone] whether it undid the edit that it names
 */
export function takeAnswer(answer, undone = false) {
  // those that only got more corners, as a border beside them was drawn anew, were there before
  const made = answer.grids.features.map(keyOf).filter((key) => !draft.grids.has(key));
  for (const key of answer.removed) {
    draft.grids.delete(key);
    draft.overlay.delete(key);
    if (isCode(key)) draft.gone.add(key);
  }
  for (const grid of answer.grids.features) {
    put(grid);
    if (grid.properties.community_code === state.community) draft.grids.set(keyOf(grid), grid);
  }
  // an edit of this community's grids may give others vertices; only one that reaches further changes who has those
  if (answer.grids.features.some((grid) => grid.properties.community_code !== state.community)) void readUnassigned();
  note(answer.edit, undone);
  draft.last = answer;
  const lost = state.selected.some((key) => !draft.grids.has(key));
  if (lost) change({ selected: made.filter((key) => draft.grids.has(key)) });
  tellDraft();
}

/** The newest edit that stands; 0 when there is none. */
export const head = () => draft.log.find((edit) => !edit.undone)?.seq ?? 0;

/** The edit that would be made again next; 0 when there is none. */
export const redoable = () => draft.log.findLast((edit) => edit.undone)?.seq ?? 0;

/**
 * Write an edit into the log, or, where it stands there, whether it is undone now.
 *
 * @param {import("./requests.js").Answer["edit"]} edit
 * @param {boolean} undone
 */
function note(edit, undone) {
  const row = draft.log.find((other) => other.seq === edit.seq);
  if (row) row.undone = undone;
  else draft.log = [{ ...edit, undone: false }, ...draft.log.filter((other) => !other.undone)];
}

/** @param {Grid} grid */
export const keyOf = (grid) => String(grid.properties.key);

/** The grids that are selected. */
export const selectedGrids = () =>
  state.selected.map((key) => draft.grids.get(key)).filter((grid) => grid !== undefined);

/** The grids of the community worked on that nobody would have, by key. */
export const withoutHere = () => [...draft.grids.values()].filter((grid) => !grid.properties.worker_code).map(keyOf).sort();

/** How many grids nobody would have, in all communities in sight. */
export function countWithout() {
  let count = withoutHere().length;
  for (const [community, grids] of draft.unassigned) if (community !== state.community) count += grids;
  return count;
}

/** Whether the list shows a grid, by the type it is narrowed to. @param {Grid} grid */
export const isListed = ({ properties }) => !state.kind || (properties.kind ?? UNTYPED) === state.kind;

/** @param {string} key a code, or what a grid made in the draft is called until it gets one */
export const isCode = (key) => /^\d{14,16}$/.test(key);

/** @param {string} key what is said of a grid within its community */
export const shortName = (key) => (isCode(key) ? key.slice(12) : key);

/** @param {Grid} grid */
function put(grid) {
  const key = keyOf(grid);
  if (grid.properties.changed) draft.overlay.set(key, grid);
  else draft.overlay.delete(key);
  if (!isCode(key)) return;
  if (grid.properties.changed) draft.gone.add(key);
  else draft.gone.delete(key);
}

function keepSelection() {
  const selected = state.selected.filter((key) => draft.grids.has(key));
  if (selected.length !== state.selected.length) change({ selected });
}

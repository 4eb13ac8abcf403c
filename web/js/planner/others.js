/** What others do meanwhile: their edits of the plan at hand, and its way into force. @module */

import { Problem } from "../api.js";
import { listen } from "../listening.js";
import { draft, head, readDraft, takePlan, tellDraft } from "./draft.js";
import { betweenEdits } from "./edits.js";
import { tellGone, tellOthers, tellProblem } from "./notices.js";
import { getPlan } from "./requests.js";
import { forgetRoster } from "./roster.js";
import { change, state } from "./state.js";

/** An edit of one's own is answered within this, mostly; until then nothing of others' is read. */
const SOON_MS = 600;

let timer = 0;

export function startOthers() {
  listen({
    open: lookSoon, // something may have been missed
    reset: lookSoon,
    draft: ({ data }) => JSON.parse(data).plan === state.plan && lookSoon(),
    layer: ({ data }) => takeLayer(JSON.parse(data).layer),
  });
}

/** @param {string} layer of which something in force changed */
function takeLayer(layer) {
  if (layer === "plans") lookSoon();
  if (layer !== "beats") return;
  forgetRoster();
  tellDraft();
}

function lookSoon() {
  timer ||= window.setTimeout(async () => {
    timer = 0;
    if (!(await betweenEdits(look))) lookSoon();
  }, SOON_MS);
}

/** Ask where the plan stands; whoever made all its edits here knows the rest. */
async function look() {
  const known = draft.plan;
  if (!known || known.id !== state.plan) return;
  try {
    const plan = await getPlan(known.id);
    if (plan.state === known.state && plan.edit_seq === head() && plan.last_seq === newest()) return takePlan(plan);
    const stood = new Set(standing());
    const { log } = draft;
    await readDraft();
    if (plan.id !== state.plan) return;
    const stands = new Set(standing());
    const told = [
      ...draft.log.filter((edit) => !edit.undone && !stood.has(edit.seq)),
      ...log.filter((edit) => stood.has(edit.seq) && !stands.has(edit.seq) && edit.seq >= oldest(plan)).map((edit) => ({ ...edit, undone: true })),
    ];
    if (told.length) tellOthers(told);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) {
      change({ plan: 0, selected: [] });
      tellGone(known.name);
    } else if (!(error instanceof Problem) || error.status !== 0) tellProblem(error); // without a connection the next one tells
  }
}

/** The number of the newest edit there was, undone or not. */
const newest = () => Math.max(0, ...draft.log.map((edit) => edit.seq));

/** The number of the oldest edit that is listed; 0 when all are. @param {import("./requests.js").Plan} plan */
const oldest = ({ edits, undone }) => (draft.log.length < edits + undone ? Math.min(...draft.log.map((edit) => edit.seq)) : 0);

/** The numbers of the edits that stand. */
const standing = () => draft.log.filter((edit) => !edit.undone).map((edit) => edit.seq);

/** What others do meanwhile: their edits of the plan at hand, and its way into force. @module */

import { Problem } from "../api.js";
import { listen } from "../listening.js";
import { draft, head, readDraft, takePlan } from "./draft.js";
import { betweenEdits } from "./edits.js";
import { tellOthers, tellProblem } from "./notices.js";
import { getPlan } from "./requests.js";
import { change, state } from "./state.js";

/** An edit of one's own is answered within this, mostly; until then nothing of others' is read. */
const SOON_MS = 600;

let timer = 0;

export function startOthers() {
  listen({
    open: lookSoon, // something may have been missed
    reset: lookSoon,
    draft: ({ data }) => JSON.parse(data).plan === state.plan && lookSoon(),
    layer: ({ data }) => JSON.parse(data).layer === "plans" && lookSoon(),
  });
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
    const is = new Set(standing());
    const told = [
      ...draft.log.filter((edit) => !edit.undone && !stood.has(edit.seq)).map((edit) => ({ ...edit, undone: false })),
      ...log.filter((edit) => stood.has(edit.seq) && !is.has(edit.seq)).map((edit) => ({ ...edit, undone: true })),
    ];
    if (plan.id === state.plan && told.length) tellOthers(told);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) change({ plan: 0, selected: [] });
    else if (!(error instanceof Problem) || error.status !== 0) tellProblem(error); // without a connection the next one tells
  }
}

/** The number of the newest edit there was, undone or not. */
const newest = () => Math.max(0, ...draft.log.map((edit) => edit.seq));

/** The numbers of the edits that stand. */
const standing = () => draft.log.filter((edit) => !edit.undone).map((edit) => edit.seq);

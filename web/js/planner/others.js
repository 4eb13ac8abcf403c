/** What others do meanwhile: their edits of the plan at hand, and its way into force. @module */

import { Problem } from "../api.js";
import { listen } from "../listening.js";
import { TILED } from "../map/style.js";
import { forgetChecks } from "./checks.js";
import { draft, head, isRead, isSearched, readDraft, takePlan } from "./draft.js";
import { betweenEdits } from "./edits.js";
import { refreshGround } from "./map.js";
import { tellGone, tellOthers, tellProblem } from "./notices.js";
import { getPlan } from "./requests.js";
import { forgetRoster } from "./roster.js";
import { change, state } from "./state.js";

/** An edit of one's own is answered within this, mostly; until then nothing of others' is read. */
const SOON_MS = 600;

/** What in force the page shows: the ground, the things on it, and who has the grids. */
const SHOWN = [...TILED, "beats"];

/** Layers of these that changed since the last look. @type {Set<string>} */
const changed = new Set();
let wasOpen = false;
let timer = 0;

export function startOthers() {
  listen({
    open: () => {
      if (wasOpen) for (const layer of SHOWN) changed.add(layer); // something may have been missed
      wasOpen = true;
      lookSoon();
    },
    draft: ({ data }) => JSON.parse(data).plan === state.plan && lookSoon(),
    layer: ({ data }) => {
      const { layer } = JSON.parse(data);
      if (SHOWN.includes(layer)) changed.add(layer);
      if (SHOWN.includes(layer) || layer === "plans") lookSoon();
    },
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
  const layers = new Set(changed);
  changed.clear();
  refreshGround(layers);
  const isOld = layers.has("grids") || layers.has("beats"); // what the draft is laid over
  if (isOld) {
    forgetRoster();
    forgetChecks();
  }
  const id = state.plan;
  if (!id) return;
  try {
    const plan = await getPlan(id);
    const isSame = plan.state === draft.plan?.state && plan.edit_seq === head() && plan.last_seq === newest();
    if (isSame && isRead() && !isOld) return takePlan(plan);
    const before = draft.plan?.id === id ? draft.log : null;
    const stood = new Set(standing());
    await readDraft();
    if (state.plan === id && before) tellNews(plan, before, stood);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    for (const layer of layers) changed.add(layer); // without an answer all is still to be done
    if (error.status === 404) {
      change({ plan: 0, selected: [] });
      if (draft.plan?.id === id) tellGone(draft.plan.name);
    } else if (error.status !== 0) tellProblem(error);
  }
}

/**
 * Say which edits came and which went.
 *
 * @param {import("./requests.js").Plan} plan
 * @param {import("./requests.js").LogRow[]} before the log that was known
 * @param {Set<number>} stood the edits of it that stood
 */
function tellNews(plan, before, stood) {
  const stands = new Set(standing());
  const news = [
    ...draft.log.filter((edit) => !edit.undone && !stood.has(edit.seq) && !(edit.operation === "design" && isSearched())),
    ...before.filter((edit) => stood.has(edit.seq) && !stands.has(edit.seq) && edit.seq >= oldest(plan)).map((edit) => ({ ...edit, undone: true })),
  ];
  if (news.length) tellOthers(news);
}

/** The number of the newest edit there was, undone or not. */
const newest = () => Math.max(0, ...draft.log.map((edit) => edit.seq));

/** The number of the oldest edit that is listed; 0 when all are. @param {import("./requests.js").Plan} plan */
const oldest = ({ edits, undone }) => (draft.log.length < edits + undone ? Math.min(...draft.log.map((edit) => edit.seq)) : 0);

/** The numbers of the edits that stand. */
const standing = () => draft.log.filter((edit) => !edit.undone).map((edit) => edit.seq);

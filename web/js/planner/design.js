/** Automatic design of a community: what is wanted, the best so far drawn over the grids, and to keep or discard it. @module */

import { Problem } from "../api.js";
import { byId, h, refill, s } from "../dom.js";
import { number, percent } from "../format.js";
import { compactness } from "../geo/compactness.js";
import { spread } from "../geo/histogram.js";
import { t, tOr } from "../i18n.js";
import * as page from "../state.js";
import { onOpen } from "./commands.js";
import { attempt, closeDialog, labelled, openDialog } from "./dialog.js";
import { draft, head, onDraft, readDraft, setSearched, takeAnswer } from "./draft.js";
import { step } from "./edits.js";
import { markPlace, showGeometries } from "./map.js";
import { tellProblem, tellRefusal } from "./notices.js";
import { propose } from "./proposal.js";
import { followDesign, stopDesign } from "./requests.js";
import { onChange, state } from "./state.js";
import { words } from "./why.js";

/** Proposals a block at the lowest step of effort; each further step is twice the work. */
const LEAST_EFFORT = 31.25;
/** What is weighed against each other within the balance. */
const WEIGHTS = ["compactness", "roads"];
const WIDTH = 320;
const HEIGHT = 56;
/** Shares off the mean: below, a grid counts as even; above, as far off. */
const EVEN = 0.02;
const FAR = 0.1;
const TONES = ["even", "over", "under", "far"];

/**
 * @typedef {{done: number, deviation: number, grids: number}} At how far the search is
 * @typedef {{max: number, mean: number, compactness: number}} Shape of the best so far, as it is drawn
 * @typedef {{plan: number, community: string, abort: AbortController, job: string, notes: any[], course: At[], shape: Shape | null,
 *   picture: import("./proposal.js").Proposal["features"], phase: "asking" | "searching" | "stopping" | "done", result: any}} Job
 */

/** @type {Job | null} */
let job = null;

/** Whether a search of this page is under way. */
const isDesigning = () => job !== null && job.phase !== "done";

export function startDesign() {
  onOpen("design", open);
  onChange(["community", "plan"], picture);
  onDraft(() => job?.phase === "done" && render());
  page.onChange(["language"], render);
  window.addEventListener("beforeunload", (event) => {
    if (isDesigning()) event.preventDefault(); // nobody would wait for the end of the search
  });
}

function open() {
  if (isDesigning()) return void byId("design").querySelector("button")?.focus();
  if (!state.community) return openDialog(t("planner.tool.design"), [h("p", { class: "hint" }, t("planner.empty.community"))]);
  const field = (/** @type {string} */ name, /** @type {number} */ value, /** @type {number} */ low, /** @type {number} */ high) =>
    labelled(t(`planner.design.${name}`), h("input", { name, type: "number", value, min: low, max: high, required: true }));
  openDialog(t("planner.tool.design"), [
    h("p", { class: "hint" }, t("planner.design.words", { n: number(draft.grids.size) })),
    h("form", { id: "design-form", onsubmit: submit },
      field("households", state.target || 300, 20, 5000),
      field("seed", 1, 0, 1_000_000),
      labelled(t("planner.design.effort"), h("input", { name: "effort", type: "range", min: 1, max: 10, value: 5 })),
      h("details", {}, h("summary", {}, t("planner.design.weights")), h("p", { class: "hint" }, t("planner.design.weights.hint")),
        WEIGHTS.map((name) => labelled(t(`planner.design.weight.${name}`), h("input", { name, type: "range", min: 0, max: 4, step: 0.5, value: 1 })))),
      h("div", { class: "buttons" }, h("button", { type: "submit", class: "primary" }, t("planner.design.begin")))),
  ]);
}

/** @param {SubmitEvent} event */
async function submit(event) {
  event.preventDefault();
  if (!draft.plan || isDesigning()) return;
  const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
  const wanted = {
    community: state.community, households: Number(form.get("households")), seed: Number(form.get("seed")),
    effort: LEAST_EFFORT * 2 ** Number(form.get("effort")), weights: Object.fromEntries(WEIGHTS.map((name) => [name, Number(form.get(name))])),
  };
  job = { plan: draft.plan.id, community: state.community, abort: new AbortController(), job: "", notes: [], course: [], shape: null, picture: [], phase: "asking", result: null };
  const mine = job;
  // what is wrong with the wish is told where it was made; what comes later, on the map
  await attempt(() => run(mine, wanted));
  if (job === mine && mine.phase !== "done") close();
}

/** @param {Job} mine @param {Record<string, any>} wanted */
async function run(mine, wanted) {
  try {
    for await (const { event, data } of followDesign(mine.plan, wanted, mine.abort.signal)) await take(mine, event, data);
    if (mine.phase !== "done") throw new Problem(0, "the answer broke off");
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    if (mine.phase === "asking") throw error;
    tellProblem(error);
  }
}

/** @param {Job} mine @param {string} event @param {any} data */
async function take(mine, event, data) {
  if (event === "start") {
    Object.assign(mine, { job: data.job, notes: data.notes, phase: "searching" });
    setSearched(mine.plan);
    closeDialog();
  } else if (event === "progress") mine.course.push(data);
  else if (event === "preview") {
    mine.shape = shapeOf(data.grids.features);
    mine.picture = data.grids.features.map(drawn);
    picture();
  } else if (event === "refused") {
    mine.phase = "done";
    close();
    closeDialog();
    return tellRefusal({ entry: { operation: "design" }, problem: new Problem(422, data.detail, data) });
  } else if (event === "result") {
    Object.assign(mine, { phase: "done", result: data, picture: [] });
    setSearched(0);
    picture();
    if (draft.plan?.id === mine.plan) takeAnswer(data);
    else await readDraft();
  }
  render();
}

/** @param {any[]} features @returns {Shape} */
function shapeOf(features) {
  const { max, mean } = spread(features.map(({ properties }) => properties.households));
  const quotients = features.map(({ geometry }) => compactness(geometry.coordinates));
  return { max, mean, compactness: spread(quotients).mean };
}

/** A grid of the best so far, coloured and named by how far it is off the mean. @param {any} feature @returns {import("./proposal.js").Proposal["features"][number]} */
function drawn({ geometry, properties: { share, households } }) {
  const tone = Math.abs(share) <= EVEN ? "even" : Math.abs(share) > FAR ? "far" : share > 0 ? "over" : "under";
  const off = Math.abs(share) <= EVEN ? "" : `\n${share > 0 ? "+" : "−"}${percent(Math.abs(share))}`;
  return { type: "Feature", geometry, properties: { tone, name: `${number(Math.round(households))}${off}` } };
}

/** Draw the best so far where it belongs. */
function picture() {
  if (!job) return;
  const { plan, community, picture: features } = job;
  if (!features.length || plan !== state.plan || community !== state.community) return propose(null);
  const count = (/** @type {string} */ tone) => features.filter(({ properties }) => properties?.tone === tone).length;
  propose({ title: "planner.design.legend", features, tones: TONES.map((tone) => ({ tone, words: t(`planner.design.tone.${tone}`), count: count(tone) })) });
}

/** Put the card away, and the picture with it. */
function close() {
  setSearched(0);
  if (job?.picture.length) propose(null);
  job = null;
  render();
}

function render() {
  const box = byId("design");
  box.hidden = !job || job.phase === "asking";
  if (!job || box.hidden) return refill(box);
  refill(box, h("h2", {}, t("planner.tool.design")), ...(job.phase === "done" ? done(job) : searching(job)));
}

/** @param {Job} mine @returns {(Node | null)[]} */
function searching(mine) {
  const at = mine.course.at(-1);
  const stopping = mine.phase === "stopping";
  return [
    notes(mine.notes),
    h("progress", { id: "design-done", max: 1, value: at?.done ?? 0, "aria-label": t("planner.design.progress") }),
    h("p", { id: "design-words" }, at ? t("planner.design.at", { done: percent(at.done), grids: number(at.grids) }) : t("planner.design.begun")),
    measures(at, mine.shape),
    course(mine.course),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "quiet", id: "design-discard", "data-key": "design-discard", onclick: () => mine.abort.abort() }, t("planner.design.discard")),
      h("button", { type: "button", class: "primary", id: "design-stop", "data-key": "design-stop", disabled: stopping, onclick: () => stop(mine) },
        t(stopping ? "planner.design.stopping" : "planner.design.stop"))),
  ];
}

/** @param {Job} mine */
async function stop(mine) {
  mine.phase = "stopping";
  render();
  try {
    await stopDesign(mine.plan, mine.job);
  } catch (error) {
    mine.phase = "searching";
    tellProblem(error);
    render();
  }
}

/** What cannot be met and which blocks are the reason. @param {any[]} all */
function notes(all) {
  if (!all.length) return null;
  return h("ul", { class: "notes" }, all.map((note) => h("li", {}, words(note), note.place
    ? h("button", { type: "button", class: "link", onclick: () => {
      markPlace(note.place);
      showGeometries([note.place]);
    } }, t("planner.show_place")) : null)));
}

/** @param {At | undefined} at @param {Shape | null} shape */
function measures(at, shape) {
  const facts = [
    ["deviation", at ? percent(at.deviation) : "–"],
    ["ratio", shape?.mean ? (shape.max / shape.mean).toFixed(2) : "–"],
    ["compactness", shape ? shape.compactness.toFixed(2) : "–"],
  ];
  return h("dl", { class: "facts" }, facts.flatMap(([name, value]) => [h("dt", {}, t(`planner.design.now.${name}`)), h("dd", { "data-measure": name }, value)]));
}

/** How the largest deviation went down. @param {At[]} all */
function course(all) {
  const most = Math.max(...all.map(({ deviation }) => deviation), 1e-9);
  const points = all.map(({ done, deviation }) => `${(done * WIDTH).toFixed(1)},${(HEIGHT - (deviation / most) * (HEIGHT - 4)).toFixed(1)}`).join(" ");
  return h("div", { id: "design-course" }, all.length > 1
    ? s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": t("planner.design.course"), class: "course", preserveAspectRatio: "none" }, s("polyline", { points })) : null);
}

/** @param {Job} mine @returns {(Node | null)[]} */
function done({ result, course: all }) {
  const last = all.at(-1);
  const newest = head() === result.edit.seq;
  return [
    h("p", { class: "done" }, t("planner.design.done", { n: number(draft.grids.size), deviation: last ? percent(last.deviation) : "–" })),
    result.measures?.length ? h("dl", { class: "facts" }, result.measures.flatMap((/** @type {any} */ measure) =>
      [h("dt", {}, tOr(`planner.design.measure.${measure.name}`, measure.name), h("small", {}, words(measure))), h("dd", {}, number(Math.round(1000 * measure.value) / 1000))])) : null,
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "quiet", id: "design-undo", "data-key": "design-undo", disabled: !newest, onclick: () => {
        void step("undo");
        close();
      } }, t("planner.design.discard")),
      h("button", { type: "button", class: "primary", id: "design-keep", "data-key": "design-keep", onclick: close }, t("planner.design.keep"))),
  ];
}

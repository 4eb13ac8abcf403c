/** Automatic design of a community: what is wanted, how far it has come, and the way to stop it and take the best so far. @module */

import { Problem } from "../api.js";
import { byId, h, s } from "../dom.js";
import { number, percent } from "../format.js";
import { t, tOr } from "../i18n.js";
import * as page from "../state.js";
import { onOpen } from "./commands.js";
import { attempt, labelled, openDialog } from "./dialog.js";
import { draft, takeAnswer } from "./draft.js";
import { followDesign, stopDesign } from "./requests.js";
import { state } from "./state.js";

/** Proposals a block at the lowest step of effort; each further step is twice the work. */
const LEAST_EFFORT = 31.25;
const WIDTH = 320;
const HEIGHT = 80;

/** How uneven the best was, step by step. @type {{done: number, deviation: number}[]} */
let course = [];
let running = false;

export function startDesign() {
  onOpen("design", open);
}

function open() {
  if (running) return void /** @type {HTMLDialogElement} */ (byId("dialog")).showModal();
  if (!state.community) return openDialog(t("planner.tool.design"), [h("p", { class: "hint" }, t("planner.empty.community"))]);
  const field = (/** @type {string} */ name, /** @type {number} */ value, /** @type {number} */ low, /** @type {number} */ high) =>
    labelled(t(`planner.design.${name}`), h("input", { name, type: "number", value, min: low, max: high, required: true }));
  openDialog(t("planner.tool.design"), [
    h("p", { class: "hint" }, t("planner.design.words", { n: number(draft.grids.size) })),
    h("form", { id: "design-form", onsubmit: submit },
      field("households", state.target || 300, 20, 5000),
      field("seed", 1, 0, 1_000_000),
      labelled(t("planner.design.effort"), h("input", { name: "effort", type: "range", min: 1, max: 10, value: 5 })),
      h("div", { class: "buttons" }, h("button", { type: "submit", class: "primary" }, t("planner.design.begin")))),
  ]);
}

/** @param {SubmitEvent} event */
async function submit(event) {
  event.preventDefault();
  if (!draft.plan) return;
  const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
  const wanted = {
    community: state.community, households: Number(form.get("households")), seed: Number(form.get("seed")),
    effort: LEAST_EFFORT * 2 ** Number(form.get("effort")),
  };
  const plan = draft.plan.id;
  running = true;
  course = [];
  await attempt(async () => {
    for await (const { event: name, data } of followDesign(plan, wanted)) {
      if (name === "start") begin(plan, data);
      else if (name === "progress") progress(data);
      else if (name === "refused") throw new Problem(422, data.detail, data);
      else if (name === "result") {
        takeAnswer(data);
        finish(data);
      }
    }
  }).finally(() => {
    running = false;
  });
}

/** @param {number} plan @param {{job: string, notes: (string | {sentence: string})[]}} start */
function begin(plan, { job, notes }) {
  const stop = h("button", { type: "button", class: "primary", id: "design-stop", onclick: async () => {
    stop.setAttribute("disabled", "");
    await attempt(() => stopDesign(plan, job));
  } }, t("planner.design.stop"));
  openDialog(t("planner.tool.design"), [
    notes.length ? h("ul", { class: "notes" }, notes.map((note) => h("li", {}, typeof note === "string" ? note : note.sentence))) : null,
    h("progress", { id: "design-done", max: 1, value: 0, "aria-label": t("planner.design.progress") }),
    h("p", { id: "design-words", role: "status" }, t("planner.design.begun")),
    h("div", { id: "design-course" }),
    h("div", { class: "buttons" }, stop),
  ]);
}

/** @param {{done: number, deviation: number, grids: number}} at */
function progress(at) {
  course.push(at);
  const bar = document.getElementById("design-done");
  if (!bar) return;
  bar.setAttribute("value", String(at.done));
  byId("design-words").textContent = t("planner.design.at", { done: percent(at.done), grids: number(at.grids), deviation: percent(at.deviation) });
  const most = Math.max(...course.map(({ deviation }) => deviation), 1e-9);
  const points = course.map(({ done, deviation }) => `${(done * WIDTH).toFixed(1)},${(HEIGHT - (deviation / most) * (HEIGHT - 4)).toFixed(1)}`).join(" ");
  byId("design-course").replaceChildren(s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": t("planner.design.course"), class: "course" },
    s("polyline", { points })));
}

/** @param {import("./requests.js").Answer & {measures?: {name: string, value: number, why: string}[]}} answer */
function finish(answer) {
  const last = course.at(-1);
  openDialog(t("planner.tool.design"), [
    h("p", { class: "done" }, t("planner.design.done", { n: number(draft.grids.size), deviation: last ? percent(last.deviation) : "–" })),
    answer.measures?.length ? h("dl", { class: "facts" }, answer.measures.flatMap(({ name, value, why }) =>
      [h("dt", {}, tOr(`planner.design.measure.${name}`, name), page.state.language === "en" ? h("small", {}, why) : null), h("dd", { title: why }, number(Math.round(1000 * value) / 1000))])) : null,
    h("p", { class: "hint" }, t("planner.design.undoable")),
    h("div", { class: "buttons" }, h("button", { type: "button", class: "primary", onclick: () => /** @type {HTMLDialogElement} */ (byId("dialog")).close() }, t("planner.close"))),
  ]);
}


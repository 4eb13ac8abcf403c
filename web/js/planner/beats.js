/** Grids given out by the machine: beats of about equal load for the workers of a community or its street. @module */

import { h } from "../dom.js";
import { number, percent } from "../format.js";
import { t } from "../i18n.js";
import { attempt, closeDialog, labelled, listed, openDialog } from "./dialog.js";
import { draft, keyOf, takeAnswer } from "./draft.js";
import { betweenEdits } from "./edits.js";
import { postBeats } from "./requests.js";
import { state } from "./state.js";

/** What can be balanced. */
const MEASURES = ["minutes", "households", "buildings", "components", "incidents"];
const STREET = 9;

/** Ask what is to be even, and give the grids out. */
export function openBeats() {
  if (!state.community) return openDialog(t("planner.beats"), [h("p", { class: "hint" }, t("planner.empty.community"))]);
  openDialog(t("planner.beats"), [
    h("p", { class: "hint" }, t("planner.beats.words")),
    h("form", { id: "beats-form", onsubmit: submit },
      labelled(t("planner.beats.where"), h("select", { name: "division" },
        h("option", { value: state.community }, t("planner.beats.community")), h("option", { value: state.community.slice(0, STREET) }, t("planner.beats.street")))),
      labelled(t("planner.beats.even"), h("select", { name: "measure" }, MEASURES.map((name) => h("option", { value: name }, t(`planner.measure.${name}`))))),
      labelled(t("planner.beats.workers"), h("input", { name: "workers", "aria-describedby": "beats-hint" })),
      h("p", { class: "hint", id: "beats-hint" }, t("planner.beats.hint")),
      labelled(t("planner.beats.at_most"), h("input", { name: "at_most", type: "number", min: 0, max: 100_000, placeholder: t("planner.beats.any") })),
      h("div", { class: "buttons" },
        h("button", { type: "button", class: "quiet", onclick: closeDialog }, t("report.cancel")),
        h("button", { type: "submit", class: "primary" }, t("planner.beats.begin")))),
  ]);
}

/** @param {SubmitEvent} event */
async function submit(event) {
  event.preventDefault();
  const { plan } = draft;
  if (!plan) return;
  const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
  const wanted = {
    division: String(form.get("division")), weights: { [String(form.get("measure"))]: 1 },
    workers: listed(form.get("workers")),
    at_most: form.get("at_most") === "" ? null : Number(form.get("at_most")),
    versions: Object.fromEntries([...draft.grids.values()].map((grid) => [keyOf(grid), grid.properties.version ?? 0])),
  };
  const button = /** @type {HTMLButtonElement} */ (event.submitter);
  button.disabled = true;
  button.textContent = t("loading");
  await attempt(async () => {
    /** @type {Awaited<ReturnType<typeof postBeats>> | undefined} */
    let answer;
    await betweenEdits(async () => {
      answer = await postBeats(plan.id, wanted);
      if (draft.plan?.id === plan.id) takeAnswer(answer);
    });
    if (!answer) return openDialog(t("planner.beats"), [h("p", { class: "problem" }, t("planner.unsent_first"))]);
    const off = answer.measures.find(({ name }) => name === "largest_deviation")?.value ?? 0;
    openDialog(t("planner.beats"), [
      h("p", { class: "done" }, t("planner.beats.done", { n: number(answer.grids.features.length), off: percent(off) })),
      h("div", { class: "buttons" }, h("button", { type: "button", class: "primary", onclick: closeDialog }, t("planner.close"))),
    ]);
  });
  button.disabled = false;
  button.textContent = t("planner.beats.begin");
}

/** From draft to in force: what the checks say, the date, a second person where the city wants one, and the way back. @module */

import { h } from "../dom.js";
import { instantOf, moment, number } from "../format.js";
import { t } from "../i18n.js";
import { openFinding, wordsOf } from "./checks.js";
import { attempt, closeDialog, labelled, openDialog } from "./dialog.js";
import { draft, readDraft, readPlan } from "./draft.js";
import { unsent } from "./edits.js";
import { getChecks, getComparison, postState } from "./requests.js";
import { change } from "./state.js";

/** Findings of a kind that are named at most. */
const MOST_TOLD = 5;

/** Show where the plan stands on its way, and what the next step is. */
export async function openPublishing() {
  const { plan } = draft;
  if (!plan) return;
  const title = t(plan.state === "draft" ? "planner.publish" : "planner.rollback");
  openDialog(title, [h("p", { class: "hint" }, t("loading"))]);
  await attempt(async () => {
    if (plan.state !== "draft") return openDialog(title, [h("p", {}, t("planner.publish.back", { name: plan.name })), buttons([["rollback", "planner.rollback"]])]);
    const [{ findings }, { totals }] = await Promise.all([getChecks(plan.id, ""), getComparison(plan.id, "in_force")]);
    openDialog(title, content(plan, findings, totals));
  });
}

/** @param {import("./requests.js").Plan} plan @param {any[]} findings @param {any} totals */
function content(plan, findings, totals) {
  const refusing = findings.filter(({ breaking }) => breaking);
  const kinds = [...new Set(findings.map(({ kind }) => kind))].map((kind) => findings.filter((one) => one.kind === kind));
  return [
    h("p", {}, t("planner.publish.what", { name: plan.name, added: number(totals.added), removed: number(totals.removed), kept: number(totals.kept) })),
    h("ul", { class: "notes" }, kinds.length
      ? kinds.map(told)
      : h("li", { class: "good" }, t("planner.checks.none"))),
    plan.submitted_by ? h("p", { class: "hint" }, t(plan.effective_at ? "planner.publish.submitted" : "planner.publish.submitted_open", { who: plan.submitted_by, when: plan.effective_at ? moment(plan.effective_at) : "" })) : null,
    plan.approved_by ? h("p", { class: "hint" }, t("planner.publish.approved", { who: plan.approved_by })) : null,
    refusing.length ? h("p", { class: "problem" }, t("planner.publish.refused")) : null,
    unsent().length ? h("p", { class: "problem" }, t("planner.unsent_first")) : null,
    plan.submitted_by ? null : labelled(t("planner.publish.when"), h("input", { id: "effective-at", type: "datetime-local", "aria-describedby": "effective-hint" })),
    plan.submitted_by ? null : h("p", { class: "hint", id: "effective-hint" }, t("planner.publish.hint")),
    buttons(steps(plan), refusing.length > 0 || unsent().length > 0),
  ];
}

/** One kind of findings; those that refuse publishing are named, and lead to their place. @param {any[]} ones */
function told(ones) {
  const [{ kind, breaking }] = ones;
  return h("li", {}, h("span", { class: breaking ? "due bad" : "due warn" }, `${t(`planner.check.${kind}`)} · ${number(ones.length)}`),
    breaking ? h("ul", {}, ones.slice(0, MOST_TOLD).map((finding) =>
      h("li", {}, h("button", { type: "button", class: "link", onclick: () => {
        closeDialog();
        openFinding(finding);
      } }, wordsOf(finding))))) : null);
}

/** @param {import("./requests.js").Plan} plan @returns {[any, string][]} */
function steps(plan) {
  if (!plan.submitted_by) return plan.may_publish ? [["submit", "planner.publish.submit"], ["publish", "planner.publish.now"]] : [["submit", "planner.publish.submit"]];
  return [["withdraw", "planner.publish.withdraw"], ...(plan.approved_by ? [] : [/** @type {[any, string]} */ (["approve", "planner.publish.approve"])]),
    ...(plan.may_publish ? [/** @type {[any, string]} */ (["publish", "planner.publish.now"])] : [])];
}

/** @param {["submit" | "approve" | "withdraw" | "publish" | "rollback", string][]} wanted @param {boolean} [refused] */
function buttons(wanted, refused = false) {
  return h("div", { class: "buttons" },
    h("button", { type: "button", class: "quiet", onclick: closeDialog }, t("report.cancel")),
    wanted.map(([step, words], n) => h("button", { type: "button", id: `step-${step}`, class: n === wanted.length - 1 ? "primary" : "quiet", disabled: refused && step !== "withdraw",
      onclick: (/** @type {Event} */ event) => take(step, /** @type {HTMLButtonElement} */ (event.currentTarget)) }, t(words))));
}

/** @param {"submit" | "approve" | "withdraw" | "publish" | "rollback"} step @param {HTMLButtonElement} button */
async function take(step, button) {
  const { plan } = draft;
  if (!plan) return;
  const text = /** @type {HTMLInputElement | null} */ (document.getElementById("effective-at"))?.value;
  const body = text && (step === "submit" || step === "publish") ? { effective_at: new Date(instantOf(text)).toISOString() } : {};
  button.disabled = true;
  /** @type {import("./requests.js").Plan | null} */
  let answer = null;
  await attempt(async () => {
    answer = await postState(plan.id, step, body);
  });
  button.disabled = false;
  if (!answer) return;
  const { id } = /** @type {import("./requests.js").Plan} */ (answer);
  if (id !== plan.id) change({ plan: id, selected: [] }); // taken back by a plan of its own
  if (step === "publish" || step === "rollback") await readDraft();
  else await readPlan();
  if (step === "publish" || step === "rollback") {
    const words = draft.plan?.state === "draft" ? "planner.publish.later" : `planner.publish.done.${step}`;
    openDialog(t(`planner.${step}`), [h("p", { class: "done" }, t(words, { when: moment(draft.plan?.effective_at ?? draft.plan?.valid_from) })),
      h("div", { class: "buttons" }, h("button", { type: "button", class: "primary", onclick: closeDialog }, t("planner.close")))]);
  } else await openPublishing();
}

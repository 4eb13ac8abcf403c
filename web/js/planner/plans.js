/** The plans there are: begin one, open one, copy, take in a file, throw away. @module */

import { h } from "../dom.js";
import { moment, number } from "../format.js";
import { t } from "../i18n.js";
import { openDescription } from "./describe.js";
import { attempt, closeDialog, labelled, openDialog } from "./dialog.js";
import { copyPlan, createPlan, deletePlan, importPlan, listPlans } from "./requests.js";
import { change, state } from "./state.js";

/** @typedef {import("./requests.js").Plan} Plan */

/** Show all plans, to open one or to begin another. */
export async function openPlans() {
  openDialog(t("planner.plans"), [h("p", { class: "hint" }, t("loading"))]);
  await attempt(async () => {
    const { plans } = await listPlans();
    openDialog(t("planner.plans"), [...content(plans)]);
  });
}

/** @param {Plan[]} plans */
function content(plans) {
  const drafts = plans.filter((plan) => plan.state === "draft");
  return [
    beginning(plans),
    h("h3", {}, t("planner.drafts")),
    drafts.length ? list(drafts) : h("p", { class: "hint" }, t("planner.no_drafts")),
    h("h3", {}, t("planner.in_force_ever")),
    list(plans.filter((plan) => plan.state !== "draft")),
    fromFile(),
  ];
}

/** @param {Plan[]} plans */
function list(plans) {
  return h("ul", { class: "plans" }, plans.map((plan) =>
    h("li", { "aria-current": plan.id === state.plan ? "true" : null },
      h("button", { type: "button", class: "plan", onclick: () => openPlan(plan.id) },
        h("strong", {}, plan.name), badge(plan), plan.state === "draft" && plan.shared ? h("span", { class: "badge" }, t("planner.is_shared")) : null,
        plan.description ? h("span", { class: "meta" }, plan.description) : null,
        h("span", { class: "meta" }, t("planner.plan_meta", { who: plan.created_by, when: moment(plan.valid_from ?? plan.updated_at), n: number(plan.changed) }))),
      plan.state === "retired" ? null
        : h("button", { type: "button", class: "quiet", "aria-label": t("planner.copy_of", { name: plan.name }), onclick: () => copy(plan) }, t("planner.copy")),
      plan.state === "draft" && plan.is_owner
        ? h("button", { type: "button", class: "quiet", "aria-label": t("planner.describe_of", { name: plan.name }), onclick: () => openDescription(plan, openPlans) }, t("planner.describe"))
        : null,
      plan.state === "draft" && plan.is_owner
        ? h("button", { type: "button", class: "quiet", "aria-label": t("planner.delete_of", { name: plan.name }), onclick: () => confirmDelete(plan) }, t("planner.delete"))
        : null)));
}

/**
 * In which state a plan is.
 *
 * @param {Plan} plan
 */
export function badge(plan) {
  const at = plan.state !== "draft" ? plan.state : plan.approved_by ? "approved" : plan.submitted_by ? "submitted" : "draft";
  return h("span", { class: `badge ${at}` }, t(`planner.state.${at}`));
}

/** @param {Plan[]} plans */
function beginning(plans) {
  const name = h("input", { name: "name", required: true, maxlength: 120, "data-key": "plan-name" });
  const from = h("select", { name: "from" }, h("option", { value: "in_force" }, t("planner.from_force")), h("option", { value: "nothing" }, t("planner.from_nothing")),
    plans.filter((plan) => plan.state === "draft").map((plan) => h("option", { value: plan.id }, plan.name)));
  return h("form", {
    class: "row",
    onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
      await attempt(async () => {
        const plan = await createPlan({ name: String(form.get("name")).trim(), from: Number(form.get("from")) || String(form.get("from")) });
        openPlan(plan.id);
      });
    },
  }, labelled(t("planner.name"), name), labelled(t("planner.from"), from), h("button", { type: "submit", class: "primary" }, t("planner.new")));
}

function fromFile() {
  return h("details", {},
    h("summary", {}, t("planner.import")),
    h("form", {
      class: "row",
      onsubmit: async (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
        await attempt(async () => openPlan((await importPlan(form)).id));
      },
    },
    labelled(t("planner.name"), h("input", { name: "name", required: true, maxlength: 120 })),
    labelled(t("planner.file"), h("input", { name: "file", type: "file", required: true })),
    h("button", { type: "submit", class: "quiet" }, t("planner.take_in"))));
}

/** @param {Plan} plan */
function copy(plan) {
  return attempt(async () => openPlan((await copyPlan(plan.id, t("planner.copy_name", { name: plan.name }))).id));
}

/** @param {Plan} plan */
function confirmDelete(plan) {
  openDialog(t("planner.delete"), [
    h("p", {}, t("planner.delete_sure", { name: plan.name, n: number(plan.edits) })),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "quiet", onclick: () => openPlans() }, t("report.cancel")),
      h("button", { type: "button", class: "primary bad", onclick: () => attempt(async () => {
        await deletePlan(plan.id);
        if (state.plan === plan.id) change({ plan: 0, selected: [] });
        await openPlans();
      }) }, t("planner.delete"))),
  ]);
}

/** @param {number} id */
function openPlan(id) {
  closeDialog();
  change({ plan: id, selected: [] }, "push");
}

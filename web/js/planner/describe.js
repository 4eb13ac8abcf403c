/** What a draft is called and for, whether others see it, and who else edits it: its owner says so. @module */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { attempt, labelled, listed, openDialog } from "./dialog.js";
import { draft, readPlan } from "./draft.js";
import { changePlan } from "./requests.js";

/**
 * Ask for the words and the people of a draft.
 *
 * @param {import("./requests.js").Plan} plan
 * @param {() => any} done called when it was changed or left as it is
 */
export function openDescription(plan, done) {
  openDialog(t("planner.describe"), [
    h("form", {
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
        return attempt(async () => {
          await changePlan(plan.id, {
            name: String(form.get("name")).trim(), description: String(form.get("description")).trim(),
            shared: form.has("shared"), editors: listed(form.get("editors")),
          });
          if (draft.plan?.id === plan.id) await readPlan();
          await done();
        });
      },
    },
    labelled(t("planner.name"), h("input", { name: "name", required: true, maxlength: 200, value: plan.name })),
    labelled(t("planner.description"), h("textarea", { name: "description", rows: 3, maxlength: 4000 }, plan.description)),
    labelled(t("planner.editors"), h("input", { name: "editors", value: plan.editors.join(", "), "aria-describedby": "editors-hint" })),
    h("p", { class: "hint", id: "editors-hint" }, t("planner.editors.hint")),
    h("label", { class: "check" }, h("input", { type: "checkbox", name: "shared", checked: plan.shared }), t("planner.shared")),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "quiet", onclick: done }, t("report.cancel")),
      h("button", { type: "submit", class: "primary" }, t("planner.save"))))]);
}

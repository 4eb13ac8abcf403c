/** The head of the page: which plan, in which state, what can be done with it, and what no server has answered yet. @module */

import { byId, h, refill } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import * as page from "../state.js";
import { draft, onDraft } from "./draft.js";
import { isLost, unsent } from "./edits.js";
import { badge, openPlans } from "./plans.js";
import { openPublishing } from "./publish.js";

export function startHead() {
  onDraft(render);
  page.onChange(["language"], render);
  window.addEventListener("beforeunload", (event) => {
    if (unsent().length && !isLost()) event.preventDefault(); // what is lost waits here for the next visit
  });
  render();
}

function render() {
  const { plan } = draft;
  refill(byId("head"),
    h("button", { type: "button", class: "quiet plan-name", "data-key": "plans", "aria-haspopup": "dialog", onclick: openPlans },
      h("strong", {}, plan?.name ?? t("planner.open_plan")), plan ? badge(plan) : null, h("span", { "aria-hidden": "true" }, "▾")),
    plan ? h("span", { class: "meta" }, t("planner.edits", { n: number(draft.log.filter((edit) => !edit.undone).length) })) : null,
    plan && plan.state !== "retired"
      ? h("button", { type: "button", class: plan.state === "draft" ? "primary" : "quiet", "data-key": "publish", "aria-haspopup": "dialog", onclick: openPublishing },
          t(plan.state === "draft" ? "planner.publish" : "planner.rollback"))
      : null);
  const waiting = unsent().length;
  const box = byId("unsent");
  box.dataset.health = !waiting ? "live" : isLost() ? "stale" : "polling";
  box.textContent = !waiting ? t("planner.all_sent") : isLost() ? t("planner.unsent", { n: waiting }) : t("planner.sending", { n: waiting });
  box.dataset.waiting = String(waiting);
}

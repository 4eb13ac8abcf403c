/** Every edit of the plan, the newest first, and those on their way. @module */

import { h, refill } from "../dom.js";
import { moment } from "../format.js";
import { t, tOr } from "../i18n.js";
import { draft, head, isEditable } from "./draft.js";
import { step, unsent } from "./edits.js";

const LONGEST = 200;

/** @param {HTMLElement} box */
export function renderHistory(box) {
  const waiting = unsent().map((entry) => h("li", { class: "waiting" }, h("strong", {}, operationName(entry.operation)), h("span", { class: "due warn" }, t("planner.waiting"))));
  const rows = draft.log.slice(0, LONGEST).map((edit) =>
    h("li", { class: edit.undone ? "undone" : "" },
      h("strong", {}, operationName(edit.operation)), h("span", {}, [edit.actor, moment(edit.at)].join(" · ")), edit.undone ? h("span", {}, t("planner.undone")) : back(edit.seq)));
  refill(box, waiting.length || rows.length ? h("ol", { class: "edits" }, waiting.reverse(), rows) : h("p", { class: "empty" }, t("planner.empty.history")));
}

/** The way back to an edit: those after it are undone, and can be made again. @param {number} seq */
function back(seq) {
  const after = draft.log.filter((edit) => edit.seq > seq && !edit.undone).length;
  if (!after || !isEditable() || unsent().length) return null;
  return h("button", { type: "button", class: "link", "data-key": `back-${seq}`, onclick: async () => {
    for (let left = after; left && head() > seq; left -= 1) {
      const before = head();
      await step("undo");
      if (head() === before) return; // refused, or the connection is lost: what is wrong is said already
    }
  } }, t("planner.history.back", { n: after }));
}

/** What an edit is called. @param {string} operation */
export const operationName = (operation) => tOr(`planner.tool.${operation}`, tOr(`planner.${operation}`, operation));

/** Every edit of the plan, the newest first, and those on their way. @module */

import { h, refill } from "../dom.js";
import { moment } from "../format.js";
import { t, tOr } from "../i18n.js";
import { draft } from "./draft.js";
import { unsent } from "./edits.js";

const LONGEST = 200;

/** @param {HTMLElement} box */
export function renderHistory(box) {
  const waiting = unsent().map((entry) => h("li", { class: "waiting" }, h("strong", {}, named(entry.operation)), h("span", { class: "due warn" }, t("planner.waiting"))));
  const rows = draft.log.slice(0, LONGEST).map((edit) =>
    h("li", { class: edit.undone ? "undone" : "" },
      h("strong", {}, named(edit.operation)), h("span", {}, [edit.actor, moment(edit.at)].join(" · ")), edit.undone ? h("span", {}, t("planner.undone")) : null));
  refill(box, waiting.length || rows.length ? h("ol", { class: "edits" }, waiting.reverse(), rows) : h("p", { class: "empty" }, t("planner.empty.history")));
}

/** @param {string} operation */
const named = (operation) => tOr(`planner.tool.${operation}`, tOr(`planner.${operation}`, operation));

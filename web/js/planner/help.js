/** Every tool, its key, and what it does. @module */

import { byId, h } from "../dom.js";
import { t } from "../i18n.js";
import { TOOLS } from "./commands.js";
import { openDialog } from "./dialog.js";

/** Keys that are no tool's. */
const KEYS = /** @type {const} */ ([
  ["Ctrl Z", "undo"], ["Ctrl Y", "redo"], ["Ctrl A", "all"], ["n / N", "next"], ["?", "help"], ["Esc", "escape"], ["Shift", "shift"], ["Alt", "alt"],
  ["Space", "corner"], ["Enter", "finish"], ["[ ]", "vertex"], ["← ↑ → ↓", "arrows"],
]);

export function startHelp() {
  byId("help").addEventListener("click", openHelp);
}

export function openHelp() {
  openDialog(t("planner.help"), [
    h("p", { class: "hint" }, t("planner.help.words")),
    h("dl", { class: "keys" },
      TOOLS.flatMap(({ name, key }) => [h("dt", {}, h("kbd", {}, key.toUpperCase())), h("dd", {}, h("strong", {}, t(`planner.tool.${name}`)), " ", t(`planner.about.${name}`))]),
      KEYS.flatMap(([key, name]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, t(`planner.key.${name}`))])),
  ]);
}

/** Giving out many grids at once: a table of grids and workers becomes one edit, and one step to undo. @module */

import { h } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { assignAll } from "./commands.js";
import { closeDialog, labelled, openDialog } from "./dialog.js";
import { readAssignments } from "./table.js";

/** Lines named at most. */
const MOST = 8;

/** Ask for the table. */
export function openAssignments() {
  openDialog(t("planner.table.title"), [
    h("p", { class: "hint" }, t("planner.table.words")),
    labelled(t("planner.file"), h("input", { type: "file", accept: ".csv,.txt,.tsv,text/csv,text/plain", id: "table-file",
      onchange: async (/** @type {Event} */ event) => {
        const file = /** @type {HTMLInputElement} */ (event.target).files?.[0];
        if (file) show(readAssignments(decoded(await file.arrayBuffer())));
      } })),
  ]);
}

/** The text of a table: spreadsheets here write GBK as often as UTF-8. @param {ArrayBuffer} bytes */
function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}

/** Say what the table would do before it does. @param {ReturnType<typeof readAssignments>} read */
function show({ workers, unread }) {
  const codes = Object.values(workers);
  const count = codes.length;
  openDialog(t("planner.table.title"), [
    count ? h("p", { id: "table-read" }, t("planner.table.read", { n: number(count), workers: number(new Set(codes.filter(Boolean)).size), nobody: number(codes.filter((code) => !code).length) })) : null,
    unread.length ? h("p", { class: count ? "due warn" : "problem" }, t("planner.table.unread", { n: number(unread.length), lines: unread.slice(0, MOST).join(" ") })) : null,
    count || unread.length ? null : h("p", { class: "problem" }, t("planner.table.empty")),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "quiet", onclick: openAssignments }, t("planner.table.other")),
      h("button", { type: "button", class: "primary", id: "table-apply", disabled: !count, onclick: () => {
        closeDialog();
        assignAll(workers);
      } }, t("planner.apply"))),
  ]);
}

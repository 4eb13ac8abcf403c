/** The one dialog of the page: filled anew by whoever opens it. @module */

import { Problem } from "../api.js";
import { byId, h } from "../dom.js";
import { explain, t, tOr } from "../i18n.js";

const box = () => /** @type {HTMLDialogElement} */ (byId("dialog"));

/**
 * Open the dialog with a title and what stands below; in place of what stood in it.
 *
 * @param {string} title
 * @param {(Node | string | null)[]} content
 */
export function openDialog(title, content) {
  box().replaceChildren(
    h("header", {}, h("h2", { id: "dialog-title" }, title),
      h("button", { type: "button", class: "plain close", "aria-label": t("card.close"), onclick: closeDialog }, "×")),
    ...content.filter((part) => part !== null),
    h("p", { class: "problem", role: "alert", id: "dialog-problem" }));
  if (!box().open) box().showModal();
}

export function closeDialog() {
  box().close();
}

/**
 * Do something the dialog is for; when the server refuses, the dialog stays and says why.
 *
 * @param {() => Promise<any>} task
 * @returns {Promise<boolean>} whether it was done
 */
export async function attempt(task) {
  const problem = document.getElementById("dialog-problem");
  if (problem) problem.textContent = "";
  try {
    await task();
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const said = document.getElementById("dialog-problem");
    if (said) said.textContent = tOr(`planner.reason.${error.more.reason}`, explain(error));
    return false;
  }
}

/**
 * A label and its field.
 *
 * @param {string} words
 * @param {HTMLElement} input
 */
export const labelled = (words, input) => h("label", {}, words, input);

/**
 * Codes or logins with commas between, Chinese ones too, or spaces; each once.
 *
 * @param {FormDataEntryValue | null} text
 */
export const listed = (text) => [...new Set(String(text ?? "").split(/[\s,，、;；]+/).filter(Boolean))];

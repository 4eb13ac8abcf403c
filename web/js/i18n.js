/** Words in two languages; every sentence on the page comes from web/i18n/. @module */

import { getWords } from "./api.js";
import { state } from "./state.js";

/** @type {Record<string, Record<string, string>>} */
const words = {};

/**
 * Fetch a language's words once.
 *
 * @param {string} language
 */
export async function load(language) {
  words[language] ??= await getWords(language);
}

/**
 * Return the words for `key`, with `{name}` replaced from `values`; the key itself where there are none, so that
 * a missing word is seen.
 *
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = words[state.language]?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * Return the words for `key` where there are some, else `otherwise`: for values that come from the database.
 *
 * @param {string} key
 * @param {string} otherwise
 */
export function tOr(key, otherwise) {
  return words[state.language]?.[key] ?? otherwise;
}

/**
 * Say what went wrong: in the page's language by the kind of failure, then what the server says of this one.
 *
 * @param {import("./api.js").Problem} problem
 */
export function explain({ status, message }) {
  const key = `problem.${status}`;
  return t(tOr(key, "") ? key : "problem.other", { detail: message });
}

/** Write the words of the present language into the marked elements of the page. */
export function translatePage() {
  document.documentElement.lang = state.language;
  for (const element of document.querySelectorAll("[data-i18n]")) {
    element.textContent = t(/** @type {HTMLElement} */ (element).dataset.i18n ?? "");
  }
  for (const attribute of ["placeholder", "aria-label"]) {
    for (const element of document.querySelectorAll(`[data-i18n-${attribute}]`)) {
      const words = t(element.getAttribute(`data-i18n-${attribute}`) ?? "");
      element.setAttribute(attribute, words);
      if (attribute === "aria-label" && element.matches("button, a")) element.setAttribute("title", words);
    }
  }
}

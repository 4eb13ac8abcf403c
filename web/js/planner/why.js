/** Why a design is what it is, in the reader's language: reasons by code, with their figures. @module */

import { number, percent } from "../format.js";
import { t, tOr } from "../i18n.js";

/**
 * @typedef {object} Reason
 * @property {string} reason
 * @property {Record<string, number>} values
 * @property {string | null} [key] the grid that is the reason
 * @property {string} [sentence] in English
 * @property {string} [why] in English
 */

/** Figures that say more with their decimals. */
const QUOTIENTS = new Set(["quotient"]);

/**
 * Return the words for a reason; the English sentence of one that the page does not know yet.
 *
 * @param {Reason} reason
 */
export function words({ reason, values, key, sentence, why }) {
  if (tOr(`design.why.${reason}`, "") === "") return sentence ?? why ?? reason;
  /** @type {Record<string, string>} */
  const filled = { grid: key ?? t("design.why.some_grid") };
  for (const [name, value] of Object.entries(values)) filled[name] = number(rounded(name, value));
  if (values.mean) filled.share = percent(Math.abs((values.load ?? 0) / values.mean - 1));
  return t(`design.why.${reason}`, filled);
}

/** @param {string} name @param {number} value */
function rounded(name, value) {
  const steps = QUOTIENTS.has(name) ? 100 : 10;
  return Math.round(value * steps) / steps;
}

/** What is only proposed: drawn over the grids of the plan, with a legend of its own, until it is taken or dropped. @module */

/**
 * @typedef {{tone: string, words: string, count: number}} Tone a line of the legend; tone: `even`, `over`, `under`, `far`, `nobody`, or
 *   `who-1`, `who-2`, …
 * @typedef {{title: string, tones: Tone[], features: import("geojson").Feature<import("geojson").Polygon>[]}} Proposal
 *   title: a key of the words; features: with `tone` and `name`, which is written on them
 */

/** @type {Proposal | null} */
let present = null;
/** @type {Set<() => void>} */
const listeners = new Set();

/** What is proposed now. */
export const proposal = () => present;

/** @param {() => void} listener called after something else, or nothing, is proposed */
export function onProposal(listener) {
  listeners.add(listener);
}

/** @param {Proposal | null} next */
export function propose(next) {
  if (!present && !next) return;
  present = next;
  for (const listener of listeners) listener();
}

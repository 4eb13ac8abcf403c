/** Class breaks for choropleths: pure, no page, no map. @module */

/**
 * Return the inclusive upper ends of at most `classes` classes over positive values.
 *
 * Breaks are quantiles of the distinct-value distribution's ranks, moved to values that occur, so that equal
 * values always share a class; few distinct values get one class each. A class is never empty.
 *
 * @param {number[]} values zeros and missing ones left out
 * @param {number} classes
 * @returns {number[]} ascending; empty when there are no values
 */
export function quantileBreaks(values, classes) {
  const sorted = [...values].sort((a, b) => a - b);
  const distinct = [...new Set(sorted)];
  if (distinct.length <= classes) return distinct;
  /** @type {number[]} */
  const breaks = [];
  let begun = 0;
  for (let k = 0; k < classes - 1; k += 1) {
    // what is left is shared anew, so a value that fills half the areas does not empty the classes after it
    const target = begun + (sorted.length - begun) / (classes - k);
    let end = Math.max(begun, Math.round(target) - 1);
    const value = sorted[end];
    while (end + 1 < sorted.length && sorted[end + 1] === value) end += 1;
    if (end + 1 >= sorted.length) break;
    breaks.push(value);
    begun = end + 1;
  }
  breaks.push(sorted[sorted.length - 1]);
  return breaks;
}

/**
 * Return the class of a value, 1 for the first, or 0 for none (zero or above the last break).
 *
 * @param {number} value
 * @param {number[]} breaks
 */
export function classOf(value, breaks) {
  if (!(value > 0)) return 0;
  return breaks.findIndex((end) => value <= end) + 1;
}

/**
 * Return each class with its ends and how many values it has.
 *
 * @param {number[]} values
 * @param {number[]} breaks
 * @returns {{from: number, to: number, count: number}[]} `from` is the smallest value that occurs in the class
 */
export function classTable(values, breaks) {
  const table = breaks.map((to) => ({ from: Infinity, to, count: 0 }));
  for (const value of values) {
    const row = table[classOf(value, breaks) - 1];
    if (!row) continue;
    row.from = Math.min(row.from, value);
    row.count += 1;
  }
  return table;
}

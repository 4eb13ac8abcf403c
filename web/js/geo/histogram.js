/** How values spread: pure, no page, no map. @module */

const STEPS = [1, 2, 2.5, 5, 10];

/**
 * Return bars of equal, round width over non-negative values; from zero, so that bars of two plans compare.
 *
 * @param {number[]} values
 * @param {number} most how many bars at most
 * @returns {{from: number, to: number, count: number}[]} `to` is outside its bar; empty when there are no values
 */
export function histogram(values, most) {
  if (!values.length) return [];
  const highest = Math.max(...values, 1e-9);
  const raw = highest / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  let width = power * (STEPS.find((step) => step * power >= raw) ?? 10);
  // the highest value may stand on the last bar's open end
  if (Math.floor(highest / width) + 1 > most) width = power * (STEPS.find((step) => step * power > width) ?? 20);
  const bars = Array.from({ length: Math.floor(highest / width) + 1 }, (_, n) => ({ from: n * width, to: (n + 1) * width, count: 0 }));
  for (const value of values) bars[Math.floor(value / width)].count += 1;
  return bars;
}

/**
 * Return mean, largest, and how far the largest is above the mean.
 *
 * @param {number[]} values
 */
export function spread(values) {
  const sum = values.reduce((total, value) => total + value, 0);
  const mean = values.length ? sum / values.length : 0;
  const max = values.length ? Math.max(...values) : 0;
  return { sum, mean, max, ratio: mean ? max / mean : 0 };
}

/** The map's colours, taken from the same style sheet as the page's. @module */

const NAMES = /** @type {const} */ ([
  "map-void", "map-land", "map-grid", "map-building", "map-building-line", "map-road-major", "map-road-minor",
  "map-border", "map-label", "map-halo", "map-component", "mark-open", "mark-overdue", "accent", "good", "warn", "bad", "panel", "text", "soft",
]);

/** @typedef {Record<typeof NAMES[number], string> & {alarm: string[], stock: string[]}} Palette */

/** @returns {Palette} */
export function readPalette() {
  const style = getComputedStyle(document.documentElement);
  const read = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  const ramp = (/** @type {string} */ name) => [1, 2, 3, 4, 5].map((n) => read(`${name}-${n}`));
  return /** @type {Palette} */ ({
    ...Object.fromEntries(NAMES.map((name) => [name, read(name)])),
    alarm: ramp("alarm"),
    stock: ramp("stock"),
  });
}

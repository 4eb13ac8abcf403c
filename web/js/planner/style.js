/** The planner's map: the city's ground, the grids in force, over them those of the plan, what is selected and what is wrong. @module */

import { borders, CITY, FONT, ground, labels, NOTHING, outside, roads } from "../map/style.js";

/**
 * @typedef {import("maplibre-gl").StyleSpecification} StyleSpecification
 * @typedef {import("maplibre-gl").LayerSpecification} LayerSpecification
 * @typedef {import("../map/palette.js").Palette & {who: string[]}} Palette who: colours that tell workers apart
 * @typedef {{community: string, selected: string[], ramp: string[], scale: number, difference: boolean,
 *   proposed: boolean}} View
 *   ramp: the colours of ranks 1, 2, …; difference: whether grids are shown by how they differ from another plan;
 *   proposed: whether something is drawn over them that is not in the plan
 */

const FAINT = /** @type {any} */ (["case", ["boolean", ["feature-state", "gone"], false], 0, 1]);
const SOURCES = ["draft", "overlay", "points", "difference", "proposal", "proposal-points", "place", "handles"];

/**
 * @param {Palette} palette
 * @param {View} view
 * @returns {StyleSpecification}
 */
export function buildStyle(palette, view) {
  const shown = () => ({ visibility: /** @type {const} */ ("visible") });
  const city = /** @type {any} */ ({
    division: view.community, divisionLevel: "community", level: "none", layers: [], ramp: "stock", scale: view.scale, base: null,
    selectedGrid: "0",
  });
  const base = ground(palette, city, shown).filter(({ id }) => !id.endsWith("-theme") && id !== "grid-line");
  return {
    version: 8,
    sources: {
      ...CITY,
      ...Object.fromEntries(SOURCES.map((name) => [name, { type: "geojson", data: NOTHING }])),
    },
    layers: [
      { id: "void", type: "background", paint: { "background-color": palette["map-void"] } },
      ...base.filter(({ id }) => id !== "building"),
      themed(palette, view),
      ...base.filter(({ id }) => id === "building"), // over the colours: who splits must see what stands there
      ...roads(palette, shown),
      ...(view.community ? [outside(palette, city)] : [{ ...outside(palette, city), layout: { visibility: /** @type {const} */ ("none") } }]),
      ...inForce(palette, view),
      ...drawn(palette, view),
      ...borders(palette, city).filter(({ id }) => id !== "grid-selected"),
      ...compared(palette, view),
      ...proposal(palette),
      ...picked(palette, view),
      ...labels(palette, shown, view.scale).filter(({ id }) => id !== "label-grid"),
      ...named(palette, view),
    ],
  };
}

/**
 * @param {Palette} palette
 * @param {View} view
 * @returns {LayerSpecification[]}
 */
function inForce(palette, view) {
  const elsewhere = /** @type {any} */ (["!=", ["floor", ["/", ["id"], 1000]], Number(view.community || 0)]);
  return [
    {
      // hardly painted; it answers which grid in force is under the pointer
      id: "in-force", type: "fill", source: "grids", "source-layer": "grids", filter: elsewhere,
      paint: { "fill-color": palette["map-grid"], "fill-opacity": 0 },
    },
    {
      id: "in-force-line", type: "line", source: "grids", "source-layer": "grids", filter: elsewhere,
      paint: {
        "line-color": palette["map-border"], "line-opacity": FAINT,
        "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.2, 12, 0.5, 16, 1.25],
      },
    },
    {
      id: "overlay", type: "fill", source: "overlay",
      paint: { "fill-color": palette.accent, "fill-opacity": view.difference ? 0 : 0.14 },
    },
    {
      id: "overlay-line", type: "line", source: "overlay",
      paint: { "line-color": palette.accent, "line-width": 1.4, "line-dasharray": [4, 2] },
    },
  ];
}

/** How opaque a grid is that the list shows; others are hardly coloured. @param {number} opacity */
const unless = (opacity) => ["case", ["boolean", ["get", "dim"], false], 0.1, opacity];

/**
 * @param {Palette} palette
 * @param {View} view
 * @returns {LayerSpecification}
 */
function themed(palette, view) {
  const colours = view.ramp.flatMap((colour, index) => [index + 1, colour]);
  return {
    id: "draft", type: "fill", source: "draft",
    paint: {
      "fill-color": /** @type {any} */ (["match", ["get", "rank"], ...colours, palette["map-land"]]), "fill-antialias": false,
      "fill-opacity": view.difference || view.proposed ? 0.01
        : /** @type {any} */ (["interpolate", ["linear"], ["zoom"], 13, unless(0.85), 16.5, unless(0.6)]),
    },
  };
}

/**
 * @param {Palette} palette
 * @param {View} view
 * @returns {LayerSpecification[]}
 */
function drawn(palette, view) {
  return [
    {
      id: "draft-line", type: "line", source: "draft", layout: { "line-join": "round" },
      paint: { "line-color": palette.text, "line-opacity": view.proposed ? 0.25 : 0.75, "line-width": ["interpolate", ["linear"], ["zoom"], 12, 0.7, 16, 1.6] },
    },
    {
      id: "draft-changed", type: "line", source: "draft", filter: ["==", ["get", "changed"], true], layout: { "line-join": "round" },
      paint: { "line-color": palette.accent, "line-opacity": view.proposed ? 0.15 : 1, "line-width": 2.2, "line-dasharray": [4, 2] },
    },
    {
      id: "draft-unsent", type: "line", source: "draft", filter: ["==", ["get", "unsent"], true],
      paint: { "line-color": palette.warn, "line-width": 3.5, "line-dasharray": [1, 1.5] },
    },
  ];
}

/**
 * @param {Palette} palette
 * @param {View} view
 * @returns {LayerSpecification[]}
 */
function compared(palette, view) {
  const colour = /** @type {any} */ (["match", ["get", "change"], "added", palette.good, "removed", palette.bad, palette.warn]);
  const layout = { visibility: /** @type {"visible" | "none"} */ (view.difference ? "visible" : "none") };
  return [
    { id: "difference", type: "fill", source: "difference", layout, paint: { "fill-color": colour, "fill-opacity": 0.3 } },
    {
      id: "difference-line", type: "line", source: "difference", layout: { ...layout, "line-join": "round" },
      filter: ["!=", ["get", "change"], "removed"], paint: { "line-color": colour, "line-width": 2.5 },
    },
    {
      id: "difference-removed", type: "line", source: "difference", layout,
      filter: ["==", ["get", "change"], "removed"], paint: { "line-color": colour, "line-width": 2.5, "line-dasharray": [2, 2] },
    },
  ];
}

/**
 * What is proposed: grids of a design on its way, or who would see to grids meanwhile. What a tone means is written on
 * the grid as well.
 *
 * @param {Palette} palette
 * @returns {LayerSpecification[]}
 */
function proposal(palette) {
  const who = palette.who.flatMap((colour, n) => [`who-${n + 1}`, colour]);
  const colour = /** @type {any} */ (["match", ["get", "tone"], "even", palette.good, "over", palette.warn, "under", palette.accent, ...who, palette.bad]);
  return [
    { id: "proposal", type: "fill", source: "proposal", paint: { "fill-color": colour, "fill-opacity": 0.32 } },
    {
      id: "proposal-line", type: "line", source: "proposal", layout: { "line-join": "round" },
      paint: { "line-color": palette.text, "line-width": 2, "line-dasharray": [3, 2] },
    },
  ];
}

/**
 * @param {Palette} palette
 * @param {View} view
 * @returns {LayerSpecification[]}
 */
function picked(palette, view) {
  const round = { "line-join": /** @type {const} */ ("round") };
  return [
    {
      id: "selected-halo", type: "line", source: "draft", layout: round, filter: ["in", ["get", "key"], ["literal", view.selected]],
      paint: { "line-color": palette["map-halo"], "line-width": 7, "line-opacity": 0.8 },
    },
    {
      id: "selected", type: "line", source: "draft", layout: round, filter: ["in", ["get", "key"], ["literal", view.selected]],
      paint: { "line-color": palette.text, "line-width": 3.5 },
    },
    { id: "place", type: "fill", source: "place", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": palette.bad, "fill-opacity": 0.45 } },
    { id: "place-line", type: "line", source: "place", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": palette.bad, "line-width": 4 } },
    {
      id: "place-point", type: "circle", source: "place", filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 12 * view.scale, "circle-color": "rgba(0,0,0,0)", "circle-stroke-width": 4, "circle-stroke-color": palette.bad },
    },
    {
      id: "handle-path", type: "line", source: "handles", filter: ["!=", ["geometry-type"], "Point"],
      paint: { "line-color": palette.accent, "line-width": 2.5, "line-dasharray": [2, 1] },
    },
    {
      id: "handle", type: "circle", source: "handles", filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": ["case", ["get", "held"], 9 * view.scale, 6 * view.scale], "circle-color": ["case", ["get", "held"], palette.accent, palette.panel],
        "circle-stroke-width": 2, "circle-stroke-color": palette.accent,
      },
    },
  ];
}

/**
 * @param {Palette} palette
 * @param {View} view
 * @returns {LayerSpecification[]}
 */
function named(palette, view) {
  return [
    {
      id: "draft-name", type: "symbol", source: "points", minzoom: 13,
      layout: {
        visibility: view.proposed ? "none" : "visible",
        "text-field": ["get", "name"], "text-font": FONT, "text-line-height": 1.15, "text-padding": 1,
        "text-size": ["interpolate", ["linear"], ["zoom"], 13, 9 * view.scale, 16, 13 * view.scale],
        "icon-image": ["case", ["get", "locked"], "lock", ""], "icon-anchor": "bottom", "icon-offset": [0, -36], "icon-size": 0.45 * view.scale,
        "icon-optional": true, "text-optional": true,
      },
      paint: { "text-color": ["case", ["get", "alarm"], palette.bad, palette["map-label"]], "text-halo-color": palette["map-halo"], "text-halo-width": 2 },
    },
    {
      id: "proposal-name", type: "symbol", source: "proposal-points",
      layout: {
        "text-field": ["get", "name"], "text-font": FONT, "text-line-height": 1.15, "text-padding": 0, "text-allow-overlap": view.proposed,
        "text-size": ["interpolate", ["linear"], ["zoom"], 13, 9 * view.scale, 16, 13 * view.scale],
      },
      paint: { "text-color": palette["map-label"], "text-halo-color": palette["map-halo"], "text-halo-width": 2 },
    },
  ];
}

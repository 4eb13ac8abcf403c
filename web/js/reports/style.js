/** The style of the reports' map, from a palette and what is looked at. @module */

/**
 * @typedef {import("maplibre-gl").StyleSpecification} StyleSpecification
 * @typedef {{level: string, division: string, ramp: "alarm" | "stock", chosen: string[], scale: number}} View
 *   chosen: codes of areas that are outlined; scale: of words, 1 at a desk, more on a wall
 */

const FONT = ["Noto Sans CJK SC"];

/**
 * @param {string} layer
 * @param {number} maxzoom
 * @returns {import("maplibre-gl").VectorSourceSpecification}
 */
const tiles = (layer, maxzoom) => ({
  type: "vector",
  tiles: [`${location.origin}/tiles/${layer}/{z}/{x}/{y}.mvt`],
  minzoom: 8,
  maxzoom,
});

/**
 * @param {import("../map/palette.js").Palette} palette
 * @param {View} view
 * @returns {StyleSpecification}
 */
export function buildStyle(palette, view) {
  const { level, ramp, scale } = view;
  const areGrids = level === "grid" || level === "worker";
  const colours = palette[ramp].flatMap((colour, index) => [index + 1, colour]);
  const fill = { "fill-color": ["match", ["to-number", ["feature-state", "rank"], -1], 0, palette["map-land"], ...colours, palette["map-void"]], "fill-opacity": 0.9 };
  const shown = (/** @type {boolean} */ is) => ({ visibility: is ? "visible" : "none" });
  const ofLevel = ["==", ["get", "level"], areGrids ? "community" : level];
  // ids are numbers: what is not chosen at all matches none
  const chosen = ["in", ["id"], ["literal", view.chosen.length ? view.chosen.map(Number) : [0]]];
  const outline = { "line-color": palette.text, "line-width": 3 };
  const label = { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12 * scale, "text-max-width": 8, "text-padding": 4 };
  const words = { "text-color": palette["map-label"], "text-halo-color": palette["map-halo"], "text-halo-width": 1.5 };
  return /** @type {any} */ ({
    version: 8,
    sources: { divisions: tiles("divisions", 14), grids: tiles("grids", 15), roads: tiles("roads", 15) },
    layers: [
      { id: "void", type: "background", paint: { "background-color": palette["map-void"] } },
      { id: "division-figure", type: "fill", source: "divisions", "source-layer": "divisions", layout: shown(!areGrids), filter: ofLevel, paint: fill },
      { id: "grid-figure", type: "fill", source: "grids", "source-layer": "grids", layout: shown(areGrids), paint: fill },
      { id: "road", type: "line", source: "roads", "source-layer": "roads", minzoom: 12, paint: { "line-color": palette["map-road-minor"], "line-width": 0.75, "line-opacity": 0.6 } },
      { id: "grid-line", type: "line", source: "grids", "source-layer": "grids", layout: shown(areGrids), minzoom: 11, paint: { "line-color": palette["map-grid"], "line-width": 0.75 } },
      { id: "division-line", type: "line", source: "divisions", "source-layer": "divisions", filter: ofLevel, paint: { "line-color": palette["map-border"], "line-width": 0.75 } },
      { id: "district-line", type: "line", source: "divisions", "source-layer": "divisions", filter: ["==", ["get", "level"], "district"], paint: { "line-color": palette["map-border"], "line-width": 1.75 } },
      { id: "area-line", type: "line", source: "divisions", "source-layer": "divisions", filter: ["==", ["id"], Number(view.division) || 0], paint: { "line-color": palette.accent, "line-width": 2 } },
      { id: "division-chosen", type: "line", source: "divisions", "source-layer": "divisions", layout: shown(!areGrids), filter: chosen, paint: outline },
      { id: "grid-chosen", type: "line", source: "grids", "source-layer": "grids", layout: shown(areGrids), filter: chosen, paint: outline },
      { id: "label", type: "symbol", source: "divisions", "source-layer": "division_labels", filter: ofLevel, layout: label, paint: words },
    ],
  });
}

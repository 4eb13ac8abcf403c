/** The map's style: our own base map, themes, incidents and labels, from a palette and a state. @module */

/**
 * @typedef {import("maplibre-gl").StyleSpecification} StyleSpecification
 * @typedef {import("maplibre-gl").LayerSpecification} LayerSpecification
 * @typedef {import("maplibre-gl").ExpressionSpecification} Expression
 * @typedef {import("./palette.js").Palette} Palette
 * @typedef {{division: string, divisionLevel: string, selectedGrid: string, layers: string[], level: string, ramp: "alarm" | "stock",
 *   scale: number, base: {url: string, name: string, attribution: string} | null}} View scale: of words and marks, 1 at a desk, more on a wall
 */

export const FONT = ["Noto Sans CJK SC"];
export const NOTHING = { type: /** @type {const} */ ("FeatureCollection"), features: [] };

/** Zoom from which single buildings are drawn, and from which single components are. */
export const BUILDINGS_FROM = 14;
export const COMPONENTS_FROM = 15;

/**
 * @param {string} layer its contract, tiles/README.md, says what comes; a grid's and a division's id is its code
 * @param {number} maxzoom deepest level that is cut; the map enlarges it beyond
 * @returns {import("maplibre-gl").VectorSourceSpecification}
 */
const tiles = (layer, maxzoom) => ({
  type: "vector",
  tiles: [`${location.origin}/tiles/${layer}/{z}/{x}/{y}.mvt`],
  minzoom: 8,
  maxzoom,
});

/** What every map of the city stands on. */
export const CITY = {
  divisions: tiles("divisions", 14),
  grids: tiles("grids", 15),
  roads: tiles("roads", 15),
  buildings: tiles("buildings", 16),
};

/** All that comes as tiles. */
export const TILED = [...Object.keys(CITY), "components"];

/**
 * @param {{url: string, attribution: string}} base
 * @returns {import("maplibre-gl").RasterSourceSpecification}
 */
const pictures = ({ url, attribution }) => ({ type: "raster", tiles: [url], tileSize: 256, maxzoom: 18, attribution });

/**
 * @param {Palette} palette
 * @param {View} view
 * @returns {StyleSpecification}
 */
export function buildStyle(palette, view) {
  const shown = (/** @type {string} */ name) =>
    ({ visibility: view.layers.includes(name) ? "visible" : "none" });
  return {
    version: 8,
    sources: {
      ...CITY,
      components: tiles("components", 17),
      incidents: {
        type: "geojson",
        data: NOTHING,
        cluster: true,
        clusterRadius: 44,
        clusterMaxZoom: 13,
        clusterProperties: { overdue: ["+", ["case", ["get", "overdue"], 1, 0]] },
      },
      points: { type: "geojson", data: NOTHING },
      picked: { type: "geojson", data: NOTHING },
      ...(view.base ? { base: pictures(view.base) } : {}),
    },
    layers: [
      { id: "void", type: "background", paint: { "background-color": palette["map-void"] } },
      ...ground(palette, view, shown),
      ...roads(palette, shown),
      outside(palette, view),
      ...borders(palette, view),
      ...objects(palette, shown),
      ...incidents(palette, shown, view.scale),
      ...labels(palette, shown, view.scale),
    ],
  };
}

/**
 * @param {Palette} palette
 * @param {View} view
 * @returns {Expression}
 */
function themeColour(palette, view) {
  const colours = palette[view.ramp].flatMap((colour, index) => [index + 1, colour]);
  return /** @type {any} */ (["match", ["to-number", ["feature-state", "rank"], 0], ...colours, "rgba(0,0,0,0)"]);
}

/**
 * @param {Palette} palette
 * @param {View} view
 * @param {(name: string) => any} shown
 * @returns {LayerSpecification[]}
 */
export function ground(palette, view, shown) {
  const themed = /** @type {any} */ ({
    "fill-color": themeColour(palette, view),
    "fill-opacity": ["interpolate", ["linear"], ["zoom"], 12, 0.92, 14, 0.5, 16, 0.16],
    "fill-antialias": false,
  });
  return [
    {
      id: "land", type: "fill", source: "divisions", "source-layer": "divisions",
      filter: ["==", ["get", "level"], "district"],
      paint: { "fill-color": palette["map-land"], "fill-antialias": false },
    },
    ...(view.base ? [{ id: "base", type: /** @type {const} */ ("raster"), source: "base", layout: shown("base") }] : []),
    {
      // never painted; it answers which division is under the pointer
      id: "division-hit", type: "fill", source: "divisions", "source-layer": "divisions",
      paint: { "fill-color": palette["map-land"], "fill-opacity": 0 },
    },
    {
      id: "grid-theme", type: "fill", source: "grids", "source-layer": "grids",
      layout: { visibility: view.level === "grid" ? "visible" : "none" },
      paint: themed,
    },
    {
      id: "division-theme", type: "fill", source: "divisions", "source-layer": "divisions",
      filter: ["==", ["get", "level"], view.level],
      layout: { visibility: view.level === "grid" ? "none" : "visible" },
      paint: themed,
    },
    {
      id: "building", type: "fill", source: "buildings", "source-layer": "buildings", minzoom: BUILDINGS_FROM,
      layout: shown("buildings"),
      paint: {
        "fill-color": palette["map-building"],
        "fill-outline-color": palette["map-building-line"],
        "fill-opacity": ["interpolate", ["linear"], ["zoom"], BUILDINGS_FROM, 0.3, BUILDINGS_FROM + 0.7, 0.85],
      },
    },
    {
      id: "grid-line", type: "line", source: "grids", "source-layer": "grids",
      layout: shown("grids"),
      paint: {
        "line-color": palette["map-grid"],
        "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.25, 12, 0.5, 16, 1.25],
        "line-opacity": ["interpolate", ["linear"], ["zoom"], 9, 0.4, 12, 0.8],
      },
    },
  ];
}

/**
 * @param {Palette} palette
 * @param {(name: string) => any} shown
 * @returns {LayerSpecification[]}
 */
export function roads(palette, shown) {
  const major = ["in", ["get", "class"], ["literal", ["expressway", "arterial"]]];
  return /** @type {any} */ ([
    {
      id: "road-minor", type: "line", source: "roads", "source-layer": "roads", minzoom: 12,
      filter: ["!", major],
      layout: { ...shown("roads"), "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": palette["map-road-minor"],
        "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 12, 0.5, 18, 9],
      },
    },
    {
      id: "road-major", type: "line", source: "roads", "source-layer": "roads",
      filter: major,
      layout: { ...shown("roads"), "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": palette["map-road-major"],
        "line-opacity": ["interpolate", ["linear"], ["zoom"], 9, 0.5, 12, 1],
        "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 9, 0.6, 18, 16],
      },
    },
  ]);
}

/**
 * What lies outside the present division steps back; of the whole city nothing does.
 *
 * @param {Palette} palette
 * @param {View} view
 * @returns {LayerSpecification}
 */
export function outside(palette, view) {
  return {
    id: "outside", type: "fill", source: "divisions", "source-layer": "divisions",
    filter: ["all", ["==", ["get", "level"], view.divisionLevel], ["!=", ["id"], Number(view.division)]],
    paint: { "fill-color": palette["map-void"], "fill-opacity": 0.62, "fill-antialias": false },
  };
}

/**
 * @param {Palette} palette
 * @param {View} view
 * @returns {LayerSpecification[]}
 */
export function borders(palette, view) {
  const border = (/** @type {string} */ level, /** @type {number} */ minzoom, /** @type {any} */ paint) =>
    /** @type {LayerSpecification} */ ({
      id: `border-${level}`, type: "line", source: "divisions", "source-layer": "divisions", minzoom,
      filter: ["==", ["get", "level"], level],
      layout: { "line-join": "round" },
      paint: { "line-color": palette["map-border"], ...paint },
    });
  return [
    border("community", 12, { "line-width": 0.8, "line-opacity": 0.6, "line-dasharray": [3, 2] }),
    border("street", 10, { "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 14, 1.4], "line-opacity": 0.75 }),
    border("district", 8, { "line-width": ["interpolate", ["linear"], ["zoom"], 9, 1.1, 14, 2.4] }),
    {
      id: "division-current", type: "line", source: "divisions", "source-layer": "divisions",
      filter: ["==", ["id"], Number(view.division)],
      layout: { "line-join": "round" },
      paint: { "line-color": palette.accent, "line-width": ["interpolate", ["linear"], ["zoom"], 9, 1.6, 14, 3] },
    },
    {
      id: "grid-selected", type: "line", source: "grids", "source-layer": "grids",
      filter: ["==", ["id"], Number(view.selectedGrid)],
      layout: { "line-join": "round" },
      paint: { "line-color": palette.text, "line-width": ["interpolate", ["linear"], ["zoom"], 9, 1.5, 15, 3.5] },
    },
  ];
}

/**
 * @param {Palette} palette
 * @param {(name: string) => any} shown
 * @returns {LayerSpecification[]}
 */
function objects(palette, shown) {
  return [
    {
      id: "component", type: "circle", source: "components", "source-layer": "components", minzoom: COMPONENTS_FROM,
      filter: ["==", ["geometry-type"], "Point"],
      layout: shown("components"),
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], COMPONENTS_FROM, 2, 18, 5],
        "circle-color": palette["map-component"],
        "circle-stroke-color": palette["map-land"],
        "circle-stroke-width": 1,
      },
    },
  ];
}

/**
 * @param {Palette} palette
 * @param {(name: string) => any} shown
 * @param {number} scale
 * @returns {LayerSpecification[]}
 */
function incidents(palette, shown, scale) {
  const size = /** @type {any} */ (["interpolate", ["linear"], ["get", "point_count"], 2, 9 * scale, 20, 12 * scale, 200, 18 * scale]);
  return /** @type {any} */ ([
    {
      id: "heat", type: "heatmap", source: "points",
      layout: shown("heat"),
      paint: {
        "heatmap-radius": ["interpolate", ["exponential", 1.7], ["zoom"], 9, 10, 16, 60],
        "heatmap-intensity": ["interpolate", ["linear"], ["zoom"], 9, 0.6, 15, 1.6],
        "heatmap-opacity": 0.75,
        "heatmap-color": [
          "interpolate", ["linear"], ["heatmap-density"], 0, "rgba(0,0,0,0)",
          ...palette.alarm.flatMap((colour, index) => [0.15 + index * 0.2, colour]),
        ],
      },
    },
    {
      id: "incident-cluster", type: "circle", source: "incidents", filter: ["has", "point_count"],
      layout: shown("incidents"),
      paint: {
        "circle-radius": size,
        "circle-color": palette.panel,
        "circle-opacity": 0.92,
        "circle-stroke-width": 2,
        "circle-stroke-color": ["case", [">", ["get", "overdue"], 0], palette["mark-overdue"], palette["mark-open"]],
      },
    },
    {
      id: "incident-count", type: "symbol", source: "incidents", filter: ["has", "point_count"],
      layout: {
        ...shown("incidents"),
        "text-field": ["get", "point_count_abbreviated"],
        "text-font": FONT, "text-size": 11 * scale, "text-allow-overlap": true,
      },
      paint: { "text-color": palette.text },
    },
    {
      id: "incident", type: "symbol", source: "incidents", filter: ["!", ["has", "point_count"]],
      layout: {
        ...shown("incidents"),
        "icon-image": ["case", ["get", "overdue"], "incident-overdue", "incident-open"],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.4 * scale, 14, 0.6 * scale, 17, 0.85 * scale],
        "icon-allow-overlap": true,
        "symbol-sort-key": ["case", ["get", "overdue"], 1, 0],
      },
    },
    {
      id: "picked", type: "circle", source: "picked",
      paint: {
        "circle-radius": 15 * scale, "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-width": 3, "circle-stroke-color": palette.accent,
      },
    },
  ]);
}

/**
 * @param {Palette} palette
 * @param {(name: string) => any} shown
 * @param {number} scale
 * @returns {LayerSpecification[]}
 */
export function labels(palette, shown, scale) {
  const paint = {
    "text-color": palette["map-label"],
    "text-halo-color": palette["map-halo"],
    "text-halo-width": 1.4,
  };
  const place = (/** @type {string} */ level, /** @type {any} */ from, /** @type {any} */ to, /** @type {any} */ size) => ({
    id: `label-${level}`, type: "symbol", source: "divisions", "source-layer": "division_labels", minzoom: from, maxzoom: to,
    filter: ["==", ["get", "level"], level],
    layout: {
      ...shown("labels"),
      "text-field": ["get", "name"], "text-font": FONT, "text-size": size, "text-max-width": 8, "text-padding": 4,
      "text-letter-spacing": 0.04,
    },
    paint,
  });
  return /** @type {any} */ ([
    {
      id: "label-road", type: "symbol", source: "roads", "source-layer": "roads", minzoom: 13,
      layout: {
        ...shown("labels"),
        "symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT, "text-size": 11 * scale,
      },
      paint: { ...paint, "text-color": palette.soft },
    },
    {
      id: "label-grid", type: "symbol", source: "grids", "source-layer": "grid_labels", minzoom: 14.5,
      layout: {
        ...shown("labels"),
        "text-field": ["slice", ["get", "code"], 12], "text-font": FONT, "text-size": 11 * scale,
      },
      paint: { ...paint, "text-color": palette.soft },
    },
    place("community", 12.5, 15.5, 11 * scale),
    place("street", 10.5, 13.5, ["interpolate", ["linear"], ["zoom"], 10.5, 11 * scale, 13, 14 * scale]),
    place("district", 8, 12, ["interpolate", ["linear"], ["zoom"], 8, 12 * scale, 11, 17 * scale]),
  ]);
}

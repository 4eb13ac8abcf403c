/** What every map of ours has: its controls, its limits, its camera in the address, and a change of style. @module */

import * as maplibregl from "maplibre-gl";
import { byId, h, s } from "../dom.js";
import { t } from "../i18n.js";
import { TILED } from "./style.js";

/** Pixels kept free around what is shown; the buttons above and the legend below lie in them. */
export const MARGIN = { top: 64, bottom: 48, left: 32, right: 56 };

/**
 * Make a map.
 *
 * @param {object} options
 * @param {string} options.container id of its element, which gets `data-drawn` once every area and road in sight is painted, and
 *   `data-idle` once nothing at all is missing from the picture, names and marks included
 * @param {import("maplibre-gl").StyleSpecification} options.style
 * @param {string} options.camera zoom/lat/lon
 * @param {[number, number, number, number] | null} options.box what is shown when `camera` says nothing
 * @param {boolean} options.attributed whether it shows what others own
 * @returns {import("maplibre-gl").Map}
 */
export function openMap({ container, style, camera, box, attributed }) {
  const place = parseCamera(camera);
  const map = new maplibregl.Map({
    container,
    style,
    ...(place ? { center: [place.lon, place.lat], zoom: place.zoom } : box ? { bounds: box } : {}),
    fitBoundsOptions: { padding: MARGIN },
    minZoom: 8,
    maxZoom: 19,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0, // a fade redraws the whole map for as long as it lasts
    locale: words(),
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new HomeControl(), "top-right");
  map.addControl(new maplibregl.ScaleControl({ maxWidth: 120 }), "bottom-right");
  if (attributed) map.addControl(new maplibregl.AttributionControl({ compact: false }), "bottom-right");
  // whoever waits for a picture, as a screenshot does, waits for these
  const element = byId(container);
  const ground = Object.keys(style.sources).filter((name) => style.sources[name].type === "vector");
  map.on("render", () => element.toggleAttribute("data-drawn", ground.every((name) => map.isSourceLoaded(name))));
  map.on("idle", () => element.setAttribute("data-idle", "true"));
  map.on("movestart", () => element.removeAttribute("data-idle"));
  return map;
}

/**
 * Apply what differs between two styles of the same layers: sources keep their data and the states of their shapes.
 *
 * @param {import("maplibre-gl").Map} map
 * @param {import("maplibre-gl").StyleSpecification} worn
 * @param {import("maplibre-gl").StyleSpecification} wanted
 */
export function dress(map, worn, wanted) {
  wanted.layers.forEach((layer, index) => {
    const { id, paint = {}, layout = {}, ...rest } = /** @type {any} */ (layer);
    const old = /** @type {any} */ (worn.layers[index]);
    for (const [name, value] of changed(old.paint, paint)) map.setPaintProperty(id, /** @type {any} */ (name), value);
    for (const [name, value] of changed(old.layout, layout)) map.setLayoutProperty(id, /** @type {any} */ (name), value);
    if (JSON.stringify(old.filter) !== JSON.stringify(rest.filter)) map.setFilter(id, rest.filter);
  });
}

/**
 * Ask for the tiles of some layers again; what was there stays until the new ones have come.
 *
 * @param {import("maplibre-gl").Map} map
 * @param {Set<string>} layers those that changed; `all` are all
 */
export function refreshTiles(map, layers) {
  for (const name of layers.has("all") ? TILED : layers) {
    if (map.getSource(name)?.type === "vector") map.refreshTiles(name);
  }
}

/**
 * @param {Record<string, any>} before
 * @param {Record<string, any>} after
 */
function changed(before = {}, after) {
  return Object.entries(after).filter(([name, value]) => JSON.stringify(before[name]) !== JSON.stringify(value));
}

/** Takes the map back to where it began; the page says where that is. */
class HomeControl {
  onAdd() {
    const button = h("button", { type: "button", "data-i18n-aria-label": "map.home", "aria-label": t("map.home"),
      title: t("map.home"), onclick: () => document.dispatchEvent(new CustomEvent("gridgis:home")) },
      s("svg", { viewBox: "0 0 24 24", class: "home", "aria-hidden": "true" },
        s("path", { d: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" })));
    this.box = h("div", { class: "maplibregl-ctrl maplibregl-ctrl-group maplibregl-ctrl-home" }, button);
    return this.box;
  }

  onRemove() {
    this.box?.remove();
  }
}

/** What the map library itself says. */
export function words() {
  return {
    "Map.Title": t("map.label"),
    "NavigationControl.ZoomIn": t("map.in"),
    "NavigationControl.ZoomOut": t("map.out"),
    "ScaleControl.Meters": "m",
    "ScaleControl.Kilometers": "km",
  };
}

/** @param {string} text zoom/lat/lon */
function parseCamera(text) {
  const match = /^(\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)$/.exec(text);
  return match ? { zoom: Number(match[1]), lat: Number(match[2]), lon: Number(match[3]) } : null;
}

/**
 * @param {import("maplibre-gl").Map} map
 * @returns {string} zoom/lat/lon
 */
export function cameraOf(map) {
  const { lng, lat } = map.getCenter();
  return `${map.getZoom().toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
}

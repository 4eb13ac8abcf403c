/** The map: made once, restyled when the state changes, and what a click on it means. @module */

import * as maplibregl from "maplibre-gl";
import { byId, h, s } from "../dom.js";
import { t } from "../i18n.js";
import { change, onChange, state } from "../state.js";
import { addMarks } from "./marks.js";
import { readPalette } from "./palette.js";
import { BUILDINGS_FROM, COMPONENTS_FROM, buildStyle } from "./style.js";

/** Significant digits of a code by level, from the city down. */
export const WIDTHS = /** @type {const} */ ({ city: 4, district: 6, street: 9, community: 12 });
const DEEPER = /** @type {Record<number, number>} */ ({ 4: 6, 6: 9, 9: 12 });
/** Pixels kept free around what is shown; the buttons above and the legend below lie in them. */
const MARGIN = { top: 64, bottom: 48, left: 32, right: 56 };
const RAMPS = /** @type {Record<string, "alarm" | "stock">} */ ({ households: "stock", components: "stock" });

/** @type {import("maplibre-gl").Map} */
let map;

/** The style as last applied. @type {import("maplibre-gl").StyleSpecification} */
let worn;

/** @type {{url: string, name: string, attribution: string} | null} */
let base = null;

/** @type {((lon: number, lat: number) => void) | null} */
let picking = null;

/**
 * Make the map and return it once its style stands.
 *
 * @param {[number, number, number, number] | null} box what is shown when the address says nothing else
 * @param {{url: string, name: string, attribution: string} | null} background pictures the city set under the map
 * @returns {Promise<import("maplibre-gl").Map>}
 */
export async function createMap(box, background) {
  base = background;
  const camera = parseCamera(state.camera);
  worn = style();
  map = new maplibregl.Map({
    container: "map",
    style: worn,
    ...(camera ? { center: [camera.lon, camera.lat], zoom: camera.zoom } : box ? { bounds: box } : {}),
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
  if (base) map.addControl(new maplibregl.AttributionControl({ compact: false }), "bottom-right");
  map.on("styleimagemissing", () => addMarks(map, readPalette()));
  map.on("moveend", () => change({ camera: writeCamera() }));
  map.on("click", click);
  // whoever waits for a picture, as a screenshot does, waits for this
  map.on("idle", () => byId("map").setAttribute("data-idle", "true"));
  map.on("movestart", () => byId("map").removeAttribute("data-idle"));
  onChange(["look"], () => addMarks(map, readPalette()));
  onChange(["division", "selection", "layers", "level", "theme", "look"], restyle);
  await new Promise((resolve) => map.once("style.load", resolve));
  addMarks(map, readPalette());
  return map;
}

/** The level whose areas are coloured: the chosen one, or the one that suits how far we have drilled down. */
export function areaLevel() {
  if (state.level !== "auto") return state.level;
  const width = significant(state.division).length;
  return width <= WIDTHS.city ? "street" : width <= WIDTHS.district ? "community" : "grid";
}

/** The present division's own level. */
function divisionLevel() {
  const width = significant(state.division).length;
  return Object.entries(WIDTHS).find(([, digits]) => digits === width)?.[0] ?? "city";
}

/** @param {string} theme */
export const rampOf = (theme) => RAMPS[theme] ?? "alarm";

/**
 * Show a bbox, in degrees.
 *
 * @param {[number, number, number, number]} bbox
 * @param {boolean} [animate]
 */
export function showBox(bbox, animate = true) {
  map.fitBounds(bbox, { padding: MARGIN, animate, duration: 700, maxZoom: 17 });
}

/**
 * Show a place, no nearer than it is shown already.
 *
 * @param {number} lon
 * @param {number} lat
 * @param {number} [zoom]
 */
export function showPoint(lon, lat, zoom = 15.5) {
  map.easeTo({ center: [lon, lat], zoom: Math.max(map.getZoom(), zoom), duration: 700 });
}

/**
 * Ring a place, or none.
 *
 * @param {[number, number] | null} place lon, lat
 */
export function ring(place) {
  /** @type {import("maplibre-gl").GeoJSONSource} */ (map.getSource("picked")).setData({
    type: "FeatureCollection",
    features: place ? [{ type: "Feature", geometry: { type: "Point", coordinates: place }, properties: {} }] : [],
  });
}

/**
 * Lay a second map over the first, which moves as that one does and lets every click through.
 *
 * @param {HTMLElement} container
 * @returns {Promise<import("maplibre-gl").Map>} once its style stands; `remove` ends it
 */
export async function createTwin(container) {
  const twin = new maplibregl.Map({
    container, style: style(), center: map.getCenter(), zoom: map.getZoom(), interactive: false,
    attributionControl: false, fadeDuration: 0, locale: words(),
  });
  const follow = () => twin.jumpTo({ center: map.getCenter(), zoom: map.getZoom() });
  map.on("move", follow);
  twin.on("remove", () => map.off("move", follow));
  await new Promise((resolve) => twin.once("style.load", resolve));
  addMarks(twin, readPalette());
  return twin;
}

/**
 * Let the next click on the map name a place instead of opening something.
 *
 * @param {((lon: number, lat: number) => void) | null} listener `null` ends it
 */
export function pickPlace(listener) {
  picking = listener;
  byId("map").classList.toggle("picking", listener !== null);
}

/** @returns {[number, number]} lon, lat of the middle of the map */
export function centre() {
  const { lng, lat } = map.getCenter();
  return [lng, lat];
}

function style() {
  return buildStyle(readPalette(), {
    division: state.division,
    divisionLevel: divisionLevel(),
    selectedGrid: state.selection?.kind === "grid" ? state.selection.id : "0",
    layers: state.layers,
    level: areaLevel(),
    ramp: rampOf(state.theme),
    base,
    scale: parseFloat(getComputedStyle(document.documentElement).fontSize) / 16,
  });
}

/** Apply what differs, layer by layer: sources keep their data and the ranks set on their shapes. */
function restyle() {
  const wanted = style();
  wanted.layers.forEach((layer, index) => {
    const { id, paint = {}, layout = {}, ...rest } = /** @type {any} */ (layer);
    const old = /** @type {any} */ (worn.layers[index]);
    for (const [name, value] of changed(old.paint, paint)) map.setPaintProperty(id, /** @type {any} */ (name), value);
    for (const [name, value] of changed(old.layout, layout)) map.setLayoutProperty(id, /** @type {any} */ (name), value);
    if (JSON.stringify(old.filter) !== JSON.stringify(rest.filter)) map.setFilter(id, rest.filter);
  });
  worn = wanted;
}

/**
 * @param {Record<string, any>} before
 * @param {Record<string, any>} after
 */
function changed(before = {}, after) {
  return Object.entries(after).filter(([name, value]) => JSON.stringify(before[name]) !== JSON.stringify(value));
}

/** @param {import("maplibre-gl").MapMouseEvent} event */
function click(event) {
  if (picking) {
    picking(event.lngLat.lng, event.lngLat.lat);
    return;
  }
  const { x, y } = event.point;
  const near = /** @type {[[number, number], [number, number]]} */ ([[x - 4, y - 4], [x + 4, y + 4]]);
  const layers = ["incident-cluster", "incident", "component", "building"].filter((id) => map.getLayer(id));
  const hit = map.queryRenderedFeatures(near, { layers })[0];
  if (hit?.layer.id === "incident-cluster") return void openCluster(hit);
  if (hit?.layer.id === "incident") return select("incident", String(hit.properties.id));
  if (hit && hit.properties.code) {
    return select(hit.layer.id === "component" ? "component" : "building", hit.properties.code);
  }
  drill(event.point);
}

/**
 * @param {"grid" | "building" | "component" | "incident"} kind
 * @param {string} id
 */
function select(kind, id) {
  change({ selection: { kind, id } }, "push");
}

/** @param {import("maplibre-gl").MapGeoJSONFeature} feature */
async function openCluster(feature) {
  const source = /** @type {import("maplibre-gl").GeoJSONSource} */ (map.getSource("incidents"));
  const zoom = await source.getClusterExpansionZoom(feature.properties.cluster_id);
  const [lon, lat] = /** @type {import("geojson").Point} */ (feature.geometry).coordinates;
  map.easeTo({ center: [lon, lat], zoom: Math.min(zoom + 0.3, 17) });
}

/**
 * One level down into what was clicked; beside the present division, to its neighbour; at the bottom, the grid.
 *
 * @param {import("maplibre-gl").PointLike} point
 */
function drill(point) {
  const grid = map.queryRenderedFeatures(point, { layers: ["grid-theme", "grid-line"] })[0];
  const codes = map
    .queryRenderedFeatures(point, { layers: ["division-hit"] })
    .map((feature) => String(feature.id))
    .sort((a, b) => significant(a).length - significant(b).length);
  const here = significant(state.division);
  const inside = codes.find((code) => significant(code).length === DEEPER[here.length] && code.startsWith(here));
  const beside = codes.find((code) => significant(code).length === here.length && code !== state.division);
  const deep = map.getZoom() >= BUILDINGS_FROM;
  if (grid && (deep || here.length === WIDTHS.community) && String(grid.id).startsWith(here)) {
    select("grid", String(grid.id));
  } else if (inside ?? beside) {
    change({ division: inside ?? beside, selection: null }, "push");
  }
}

/**
 * Return a division code without its filling zeros: 440300 -> 4403.
 *
 * @param {string} code
 */
export function significant(code) {
  return code.length === 6 ? code.replace(/(00){1,2}$/, "") : code;
}

/** Takes the map back to the present division. */
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

function words() {
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

function writeCamera() {
  const { lng, lat } = map.getCenter();
  return `${map.getZoom().toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
}

export { BUILDINGS_FROM, COMPONENTS_FROM };

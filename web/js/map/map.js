/** The map: made once, restyled when the state changes, and what a click on it means. @module */

import * as maplibregl from "maplibre-gl";
import { byId } from "../dom.js";
import { change, onChange, state } from "../state.js";
import { cameraOf, dress, MARGIN, openMap, words } from "./frame.js";
import { addMarks } from "./marks.js";
import { readPalette } from "./palette.js";
import { BUILDINGS_FROM, COMPONENTS_FROM, buildStyle } from "./style.js";

/** Significant digits of a code by level, from the city down. */
export const WIDTHS = /** @type {const} */ ({ city: 4, district: 6, street: 9, community: 12 });
const DEEPER = /** @type {Record<number, number>} */ ({ 4: 6, 6: 9, 9: 12 });
const RAMPS = /** @type {Record<string, "alarm" | "stock">} */ ({
  households: "stock", components: "stock", land_covered: "stock", staffed: "stock", patrolled: "stock", inspected: "stock",
});

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
  worn = style();
  map = openMap({ container: "map", style: worn, camera: state.camera, box, attributed: base !== null });
  map.on("styleimagemissing", () => addMarks(map, readPalette()));
  map.on("moveend", () => change({ camera: cameraOf(map) }));
  map.on("click", click);
  onChange(["look"], () => addMarks(map, readPalette()));
  onChange(["division", "selection", "layers", "level", "theme", "look", "replay", "swipe"], restyle);
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

/** Whether the map shows the present: a theme's values say nothing of other dates. */
export const isOfNow = () => !state.replay && !state.swipe;

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
    level: isOfNow() ? areaLevel() : "",
    ramp: rampOf(state.theme),
    base,
    scale: parseFloat(getComputedStyle(document.documentElement).fontSize) / 16,
  });
}

function restyle() {
  const wanted = style();
  dress(map, worn, wanted);
  worn = wanted;
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

export { BUILDINGS_FROM, COMPONENTS_FROM };

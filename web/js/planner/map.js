/** The map of the plan: made once, filled from the draft, dressed by the state. @module */

import * as maplibregl from "maplibre-gl";
import { byId } from "../dom.js";
import { bboxOf } from "../geo/bbox.js";
import { labelPoint } from "../geo/inside.js";
import { cameraOf, dress, MARGIN, openMap, refreshTiles, words } from "../map/frame.js";
import { readPalette } from "../map/palette.js";
import * as page from "../state.js";
import { draft, isListed, keyOf, onDraft, shortName } from "./draft.js";
import { pendingKeys } from "./edits.js";
import { onProposal, proposal } from "./proposal.js";
import { change, measure, onChange, state } from "./state.js";
import { buildStyle } from "./style.js";
import { COLOURS, rankGrids, said } from "./themes.js";
import { typeName } from "./types.js";

/** @typedef {import("geojson").Geometry} Geometry */

/** @type {import("maplibre-gl").Map} */
let map;
/** @type {import("maplibre-gl").StyleSpecification} */
let worn;
/** Codes in force that are hidden now, so that only what changes is set again. @type {Set<string>} */
let hidden = new Set();
let differing = false;

/**
 * @param {[number, number, number, number] | null} box what is shown when the address says nothing else
 * @returns {Promise<import("maplibre-gl").Map>} once its style stands
 */
export async function createMap(box) {
  worn = style();
  map = openMap({ container: "map", style: worn, camera: state.camera, box, attributed: false });
  map.boxZoom.disable(); // shift and a drag select
  map.on("moveend", () => change({ camera: cameraOf(map) }));
  await new Promise((resolve) => map.once("style.load", resolve));
  addLock(map);
  map.on("styleimagemissing", () => addLock(map));
  onChange(["selected", "community"], restyle);
  onChange(["theme", "kind"], () => {
    restyle();
    fill();
  });
  page.onChange(["look"], () => {
    addLock(map);
    restyle();
  });
  page.onChange(["language"], fill);
  onDraft(fill);
  onProposal(fillProposal);
  fill();
  return map;
}

/**
 * Show a geometry, or all of several.
 *
 * @param {(Geometry | null | undefined)[]} geometries
 * @param {boolean} [animate]
 */
export function showGeometries(geometries, animate = true) {
  const boxes = geometries.map((geometry) => bboxOf(/** @type {any} */ (geometry))).filter((box) => box !== null);
  if (!boxes.length) return;
  const box = boxes.reduce((a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])]);
  showBox(box, animate);
}

/** Show a geometry unless it is in sight. @param {Geometry} geometry */
export function bringInSight(geometry) {
  const box = bboxOf(/** @type {any} */ (geometry));
  const sight = map.getBounds();
  if (box && !(sight.contains([box[0], box[1]]) && sight.contains([box[2], box[3]]))) showBox(box);
}

/** @param {[number, number, number, number]} box @param {boolean} [animate] */
export function showBox(box, animate = true) {
  map.fitBounds(box, { padding: MARGIN, animate, duration: 500, maxZoom: 17.5 });
}

/**
 * Mark where something is wrong, or nothing.
 *
 * @param {Geometry | null | undefined} geometry
 */
export function markPlace(geometry) {
  fillSource("place", geometry ? [{ type: "Feature", geometry, properties: {} }] : []);
  byId("map").toggleAttribute("data-place", Boolean(geometry));
}

/** @param {import("geojson").Feature[]} features points that can be taken, and the line that comes of it */
export const showHandles = (features) => fillSource("handles", features);

/** Ask for the tiles of layers in force that changed. @param {Set<string>} layers */
export const refreshGround = (layers) => refreshTiles(map, layers);

/**
 * Show how the plan differs from another one, or stop to.
 *
 * @param {import("geojson").Feature[] | null} features with `change`: added, removed, or anything else for changed
 */
export function showDifference(features) {
  differing = features !== null;
  fillSource("difference", features ?? []);
  restyle();
}

/**
 * Lay a second map over the first, which moves as that one does and lets every click through.
 *
 * @param {HTMLElement} container
 * @returns {Promise<import("maplibre-gl").Map>} once its style stands; `remove` ends it
 */
export async function createTwin(container) {
  const twin = new maplibregl.Map({
    container, style: buildStyle(palette(), { ...view(), community: "", selected: [], difference: false, proposed: false }), center: map.getCenter(), zoom: map.getZoom(),
    interactive: false, attributionControl: false, fadeDuration: 0, locale: words(),
  });
  const follow = () => twin.jumpTo({ center: map.getCenter(), zoom: map.getZoom() });
  map.on("move", follow);
  twin.on("remove", () => map.off("move", follow));
  await new Promise((resolve) => twin.once("style.load", resolve));
  return twin;
}

/**
 * Take grids in force off a map, as another plan has not got them, and draw that plan's own.
 *
 * @param {import("maplibre-gl").Map} on
 * @param {Iterable<string>} gone
 * @param {import("geojson").Feature[]} overlay
 */
export function overlay(on, gone, overlay) {
  for (const code of gone) on.setFeatureState({ source: "grids", sourceLayer: "grids", id: Number(code) }, { gone: true });
  /** @type {import("maplibre-gl").GeoJSONSource} */ (on.getSource("overlay")).setData({ type: "FeatureCollection", features: overlay });
}

function palette() {
  const style = getComputedStyle(document.documentElement);
  const who = Array.from({ length: COLOURS }, (_, n) => style.getPropertyValue(`--who-${n + 1}`).trim());
  return { ...readPalette(), who };
}

function view() {
  return {
    community: state.community,
    selected: state.selected,
    ramp: palette()[state.theme === "worker" || state.theme === "kind" ? "who" : "stock"],
    scale: parseFloat(getComputedStyle(document.documentElement).fontSize) / 16,
    difference: differing,
    proposed: proposal() !== null,
  };
}

const style = () => buildStyle(palette(), view());

function restyle() {
  const wanted = style();
  dress(map, worn, wanted);
  worn = wanted;
}

/** Write the draft into the map. */
function fill() {
  const { ranks } = rankGrids();
  const pending = pendingKeys();
  const shown = measure();
  /** @type {import("geojson").Feature[]} */
  const grids = [];
  /** @type {import("geojson").Feature[]} */
  const points = [];
  for (const grid of draft.grids.values()) {
    const { changed, locked, worker_code: worker } = grid.properties;
    const key = keyOf(grid);
    const dim = !isListed(grid);
    grids.push({ type: "Feature", geometry: grid.geometry, properties: { key, changed, dim, rank: ranks.get(key) ?? 0, unsent: pending.has(key) } });
    const value = labelOf(grid, shown);
    points.push({
      type: "Feature", geometry: { type: "Point", coordinates: labelPoint(grid.geometry.coordinates) },
      properties: { key, locked: Boolean(locked), alarm: !worker, name: `${worker ? "" : "▲ "}${shortName(key)}\n${value}` },
    });
  }
  fillSource("draft", grids);
  fillSource("points", points);
  const elsewhere = [...draft.overlay.values()].filter((grid) => grid.properties.community_code !== state.community);
  fillSource("overlay", elsewhere);
  hide();
}

/** Draw what is only proposed over the grids. */
function fillProposal() {
  const features = proposal()?.features ?? [];
  fillSource("proposal", features);
  fillSource("proposal-points", features.map(({ geometry, properties }) =>
    ({ type: "Feature", properties, geometry: { type: "Point", coordinates: labelPoint(geometry.coordinates) } })));
  byId("map").dataset.proposed = String(features.length);
  restyle();
}

/** What is written on a grid under its number. @param {import("./requests.js").Grid} grid @param {string} shown a measure */
function labelOf({ properties }, shown) {
  if (state.theme === "worker") return properties.worker_code ?? "";
  return state.theme === "kind" ? typeName(properties.kind, properties.sub_status) : said(shown, properties[shown]);
}

/** Take the codes off the map that the plan has not, or draws itself. */
function hide() {
  const set = (/** @type {string} */ code, /** @type {boolean} */ gone) =>
    map.setFeatureState({ source: "grids", sourceLayer: "grids", id: Number(code) }, { gone });
  for (const code of hidden) if (!draft.gone.has(code)) set(code, false);
  for (const code of draft.gone) if (!hidden.has(code)) set(code, true);
  hidden = new Set(draft.gone);
}

/** @param {string} name @param {import("geojson").Feature[]} features */
function fillSource(name, features) {
  /** @type {import("maplibre-gl").GeoJSONSource} */ (map.getSource(name)).setData({ type: "FeatureCollection", features });
}

/** The mark of a grid that is locked. @param {import("maplibre-gl").Map} on */
function addLock(on) {
  const canvas = document.createElement("canvas");
  canvas.width = 48;
  canvas.height = 48;
  const g = canvas.getContext("2d");
  if (!g) return;
  const { text, "map-halo": halo } = readPalette();
  for (const [colour, width] of /** @type {const} */ ([[halo, 9], [text, 4]])) {
    g.strokeStyle = colour;
    g.lineWidth = width;
    g.beginPath();
    g.arc(24, 20, 9, Math.PI, 0);
    g.moveTo(15, 20);
    g.lineTo(15, 24);
    g.moveTo(33, 20);
    g.lineTo(33, 24);
    g.stroke();
    g.strokeRect(11, 24, 26, 18);
  }
  g.fillStyle = text;
  g.fillRect(11, 24, 26, 18);
  const image = g.getImageData(0, 0, 48, 48);
  if (on.hasImage("lock")) on.updateImage("lock", image);
  else on.addImage("lock", image);
}

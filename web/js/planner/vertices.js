/** Moving a corner that grids share: by drag, by finger, or by keyboard; all grids there move with it. @module */

import { draft, isEditable, keyOf, onDraft, selectedGrids } from "./draft.js";
import { perform } from "./edits.js";
import { gridAt, choose } from "./picking.js";
import { showHandles } from "./map.js";
import { onChange, state } from "./state.js";

/** Pixels from a handle that still take it; a finger is wide. */
const REACH = 22;
const METRE = 1 / 111_320;

/** @typedef {[number, number]} Place lon, lat */

/** @type {import("maplibre-gl").Map} */
let map;
/** The corner in hand, and where it is to go. @type {{from: Place, to: Place} | null} */
let held = null;

/** @param {import("maplibre-gl").Map} on */
export function startVertices(on) {
  map = on;
  onChange(["tool", "selected"], () => {
    held = null;
    show();
  });
  onDraft(show);
  const canvas = map.getCanvasContainer();
  canvas.addEventListener("pointerdown", take, { capture: true });
  map.on("click", (event) => {
    if (state.tool !== "move_vertex" || nearest([event.point.x, event.point.y])) return;
    const key = gridAt([event.point.x, event.point.y]);
    if (key) choose([key], event.originalEvent.shiftKey);
  });
  show();
}

/**
 * Take the next corner in hand, or the one before.
 *
 * @param {1 | -1} way
 */
export function cycle(way) {
  const all = corners();
  if (!all.length) return;
  const from = held?.from;
  const at = from ? all.findIndex((place) => same(place, from)) : -1;
  const next = all[(at + way + all.length) % all.length];
  held = { from: next, to: next };
  show();
}

/**
 * Move the corner in hand without letting go.
 *
 * @param {number} east metres
 * @param {number} north metres
 * @returns {boolean} whether there is one
 */
export function nudge(east, north) {
  if (!held) return false;
  const wide = METRE / Math.cos((held.to[1] * Math.PI) / 180);
  held.to = [held.to[0] + east * wide, held.to[1] + north * METRE];
  show();
  return true;
}

/** Let go of the corner where it is now. @returns {boolean} whether there was one */
export function settle() {
  if (!isEditable()) return letGo();
  if (!held || same(held.from, held.to)) return false;
  const { from, to } = held;
  held = null;
  show();
  void perform("move_vertex", { vertex: from, to }, sharing(from).map(keyOf));
  return true;
}

/** Put the corner in hand back. @returns {boolean} whether there was one */
export function letGo() {
  if (!held) return false;
  held = null;
  show();
  return true;
}

/** @param {PointerEvent} down */
function take(down) {
  if (state.tool !== "move_vertex" || !down.isPrimary || down.button !== 0) return;
  const from = nearest(pixelOf(down));
  if (!from) return;
  map.dragPan.disable();
  held = { from, to: from };
  show();
  const move = (/** @type {PointerEvent} */ event) => {
    if (!held) return;
    const { lng, lat } = map.unproject(pixelOf(event));
    held.to = [lng, lat];
    show();
  };
  const up = () => {
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", up);
    window.removeEventListener("pointercancel", up);
    map.dragPan.enable();
    settle();
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", up);
  window.addEventListener("pointercancel", up);
}

/** @param {PointerEvent} event @returns {[number, number]} */
function pixelOf(event) {
  const { left, top } = map.getCanvasContainer().getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}

/** @param {[number, number]} pixel @returns {Place | null} */
function nearest(pixel) {
  let best = { distance: REACH, place: /** @type {Place | null} */ (null) };
  for (const place of corners()) {
    const { x, y } = map.project(place);
    const distance = Math.hypot(x - pixel[0], y - pixel[1]);
    if (distance < best.distance) best = { distance, place };
  }
  return best.place;
}

/** The corners of the selected grids that can be moved, each once. @returns {Place[]} */
function corners() {
  const seen = new Map();
  if (!isEditable()) return [];
  for (const { geometry } of selectedGrids()) {
    for (const place of geometry.coordinates.flat()) seen.set(place.join(), place);
  }
  return [...seen.values()];
}

/** The grids that have a corner at a place. @param {Place} place */
const sharing = (place) =>
  [...draft.grids.values()].filter(({ geometry }) => geometry.coordinates.flat().some((other) => same(other, place)));

/** @param {number[]} a @param {number[]} b */
const same = (a, b) => a[0] === b[0] && a[1] === b[1];

function show() {
  if (state.tool !== "move_vertex") return showHandles([]);
  const from = held?.from;
  /** @type {import("geojson").Feature[]} */
  const features = corners().map((place) => ({
    type: "Feature", properties: { held: from !== undefined && same(place, from) },
    geometry: { type: "Point", coordinates: held && from && same(place, from) ? held.to : place },
  }));
  if (held && from) features.push(...paths(from, held.to));
  showHandles(features);
}

/** The edges that move along. @param {Place} from @param {Place} to @returns {import("geojson").Feature[]} */
function paths(from, to) {
  return sharing(from).flatMap(({ geometry }) => geometry.coordinates.flatMap((ring) => {
    const at = ring.findIndex((place) => same(place, from));
    if (at < 0) return [];
    const count = ring.length - 1;
    const coordinates = [ring[(at - 1 + count) % count], to, ring[(at + 1) % count]];
    return [{ type: /** @type {const} */ ("Feature"), properties: {}, geometry: { type: /** @type {const} */ ("LineString"), coordinates } }];
  }));
}

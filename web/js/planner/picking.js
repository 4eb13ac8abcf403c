/** Choosing grids on the map: a click, with shift one more, a drag with shift or the box tool for all in a box. @module */

import { h } from "../dom.js";
import { isCode } from "./draft.js";
import { change, state } from "./state.js";

/** Fewer pixels than this are a click whose hand shook. */
const SHORTEST_DRAG = 6;

/** @typedef {[number, number]} Pixel */

/** @type {import("maplibre-gl").Map} */
let map;

/** @param {import("maplibre-gl").Map} on */
export function startPicking(on) {
  map = on;
  map.on("click", (event) => {
    if (state.tool === "select" || state.tool === "box") pick([event.point.x, event.point.y], event.originalEvent.shiftKey || state.tool === "box");
  });
  const canvas = map.getCanvasContainer();
  canvas.addEventListener("pointerdown", (event) => {
    const boxing = state.tool === "box" || (state.tool === "select" && event.shiftKey);
    if (!boxing || !event.isPrimary || event.button !== 0) return;
    dragBox(canvas, event);
  });
}

/**
 * The key of the grid of the community worked on that is at a place of the screen.
 *
 * @param {Pixel} point
 * @returns {string | null}
 */
export function gridAt(point) {
  const found = map.queryRenderedFeatures(point, { layers: ["draft"] })[0];
  return found ? String(found.properties.key) : null;
}

/**
 * The code of the building at a place of the screen.
 *
 * @param {Pixel} point
 * @returns {string | null}
 */
export function buildingAt(point) {
  const found = map.queryRenderedFeatures(point, { layers: ["building"] })[0];
  return found?.properties.code ? String(found.properties.code) : null;
}

/**
 * Do what a click there would.
 *
 * @param {Pixel} point
 * @param {boolean} more whether beside what is selected
 */
export function pick(point, more) {
  const key = gridAt(point);
  if (key) return choose([key], more);
  const community = communityAt(point);
  if (community && community !== state.community) change({ community, selected: [], camera: state.camera }, "push");
  else if (!more) change({ selected: [] });
}

/**
 * Select grids.
 *
 * @param {string[]} keys
 * @param {boolean} more whether beside those that are selected; one that is already, no longer
 */
export function choose(keys, more) {
  if (!more) return change({ selected: keys });
  const kept = state.selected.filter((key) => !(keys.length === 1 && keys[0] === key));
  change({ selected: kept.length < state.selected.length ? kept : [...new Set([...kept, ...keys])] });
}

/** @param {Pixel} point */
function communityAt(point) {
  const codes = map.queryRenderedFeatures(point, { layers: ["division-hit"] }).map((feature) => String(feature.id));
  const grid = map.queryRenderedFeatures(point, { layers: ["in-force"] }).map((feature) => String(feature.id)).find(isCode);
  return codes.find((code) => code.length === 12) ?? grid?.slice(0, 12) ?? null;
}

/** @param {HTMLElement} canvas @param {PointerEvent} down */
function dragBox(canvas, down) {
  const frame = canvas.getBoundingClientRect();
  const from = /** @type {Pixel} */ ([down.clientX - frame.left, down.clientY - frame.top]);
  const box = h("div", { class: "box", "aria-hidden": "true" });
  let to = from;
  map.dragPan.disable();
  const move = (/** @type {PointerEvent} */ event) => {
    to = [event.clientX - frame.left, event.clientY - frame.top];
    box.style.left = `${Math.min(from[0], to[0])}px`;
    box.style.top = `${Math.min(from[1], to[1])}px`;
    box.style.width = `${Math.abs(from[0] - to[0])}px`;
    box.style.height = `${Math.abs(from[1] - to[1])}px`;
    if (!box.isConnected) canvas.append(box);
  };
  const end = () => {
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", end);
    window.removeEventListener("pointercancel", end);
    box.remove();
    map.dragPan.enable();
    if (Math.hypot(from[0] - to[0], from[1] - to[1]) < SHORTEST_DRAG) return;
    const keys = map.queryRenderedFeatures([from, to], { layers: ["draft"] }).map((feature) => String(feature.properties.key));
    change({ selected: [...new Set([...state.selected, ...keys])] });
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end);
  window.addEventListener("pointercancel", end);
}

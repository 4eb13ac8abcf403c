/** Drawing a line or a polygon on the map, by pointer, finger or keyboard; corners and edges of grids attract it. @module */

import { TerraDraw, TerraDrawLineStringMode, TerraDrawPolygonMode } from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import { byId } from "../dom.js";
import { nearestOnSegment } from "../geo/inside.js";
import { readPalette } from "../map/palette.js";
import * as page from "../state.js";
import { draft } from "./draft.js";

/** Pixels within which a corner, or else an edge, attracts. */
const REACH = 12;

/** @type {import("maplibre-gl").Map} */
let map;
/** @type {TerraDraw | null} */
let draw = null;
/** @type {{shape: "linestring" | "polygon", done: (geometry: any) => void} | null} */
let wanted = null;

/** @param {import("maplibre-gl").Map} on */
export function startSketch(on) {
  map = on;
  page.onChange(["look"], () => wanted && begin(wanted.shape, wanted.done));
}

/**
 * Let the reader draw, again and again until `end`.
 *
 * @param {"linestring" | "polygon"} shape
 * @param {(geometry: import("geojson").LineString | import("geojson").Polygon) => void} done told of each finished one
 */
export function begin(shape, done) {
  end();
  wanted = { shape, done };
  const { accent, panel } = readPalette();
  const colour = /** @type {`#${string}`} */ (accent);
  const edge = /** @type {`#${string}`} */ (panel);
  const snapping = {
    toCustom: (/** @type {{containerX: number, containerY: number, heldKeys: string[]}} */ event) =>
      event.heldKeys.includes("Alt") ? undefined : attracted([event.containerX, event.containerY]),
  };
  draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 9 }),
    modes: [
      new TerraDrawLineStringMode({ snapping, styles: { lineStringColor: colour, lineStringWidth: 3, closingPointColor: colour, closingPointOutlineColor: edge,
        snappingPointColor: edge, snappingPointOutlineColor: colour, snappingPointWidth: 6 } }),
      new TerraDrawPolygonMode({ snapping, styles: { fillColor: colour, outlineColor: colour, outlineWidth: 3, closingPointColor: colour,
        closingPointOutlineColor: edge, snappingPointColor: edge, snappingPointOutlineColor: colour, snappingPointWidth: 6 } }),
    ],
  });
  draw.start();
  draw.setMode(shape);
  draw.on("finish", (id) => {
    const feature = draw?.getSnapshotFeature(id);
    draw?.clear();
    if (feature) wanted?.done(/** @type {any} */ (feature.geometry));
  });
}

/** Let the reader draw no longer. */
export function end() {
  wanted = null;
  byId("crosshair").hidden = true;
  if (!draw) return;
  draw.stop();
  draw = null;
}

/** Forget what is half drawn. @returns {boolean} whether something was */
export function forget() {
  if (!wanted || !draw?.getSnapshot().length) return false;
  begin(wanted.shape, wanted.done);
  return true;
}

/** Put a corner at the middle of the map, as a pointer would: drawing by keyboard is moving the map under a crosshair. */
export function corner() {
  if (!draw) return;
  byId("crosshair").hidden = false;
  const canvas = map.getCanvas();
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const at = { clientX: left + width / 2, clientY: top + height / 2, bubbles: true, isPrimary: true, button: 0, pointerId: 1 };
  for (const type of ["pointermove", "pointerdown", "pointerup"]) canvas.dispatchEvent(new PointerEvent(type, at));
}

/** Finish what is being drawn. */
export function finish() {
  const canvas = map.getCanvas();
  if (!draw) return;
  for (const type of ["keydown", "keyup"]) canvas.dispatchEvent(new KeyboardEvent(type, { key: "Enter" }));
}

/**
 * The corner of a grid near a place of the screen, else the point of an edge.
 *
 * @param {[number, number]} pixel
 * @returns {[number, number] | undefined} lon, lat
 */
function attracted(pixel) {
  /** @type {{distance: number, at: [number, number]}} */
  let corner = { distance: REACH, at: [0, 0] };
  /** @type {{distance: number, at: [number, number]}} */
  let edge = { distance: REACH, at: [0, 0] };
  for (const { geometry } of draft.grids.values()) {
    for (const ring of geometry.coordinates) {
      const pixels = ring.map(([lon, lat]) => map.project([lon, lat])).map(({ x, y }) => /** @type {[number, number]} */ ([x, y]));
      for (let n = 0; n + 1 < ring.length; n += 1) {
        const near = nearestOnSegment(pixel, pixels[n], pixels[n + 1]);
        const away = Math.hypot(pixel[0] - pixels[n][0], pixel[1] - pixels[n][1]);
        if (away < corner.distance) corner = { distance: away, at: [ring[n][0], ring[n][1]] };
        // on the edge itself, not where the pixels round it to
        const [a, b] = [ring[n], ring[n + 1]];
        if (near.distance < edge.distance) {
          edge = { distance: near.distance, at: [a[0] + near.share * (b[0] - a[0]), a[1] + near.share * (b[1] - a[1])] };
        }
      }
    }
  }
  if (corner.distance < REACH) return corner.at;
  return edge.distance < REACH ? edge.at : undefined;
}

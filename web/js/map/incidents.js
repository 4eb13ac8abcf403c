/** Open incidents on the map: points kept here, so that a new one appears without a tile being fetched. @module */

import * as maplibregl from "maplibre-gl";
import { getIncidentPoints, Problem } from "../api.js";
import { h } from "../dom.js";
import { onChange, state } from "../state.js";

const FLASHES_AT_ONCE = 12;
const FLASH_MS = 6000;

/**
 * @typedef {{id: string, lon: number, lat: number, class_code: string, state: string, reported_at: number,
 *   due_at: number | null, closed_at: number | null}} Point instants in epoch milliseconds
 */

/** @type {import("maplibre-gl").Map} */
let map;
/** @type {Map<string, Point>} */
const points = new Map();
let flashing = 0;
let drawn = false;

/** @param {import("maplibre-gl").Map} on */
export function startIncidents(on) {
  map = on;
  onChange(["group"], draw);
  setInterval(draw, 60_000); // what was in time may be overdue by now
}

/** Fetch every open incident in sight again. */
export async function refreshIncidents() {
  try {
    const columns = await getIncidentPoints({ state: "open" });
    points.clear();
    for (const point of rows(columns)) points.set(point.id, point);
    draw();
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // the age of the data tells; the old picture stays
  }
}

/**
 * Take in one change of one incident.
 *
 * @param {any} incident as the stream tells it
 */
export function takeIncident(incident) {
  if (incident.lon === null) return;
  if (incident.is_open) {
    points.set(String(incident.id), {
      id: String(incident.id), lon: incident.lon, lat: incident.lat, class_code: incident.class_code, state: incident.state,
      reported_at: Date.parse(incident.reported_at), due_at: incident.due_at ? Date.parse(incident.due_at) : null,
      closed_at: null,
    });
  } else {
    points.delete(String(incident.id));
  }
  if (!drawn) return;
  drawn = false;
  requestAnimationFrame(draw);
}

/**
 * Pulse at a place for some seconds; a flood of reports does not flood the page.
 *
 * @param {number} lon
 * @param {number} lat
 */
export function flash(lon, lat) {
  if (flashing >= FLASHES_AT_ONCE) return;
  flashing += 1;
  const marker = new maplibregl.Marker({ element: h("div", { class: "flash", "aria-hidden": "true" }, h("i")) })
    .setLngLat([lon, lat])
    .addTo(map);
  setTimeout(() => {
    marker.remove();
    flashing -= 1;
  }, FLASH_MS);
}

/**
 * Show other incidents than the open ones: the replay's.
 *
 * @param {Iterable<Point> | null} others `null` goes back to the open ones
 * @param {number} [at] the instant that is shown, epoch milliseconds
 */
export function showPoints(others, at = Date.now()) {
  write(map, others ?? points.values(), at);
}

/**
 * Show incidents on another map than the page's own.
 *
 * @param {import("maplibre-gl").Map} twin
 * @param {Iterable<Point>} shown
 * @param {number} at the instant that is shown, epoch milliseconds
 */
export const showPointsOn = (twin, shown, at) => write(twin, shown, at);

/** @returns {number} how many open incidents are held */
export const heldPoints = () => points.size;

/**
 * @param {any} columns
 * @returns {Point[]}
 */
export function rows(columns) {
  return columns.id.map((/** @type {number} */ id, /** @type {number} */ n) => ({
    id: String(id),
    lon: columns.lon[n],
    lat: columns.lat[n],
    class_code: columns.class_code[n],
    state: columns.state[n],
    reported_at: columns.reported_at[n] * 1000,
    due_at: columns.due_at[n] === null ? null : columns.due_at[n] * 1000,
    closed_at: columns.closed_at[n] === null ? null : columns.closed_at[n] * 1000,
  }));
}

function draw() {
  drawn = true;
  if (!state.replay && !state.swipe) write(map, points.values(), Date.now());
}

/**
 * @param {import("maplibre-gl").Map} on
 * @param {Iterable<Point>} shown
 * @param {number} at
 */
function write(on, shown, at) {
  /** @type {import("geojson").Feature[]} */
  const features = [];
  for (const point of shown) {
    if (state.group && !point.class_code.startsWith(state.group)) continue;
    features.push({
      type: "Feature",
      geometry: { type: "Point", coordinates: [point.lon, point.lat] },
      properties: { id: point.id, overdue: point.due_at !== null && point.due_at < at },
    });
  }
  for (const source of ["incidents", "points"]) {
    /** @type {import("maplibre-gl").GeoJSONSource} */ (on.getSource(source)).setData({
      type: "FeatureCollection", features });
  }
}

/** The map: areas coloured by the measure; a click chooses, a double click goes down. @module */

import { byId, h } from "../dom.js";
import { classOf, quantileBreaks } from "../geo/breaks.js";
import { t } from "../i18n.js";
import { dress, MARGIN, openMap } from "../map/frame.js";
import { readPalette } from "../map/palette.js";
import * as page from "../state.js";
import { answers, chosenRow, keyOf, levelOf, onAnswers } from "./answers.js";
import { nameOf, said, shown } from "./measures.js";
import { change, onChange, state } from "./state.js";
import { buildStyle } from "./style.js";
import { drill } from "./tiles.js";

const CLASSES = 5;

/** @type {import("maplibre-gl").Map} */
let map;
/** @type {import("maplibre-gl").StyleSpecification} */
let worn;
/** Areas that have a rank now, and the source they are of. */
let painted = { source: "", codes: /** @type {string[]} */ ([]) };
/** Which row an area on the map stands for: itself, or the worker whose grid it is. @type {Map<string, string>} */
let rowOf = new Map();
let place = "";

export async function createMap() {
  worn = style();
  map = openMap({ container: "map", style: worn, camera: "", box: answers.area?.bbox ?? null, attributed: false });
  map.doubleClickZoom.disable();
  map.on("click", (event) => {
    const row = rowAt(event.point);
    if (row) change({ chosen: row === state.chosen ? "" : row });
  });
  map.on("dblclick", (event) => {
    const row = rowAt(event.point);
    if (row && !["grid", "worker"].includes(levelOf())) drill(row);
  });
  map.on("mousemove", (event) => {
    map.getCanvas().style.cursor = rowAt(event.point) ? "pointer" : "";
  });
  await new Promise((resolve) => map.once("style.load", resolve));
  document.addEventListener("gridgis:home", () => showArea(true));
  onAnswers(() => {
    showArea(place !== "");
    paint();
  });
  onChange(["measure"], paint);
  onChange(["chosen"], restyle);
  page.onChange(["look", "language"], () => {
    restyle();
    paint();
  });
  showArea(false);
  paint();
  return map;
}

/** Whether the map's shapes are grids. */
const areGrids = () => ["grid", "worker"].includes(levelOf());

/** @param {import("maplibre-gl").PointLike} point */
function rowAt(point) {
  const found = map.queryRenderedFeatures(point, { layers: [areGrids() ? "grid-figure" : "division-figure"] })[0];
  return found ? (rowOf.get(String(found.id)) ?? null) : null;
}

function style() {
  const row = chosenRow();
  return buildStyle(readPalette(), {
    level: levelOf(),
    division: state.division,
    ramp: shown().alarm ? "alarm" : "stock",
    chosen: row?.grid_codes ?? (row ? [keyOf(row)] : []),
    scale: parseFloat(getComputedStyle(document.documentElement).fontSize) / 16,
  });
}

function restyle() {
  const wanted = style();
  dress(map, worn, wanted);
  worn = wanted;
}

/** @param {boolean} animate */
function showArea(animate) {
  const { area } = answers;
  if (!area?.bbox || (place === area.code && animate && document.activeElement?.closest("#map") === null)) return;
  place = area.code;
  map.fitBounds(area.bbox, { padding: { ...MARGIN, top: 24, bottom: 24 }, animate: animate && !state.print, duration: 500 });
}

/** Colour the areas, and tell what the colours mean. */
export function paint() {
  restyle();
  const { key, unit } = shown();
  const rows = answers.figures?.rows ?? [];
  const breaks = quantileBreaks(rows.map((row) => row[key]).filter((value) => value > 0), CLASSES);
  const source = areGrids() ? "grids" : "divisions";
  for (const code of painted.codes) map.removeFeatureState({ source: painted.source, sourceLayer: painted.source, id: Number(code) });
  painted = { source, codes: [] };
  rowOf = new Map();
  const counts = Array(CLASSES + 1).fill(0);
  let unknown = 0;
  for (const row of rows) {
    const value = row[key];
    const rank = typeof value === "number" ? classOf(value, breaks) : -1;
    if (rank < 0) unknown += 1;
    else counts[rank] += 1;
    for (const code of row.grid_codes ?? [keyOf(row)]) {
      rowOf.set(code, keyOf(row));
      painted.codes.push(code);
      map.setFeatureState({ source, sourceLayer: source, id: Number(code) }, { rank });
    }
  }
  const ramp = shown().alarm ? "alarm" : "stock";
  const line = (/** @type {string} */ colour, /** @type {string} */ words, /** @type {number} */ count) =>
    count ? h("li", {}, h("i", { class: colour }), h("span", {}, words), h("span", { class: "count" }, String(count))) : null;
  byId("legend").replaceChildren(
    h("h2", {}, nameOf(key, page.state.language)),
    h("ol", {}, .../** @type {HTMLElement[]} */ ([
      line("rank-none", t("reports.na"), unknown),
      line("rank-0", said(unit, 0), counts[0]),
      ...breaks.map((to, n) => line(`${ramp}-${n + 1}`, t("reports.up_to", { n: said(unit, to) }), counts[n + 1])),
    ].filter(Boolean))));
}

/** The map as a picture for paper, once nothing is missing from it. @returns {Promise<string>} */
export async function picture() {
  await new Promise((resolve) => {
    map.once("idle", resolve);
    map.triggerRepaint();
  });
  return new Promise((resolve) => {
    map.once("render", () => resolve(map.getCanvas().toDataURL("image/png")));
    map.triggerRepaint();
  });
}

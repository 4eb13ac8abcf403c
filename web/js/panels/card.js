/** The card of what is selected: a grid, a building, a component, an incident or a worker. @module */

import { getIncident, getIncidents, getItem, Problem } from "../api.js";
import { byId, h } from "../dom.js";
import { area, moment, number } from "../format.js";
import { bboxOf, middle } from "../geo/bbox.js";
import { explain, t, tOr } from "../i18n.js";
import { ring, showBox, showPoint } from "../map/map.js";
import { change, onChange, state } from "../state.js";
import { gridFigures, workerFigures } from "./measures.js";

/**
 * @typedef {[string, any][]} Facts label key and what stands there; empty ones are left out
 * @typedef {{title: string, content: Node[], place: [number, number] | null, ringed: boolean,
 *   bbox: [number, number, number, number] | null}} Card
 */

let asked = 0;

export function startCard() {
  onChange(["selection"], () => showCard(true));
  onChange(["language"], () => showCard(false));
  document.addEventListener("gridgis:map", () => showCard(!state.camera));
  document.addEventListener("keydown", (event) => {
    const free = !(event.target instanceof HTMLInputElement) && !document.querySelector("dialog[open]");
    if (event.key === "Escape" && free && state.selection) change({ selection: null }, "push");
  });
}

/** @param {boolean} move whether the map goes there */
async function showCard(move) {
  const box = byId("card");
  const selection = state.selection;
  asked += 1;
  const mine = asked;
  if (!selection) {
    box.hidden = true;
    box.replaceChildren();
    ring(null);
    return;
  }
  box.hidden = false;
  try {
    const found = await find(selection);
    if (mine !== asked) return;
    box.replaceChildren(heading(selection.kind, found.title), ...found.content);
    if (found.place && found.ringed) ring(found.place);
    else ring(null);
    if (move && found.bbox) showBox(found.bbox);
    else if (move && found.place) showPoint(...found.place);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (mine !== asked) return;
    box.replaceChildren(heading(selection.kind, selection.id), h("p", { class: "empty", role: "alert" }, explain(error)));
  }
}

/**
 * @param {string} kind
 * @param {string} title
 */
function heading(kind, title) {
  return h("header", {},
    h("span", { class: "kind" }, t(`card.${kind}`)),
    h("h2", {}, title),
    h("button", { type: "button", class: "plain close", "aria-label": t("card.close"), title: t("card.close"),
      onclick: () => change({ selection: null }, "push") }, "×"));
}

/**
 * @param {import("../state.js").Selection} selection
 * @returns {Promise<Card>}
 */
async function find({ kind, id }) {
  if (kind === "incident") return incidentCard(await getIncident(id));
  if (kind === "grid") {
    const [grid, open, figures] = await Promise.all([
      getItem("grid", id), getIncidents({ division: id, state: "open", limit: 5 }), gridFigures(id),
    ]);
    return gridCard(grid, open, figures);
  }
  if (kind === "worker") {
    return { title: id, place: null, ringed: false, bbox: null, content: await workerFigures(id, gridLink) };
  }
  const item = await getItem(kind, id);
  return kind === "building" ? buildingCard(item) : componentCard(item);
}

/**
 * @param {any} item
 * @returns {Card}
 */
function incidentCard(item) {
  const name = state.language === "zh" ? item.class_zh : item.class_en;
  const log = item.log.map((/** @type {any} */ step) =>
    h("li", {},
      h("time", {}, moment(step.at)),
      h("span", {}, tOr(`action.${step.action}`, step.action), " → ", t(`state.${step.to_state}`)),
      h("span", { class: "who" }, [step.actor, step.reason].filter(Boolean).join(" · "))));
  return {
    title: name,
    place: item.lon === null ? null : [item.lon, item.lat],
    ringed: true,
    bbox: null,
    content: [
      item.description ? h("p", { class: "words" }, item.description) : h("span"),
      facts([
        ["number", item.number],
        ["state", t(`state.${item.state}`)],
        ["source", t(`source.${item.source}`)],
        ["class", item.class_code],
        ["address", item.address],
        ["grid", gridLink(item.grid_code)],
        ["match", item.match === "snapped" ? t("match.snapped", { m: number(Math.round(item.distance_m)) }) : null],
        ["department", item.department_name ?? item.department_code],
        ["reported_at", moment(item.reported_at)],
        ["due_at", item.due_at && moment(item.due_at)],
        ["closed_at", item.closed_at && moment(item.closed_at)],
        ["accuracy", item.accuracy_m && `± ${number(item.accuracy_m)} m`],
      ]),
      h("h3", {}, t("card.log")),
      h("ol", { class: "log" }, log),
    ],
  };
}

/**
 * @param {any} grid
 * @param {any} open
 * @param {Node[]} figures
 */
function gridCard(grid, open, figures) {
  const { properties, counts, place } = grid;
  const bbox = bboxOf(grid.geometry);
  return {
    title: properties.code,
    place: bbox && middle(bbox),
    ringed: false,
    bbox,
    content: [
      facts([
        ["name", properties.name],
        ["community", place.community?.name],
        ["street", place.street?.name],
        ["grid_type", grid.type_names?.[`name_${state.language}`]],
        ["area", area(properties.area_m2)],
        ["worker", grid.workers?.length ? grid.workers.map((/** @type {any} */ worker) => link("worker", worker.code)) : null],
        ["buildings", count(counts?.buildings)],
        ["households", count(counts?.households)],
        ["population", count(counts?.population)],
        ["firms", count(counts?.firms)],
        ["components", count(counts?.components)],
        ["retired", properties.valid_to && moment(properties.valid_to)],
        ["successors", grid.lineage.successors.length ? grid.lineage.successors.map(gridLink) : null],
      ]),
      ...figures,
      h("h3", {}, t("card.open", { n: number(open.total) })),
      open.items.length
        ? h("ul", { class: "links" }, open.items.map((/** @type {any} */ item) =>
            h("li", {}, h("button", { type: "button",
              onclick: () => change({ selection: { kind: "incident", id: String(item.id) } }, "push") },
            state.language === "zh" ? item.class_zh : item.class_en, " · ", moment(item.reported_at)))))
        : h("p", { class: "none" }, t("card.no_open")),
    ],
  };
}

/** @param {any} item */
function buildingCard(item) {
  const { properties } = item;
  const hidden = String(properties.hidden ?? "").split(";");
  const people = (/** @type {string} */ key) => (hidden.includes(key) ? t("hidden") : count(properties[key]));
  return {
    title: properties.name ?? properties.code,
    ...thing(item),
    content: [
      facts([
        ["code", properties.code],
        ["address", properties.address],
        ["use", properties.use && tOr(`use.${properties.use}`, properties.use)],
        ["floors", count(properties.floors)],
        ["households", people("households")],
        ["population", people("population")],
        ["firms", people("firms")],
        ["grid", gridLink(properties.grid_code)],
        ["last_inspection", item.last_inspected_at ? moment(item.last_inspected_at) : t("never")],
      ]),
    ],
  };
}

/** @param {any} item */
function componentCard(item) {
  const { properties } = item;
  return {
    title: state.language === "zh" ? properties.name : item.class.name_en,
    ...thing(item),
    content: [
      facts([
        ["code", properties.component_code],
        ["class", properties.class_code],
        ["state", tOr(`component.${properties.state}`, properties.state)],
        ["near", item.nearest_address?.address],
        ["competent", properties.competent_dept_name],
        ["owner", properties.owner_name],
        ["maintainer", properties.maintainer_name],
        ["initial_date", properties.initial_date],
        ["grid", gridLink(properties.grid_code)],
        ["last_inspection", item.last_inspected_at ? moment(item.last_inspected_at) : t("never")],
      ]),
    ],
  };
}

/**
 * Where a thing is shown.
 *
 * @param {any} item a GeoJSON feature
 */
function thing(item) {
  const box = bboxOf(item.geometry);
  return { place: box && middle(box), ringed: true, bbox: null };
}

/** @param {Facts} rows */
function facts(rows) {
  return h("dl", {}, rows
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([key, value]) => h("div", {}, h("dt", {}, t(`fact.${key}`)), h("dd", {}, value))));
}

/** @param {number | null | undefined} value */
const count = (value) => (value === null || value === undefined ? null : number(value));

/** @param {string | null} code */
function gridLink(code) {
  return code ? link("grid", code) : h("span", {}, t("queue.nowhere"));
}

/**
 * @param {"grid" | "worker"} kind
 * @param {string} id
 */
const link = (kind, id) =>
  h("button", { type: "button", class: "link", onclick: () => change({ selection: { kind, id } }, "push") }, id);

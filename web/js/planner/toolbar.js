/** The tools beside the map, and under it what the present one wants. @module */

import { byId, h, s } from "../dom.js";
import { t } from "../i18n.js";
import * as page from "../state.js";
import { apply, applyDrawing, classify, drawing, onHint, TOOLS, transfer, useTool } from "./commands.js";
import { draft, head, isEditable, onDraft, redoable } from "./draft.js";
import { step, unsent } from "./edits.js";
import { buildingAt } from "./picking.js";
import { begin, end, finish, startSketch } from "./sketch.js";
import { onChange, state } from "./state.js";
import { choices } from "./types.js";

const UNDO = "M9 7H4V2M4 7c3-3 8-4 12-1s5 9 1 13";
const REDO = "M15 7h5V2M20 7c-3-3-8-4-12-1s-5 9-1 13";
const HINT_MS = 6000;

/** What cannot be done now, said for a while. */
let warning = "";
let timer = 0;

/** @param {import("maplibre-gl").Map} map */
export function startToolbar(map) {
  startSketch(map);
  map.on("click", (event) => {
    if (state.tool === "transfer") transfer(buildingAt([event.point.x, event.point.y]));
  });
  onHint((words) => {
    warning = words;
    clearTimeout(timer);
    timer = window.setTimeout(() => onHintOver(), HINT_MS);
    renderHint();
  });
  onChange(["tool"], () => {
    warning = "";
    takeUp();
    render();
  });
  onChange(["selected"], renderHint);
  page.onChange(["language"], render);
  onDraft(render);
  takeUp();
  render();
}

function onHintOver() {
  warning = "";
  renderHint();
}

/** Begin or end drawing as the tool wants. */
function takeUp() {
  const shape = drawing();
  if (shape) begin(shape, applyDrawing);
  else end();
}

function render() {
  const editable = isEditable();
  byId("toolbar").replaceChildren(
    ...TOOLS.map((tool) => button(tool.name, tool.sign, t(`planner.tool.${tool.name}`), tool.key.toUpperCase(), {
      "aria-pressed": tool.kind === "mode" || tool.kind === "form" ? String(state.tool === tool.name) : null,
      disabled: !editable && !["select", "box"].includes(tool.name),
      onclick: () => useTool(tool.name),
    })),
    h("hr"),
    button("undo", UNDO, t("planner.undo"), "Ctrl Z", { disabled: !editable || !(head() || unsent().length), onclick: () => step("undo") }),
    button("redo", REDO, t("planner.redo"), "Ctrl Y", { disabled: !editable || !redoable(), onclick: () => step("redo") }));
  renderHint();
}

/**
 * @param {string} name
 * @param {string} sign
 * @param {string} words
 * @param {string} key
 * @param {Record<string, any>} properties
 */
function button(name, sign, words, key, properties) {
  // the key is written by the style sheet: it is no part of the button's name
  return h("button", { type: "button", id: `tool-${name}`, class: "tool", "aria-label": words, title: `${words} (${key})`,
    "data-sign": key.replace("Ctrl ", "^"), "aria-keyshortcuts": key.replace(" ", "+").replace("Ctrl", "Control"), ...properties },
  s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: sign })));
}

function renderHint() {
  const tool = TOOLS.find(({ name }) => name === state.tool) ?? TOOLS[0];
  const focused = document.activeElement?.id;
  byId("hint").replaceChildren(
    h("strong", {}, t(`planner.tool.${tool.name}`)),
    h("span", { class: warning ? "warning" : "" }, warning || t(`planner.hint.${tool.name}`, { n: state.selected.length })),
    ...(tool.number ? [form(tool, tool.number)] : tool.name === "classify" ? [typeForm()] : []),
    drawing() ? h("button", { type: "button", class: "plain", onclick: finish }, t("planner.finish")) : "");
  byId("hint").toggleAttribute("data-warning", warning !== "");
  if (focused === "tool-number") document.getElementById(focused)?.focus();
}

/** Asks which type, by the scheme of the city; the type that the selected grids have, if it is one, is set. */
function typeForm() {
  const all = choices();
  const same = all.findIndex(({ kind, sub_status: status }) =>
    state.selected.length > 0 && state.selected.every((key) => isOf(draft.grids.get(key)?.properties, kind, status)));
  const field = /** @type {HTMLSelectElement} */ (h("select", { id: "tool-number", "aria-label": t("planner.number.classify") },
    all.map(({ words }, n) => h("option", { value: n, selected: n === same }, words))));
  return h("form", {
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      const chosen = all[Number(field.value)];
      if (chosen) classify(chosen.kind, chosen.sub_status);
    },
  }, field, h("button", { type: "submit", class: "primary" }, t("planner.apply")));
}

/** @param {Record<string, any> | undefined} grid @param {string} kind @param {string | null} status */
const isOf = (grid, kind, status) => grid?.kind === kind && (grid.sub_status ?? null) === status;

/** @param {import("./commands.js").Tool} tool @param {NonNullable<import("./commands.js").Tool["number"]>} number */
function form(tool, number) {
  const field = /** @type {HTMLInputElement} */ (h("input", { type: "number", id: "tool-number", min: number.low, max: number.high, value: number.usual,
    "aria-label": t(`planner.number.${tool.name}`), required: true }));
  return h("form", {
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      apply(tool, Number(field.value));
    },
  }, field, h("span", {}, number.unit === "parts" ? t("planner.parts") : number.unit), h("button", { type: "submit", class: "primary" }, t("planner.apply")));
}

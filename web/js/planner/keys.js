/** The keyboard: a key for every tool, and what works while one is at hand. @module */

import { byId } from "../dom.js";
import { drawing, TOOLS, transfer, useTool } from "./commands.js";
import { isEditable } from "./draft.js";
import { step } from "./edits.js";
import { chooseListed } from "./list.js";
import { clearNotices } from "./notices.js";
import { buildingAt, pick } from "./picking.js";
import { corner, finish, forget } from "./sketch.js";
import { change, state } from "./state.js";
import { cycle, letGo, nudge, settle } from "./vertices.js";

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

/**
 * @param {import("maplibre-gl").Map} map
 * @param {{help: () => void, next: (way: 1 | -1) => void}} doors what the keys ? and n open
 */
export function startKeys(map, doors) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || isTyping(event.target)) return;
    if (event.ctrlKey || event.metaKey) return combined(event);
    if (event.altKey) return;
    if (press(event, map, doors)) event.preventDefault();
  }, { capture: true });
}

/** @param {EventTarget | null} target */
const isTyping = (target) =>
  target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement ||
  (target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type));

/** @param {KeyboardEvent} event */
function combined(event) {
  const key = event.key.toLowerCase();
  if (key === "a") {
    event.preventDefault();
    return chooseListed();
  }
  const way = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : null;
  if (!way || !isEditable()) return;
  event.preventDefault();
  void step(way);
}

/**
 * @param {KeyboardEvent} event
 * @param {import("maplibre-gl").Map} map
 * @param {{help: () => void, next: (way: 1 | -1) => void}} doors
 * @returns {boolean} whether the key had a meaning
 */
function press(event, map, doors) {
  if (event.key === "?") {
    doors.help();
    return true;
  }
  if (event.key === "Escape") return escape();
  if (event.key === "n" || event.key === "N") {
    doors.next(event.key === "n" ? 1 : -1);
    return true;
  }
  const onMap = event.target === document.body || event.target === map.getCanvas();
  if (onMap && atHand(event, map)) return true;
  const tool = event.shiftKey ? undefined : TOOLS.find(({ key }) => key === event.key);
  if (!tool) return false;
  useTool(tool.name);
  if (tool.kind === "mode") map.getCanvas().focus();
  if (tool.kind === "form") document.getElementById("tool-number")?.focus();
  return true;
}

/** What a key means to the tool at hand. @param {KeyboardEvent} event @param {import("maplibre-gl").Map} map */
function atHand(event, map) {
  if (event.key === " ") return clickMiddle(map);
  if (drawing() && event.key === "Enter" && event.target !== map.getCanvas()) {
    finish();
    return true;
  }
  if (state.tool !== "move_vertex") return false;
  if (event.key === "]" || event.key === "[") {
    cycle(event.key === "]" ? 1 : -1);
    return true;
  }
  if (event.key === "Enter") return settle();
  const [east, north] = ARROWS[event.key] ?? [0, 0];
  const metres = event.shiftKey ? 10 : 1;
  const moved = (east !== 0 || north !== 0) && nudge(metres * east, metres * north);
  if (moved) event.stopPropagation(); // the map would move as well
  return moved;
}

/** Do at the middle of the map what a click would: the map moves under a crosshair. @param {import("maplibre-gl").Map} map */
function clickMiddle(map) {
  if (drawing()) corner();
  else {
    const { clientWidth, clientHeight } = map.getContainer();
    const middle = /** @type {[number, number]} */ ([clientWidth / 2, clientHeight / 2]);
    byId("crosshair").hidden = false;
    if (state.tool === "transfer") transfer(buildingAt(middle));
    else pick(middle, state.tool === "box");
  }
  return true;
}

/** Step by step back to nothing at hand. */
function escape() {
  if (forget() || letGo() || clearNotices()) return true;
  if (state.tool !== "select") change({ tool: "select" });
  else if (state.selected.length) change({ selected: [] });
  else return false;
  return true;
}

/** The search box: one line for codes, names, addresses, what people call things, and coordinates. @module */

import { Problem, search } from "../api.js";
import { byId, h } from "../dom.js";
import { explain, t } from "../i18n.js";
import { ring, showPoint } from "../map/map.js";
import { change, onChange } from "../state.js";

const WAIT_MS = 180;

/** @type {any[]} */
let results = [];
let active = -1;
/** @type {AbortController | null} */
let running = null;
let timer = 0;

export function startSearch() {
  const input = box();
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("keydown", key);
  input.addEventListener("focus", () => results.length && show());
  document.addEventListener("click", (event) => {
    if (!/** @type {Element} */ (event.target).closest(".search")) close();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
  onChange(["language"], close);
}

const box = () => /** @type {HTMLInputElement} */ (byId("search"));

async function ask() {
  const q = box().value.trim();
  running?.abort();
  if (!q) {
    results = [];
    close();
    return;
  }
  running = new AbortController();
  try {
    results = (await search(q, running.signal)).results;
    active = results.length ? 0 : -1;
    show();
  } catch (error) {
    if (error instanceof DOMException) return;
    if (!(error instanceof Problem)) throw error;
    results = [];
    byId("found").replaceChildren(h("li", { class: "none" }, explain(error)));
    open(true);
  }
}

function show() {
  byId("found").replaceChildren(...(results.length ? results.map(option) : [h("li", { class: "none" }, t("search.none"))]));
  open(true);
  mark();
}

/**
 * @param {any} result
 * @param {number} index
 */
function option(result, index) {
  return h("li", {
    role: "option", id: `found-${index}`, "aria-selected": "false",
    onclick: () => choose(index),
    onmousemove: () => {
      if (active === index) return;
      active = index;
      mark();
    },
  },
  h("span", { class: "kind" }, t(`kind.${result.kind}`)),
  h("span", {}, result.title),
  h("span", { class: "hint" }, result.hint ?? ""));
}

/** @param {KeyboardEvent} event */
function key(event) {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!results.length) return;
    event.preventDefault();
    active = (active + (event.key === "ArrowDown" ? 1 : results.length - 1)) % results.length;
    mark();
  } else if (event.key === "Enter") {
    event.preventDefault();
    void enter();
  } else if (event.key === "Escape") {
    event.stopPropagation();
    if (byId("found").hidden) box().blur();
    else close();
  }
}

/** Whoever types fast presses Enter before the answer is there. */
async function enter() {
  clearTimeout(timer);
  await ask();
  if (active >= 0) choose(active);
}

function mark() {
  [...byId("found").children].forEach((item, index) => item.setAttribute("aria-selected", String(index === active)));
  if (active < 0) return box().removeAttribute("aria-activedescendant");
  box().setAttribute("aria-activedescendant", `found-${active}`);
  byId("found").children[active]?.scrollIntoView({ block: "nearest" });
}

/** @param {number} index */
function choose(index) {
  const result = results[index];
  close();
  box().blur();
  if (result.kind === "division") change({ division: result.id, selection: null, camera: "" }, "push");
  else if (result.kind === "class") change({ group: result.id, queue: "open", selection: null }, "push");
  else if (result.kind === "point") {
    ring([result.lon, result.lat]);
    showPoint(result.lon, result.lat, 16);
    if (result.grid_code) change({ selection: { kind: "grid", id: result.grid_code } }, "push");
  } else change({ selection: { kind: result.kind, id: result.id } }, "push");
}

function close() {
  open(false);
}

/** @param {boolean} is */
function open(is) {
  byId("found").hidden = !is;
  box().setAttribute("aria-expanded", String(is));
  if (!is) box().removeAttribute("aria-activedescendant");
}

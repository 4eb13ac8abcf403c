/** What the map shows: theme, level of the areas, layers. @module */

import { byId, h } from "../dom.js";
import { t } from "../i18n.js";
import { change, LAYERS, onChange, state } from "../state.js";

const THEMES = [
  "open", "overdue", "open_per_household", "inspection_age", "households", "components",
  "land_covered", "staffed", "patrolled", "inspected", "workload", "none",
];
const LEVELS = ["auto", "grid", "community", "street", "district"];
let isOpen = false;
/** @type {{name: string} | null} */
let base = null;

/** @param {{name: string} | null} background pictures of another host that the city set under the map */
export function startThemeMenu(background) {
  base = background;
  onChange(["language", "theme", "level", "layers", "replay", "swipe"], render);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen) {
      toggle(false);
      byId("themes").querySelector("button")?.focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (isOpen && !byId("themes").contains(/** @type {Node} */ (event.target))) toggle(false);
  });
  render();
}

/** @param {boolean} open */
function toggle(open) {
  isOpen = open;
  render();
}

function render() {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.key;
  byId("themes").replaceChildren(
    choice("theme", THEMES, state.theme, (value) => change({ theme: value })),
    choice("level", LEVELS, state.level, (value) => change({ level: value })),
    h("span", { class: "rule" }),
    h("button", {
      type: "button", class: "plain", "data-key": "layers", "aria-expanded": String(isOpen), "aria-controls": "layer-menu",
      onclick: (/** @type {Event} */ event) => {
        event.stopPropagation();
        toggle(!isOpen);
      },
    }, t("layers")),
    h("button", {
      type: "button", class: "plain", "data-key": "replay", "aria-pressed": String(state.replay),
      onclick: () => change({ replay: !state.replay, swipe: false }),
    }, t("replay")),
    h("button", {
      type: "button", class: "plain", "data-key": "swipe", "aria-pressed": String(state.swipe),
      onclick: () => change({ swipe: !state.swipe, replay: false }),
    }, t("swipe")),
    h("div", { class: "menu", id: "layer-menu", hidden: !isOpen },
      LAYERS.filter((name) => name !== "base" || base).map(layer)));
  if (focused) /** @type {HTMLElement | null} */ (byId("themes").querySelector(`[data-key="${focused}"]`))?.focus();
}

/**
 * @param {string} key
 * @param {string[]} values
 * @param {string} chosen
 * @param {(value: string) => void} choose
 */
function choice(key, values, chosen, choose) {
  return h("select", {
    "aria-label": t(`${key}.label`), "data-key": key,
    onchange: (/** @type {Event} */ event) => choose(/** @type {HTMLSelectElement} */ (event.target).value),
  }, values.map((value) => h("option", { value, selected: value === chosen }, t(key === "level" ? `by.${value}` : `theme.${value}`))));
}

/** @param {string} name */
function layer(name) {
  return h("label", {},
    h("input", {
      type: "checkbox", checked: state.layers.includes(name), "data-key": `layer-${name}`,
      onchange: () => change({
        layers: LAYERS.filter((other) => (other === name ? !state.layers.includes(name) : state.layers.includes(other))),
      }),
    }),
    name === "base" && base ? base.name : t(`layer.${name}`));
}

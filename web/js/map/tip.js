/** What the pointer stands on, in words. @module */

import { byId, h } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { state } from "../state.js";
import { valueOf } from "./choropleth.js";
import { areaLevel } from "./map.js";

/** @param {import("maplibre-gl").Map} map */
export function startTip(map) {
  const tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  byId("map").append(tip);
  let asked = false;
  map.on("mousemove", (event) => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      show(map, tip, event.point);
    });
  });
  map.on("mouseout", () => {
    tip.hidden = true;
  });
}

/**
 * @param {import("maplibre-gl").Map} map
 * @param {HTMLElement} tip
 * @param {{x: number, y: number}} point
 */
function show(map, tip, point) {
  const layer = areaLevel() === "grid" ? "grid-theme" : "division-theme";
  const found = map.queryRenderedFeatures([point.x, point.y], { layers: [layer] })[0];
  tip.hidden = !found;
  map.getCanvas().style.cursor = found ? "pointer" : "";
  if (!found) return;
  const code = String(found.id);
  const value = state.theme === "none" ? null : valueOf(code);
  tip.replaceChildren(
    h("b", {}, found.properties.name ?? code),
    state.theme === "none" ? "" : h("span", {}, `${t(`theme.${state.theme}`)} ${value === null ? t("unknown") : number(value)}`));
  const box = map.getContainer();
  const flip = point.x > box.clientWidth - 220;
  tip.style.transform = `translate(${flip ? "-100%" : "0"}, 0)`;
  tip.style.left = `${point.x + (flip ? -12 : 14)}px`;
  tip.style.top = `${point.y + 14}px`;
}

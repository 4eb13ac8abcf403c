/** The bar's own switches: clock, language, dark or light. @module */

import { byId, s } from "../dom.js";
import { clock } from "../format.js";
import { load } from "../i18n.js";
import { onChange, prefer, state } from "../state.js";

const MOON = "M20 14.5A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.5z";
const SUN = "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5";

export function startBar() {
  startSwitches();
  const tick = () => {
    byId("clock").textContent = clock(Date.now());
  };
  tick();
  setInterval(tick, 1000);
}

/** The two switches that every page has. */
export function startSwitches() {
  byId("language").addEventListener("click", async () => {
    const next = state.language === "zh" ? "en" : "zh";
    await load(next);
    prefer("language", next);
  });
  byId("look").addEventListener("click", () => prefer("look", state.look === "dark" ? "light" : "dark"));
  onChange(["look"], showLook);
  showLook();
}

function showLook() {
  const path = s("path", { d: state.look === "dark" ? SUN : MOON });
  byId("look").replaceChildren(s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, path));
}

/** Two dates side by side: what was open then on the left of a line that one moves, the other date on its right. @module */

import { getIncidentPoints, Problem } from "../api.js";
import { byId, h } from "../dom.js";
import { dayOf, noonOf, number } from "../format.js";
import { t } from "../i18n.js";
import { rows, showPoints, showPointsOn } from "../map/incidents.js";
import { createTwin } from "../map/map.js";
import { change, onChange, state } from "../state.js";

const DAY_MS = 86_400_000;
const SIDES = /** @type {const} */ (["before", "after"]);

/** @type {Record<typeof SIDES[number], string>} days, YYYY-MM-DD */
const days = { before: "", after: "" };
/** Per cent of the map's width that the first date has. */
let share = 50;
/** @type {import("maplibre-gl").Map | null} */
let twin = null;

export function startSwipe() {
  onChange(["swipe"], () => (state.swipe ? begin() : finish()));
  onChange(["look"], () => state.swipe && begin());
  onChange(["group"], () => state.swipe && refresh());
  onChange(["language"], () => {
    if (!state.swipe) return;
    render();
    void refresh();
  });
}

async function begin() {
  days.after ||= dayOf(Date.now());
  days.before ||= dayOf(Date.now() - 7 * DAY_MS);
  byId("swipe").hidden = false;
  render();
  const made = await createTwin(byId("swipe-map"));
  if (!state.swipe) return made.remove();
  twin?.remove();
  twin = made;
  await refresh();
}

function finish() {
  twin?.remove();
  twin = null;
  byId("swipe").hidden = true;
  byId("swipe").replaceChildren();
  showPoints(null);
}

function render() {
  const map = document.getElementById("swipe-map") ?? h("div", { id: "swipe-map", class: "twin", "aria-hidden": "true" });
  byId("swipe").replaceChildren(
    map,
    h("div", { class: "line", "aria-hidden": "true" }),
    h("input", {
      type: "range", min: 0, max: 100, value: share, id: "swipe-at", "aria-label": t("swipe.at"),
      oninput: (/** @type {Event} */ event) => move(Number(/** @type {HTMLInputElement} */ (event.target).value)),
    }),
    h("div", { class: "float dates" },
      ...SIDES.map(side),
      h("button", { type: "button", class: "plain", "aria-label": t("swipe.close"), onclick: () => change({ swipe: false }) }, "×")));
  move(share);
}

/** @param {typeof SIDES[number]} name */
function side(name) {
  return h("label", {},
    t(`swipe.${name}`),
    h("input", {
      type: "date", value: days[name], max: dayOf(Date.now()), "data-key": `swipe-${name}`,
      onchange: (/** @type {Event} */ event) => {
        days[name] = /** @type {HTMLInputElement} */ (event.target).value || days[name];
        void refresh();
      },
    }),
    h("output", { id: `swipe-${name}` }));
}

/** @param {number} percent */
function move(percent) {
  share = percent;
  byId("swipe").style.setProperty("--at", `${percent}%`);
}

/** Ask for what was open on both dates and show each on its map. */
async function refresh() {
  try {
    for (const name of SIDES) {
      const at = Math.min(Date.now(), noonOf(days[name]));
      const points = rows(await getIncidentPoints({ open_since: new Date(at).toISOString(), to: new Date(at).toISOString() }));
      const shown = points.filter((p) => p.reported_at <= at && (p.closed_at === null || p.closed_at > at));
      if (!twin) return;
      if (name === "before") showPointsOn(twin, shown, at);
      else showPoints(shown, at);
      byId(`swipe-${name}`).textContent = t("replay.open", { n: number(shown.length) });
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    change({ swipe: false });
  }
}

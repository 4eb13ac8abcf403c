/** Replay of the last 24 hours: what was open at an instant one chooses. @module */

import { getIncidentPoints, Problem } from "../api.js";
import { byId, h } from "../dom.js";
import { moment, number } from "../format.js";
import { t } from "../i18n.js";
import { rows, showPoints } from "../map/incidents.js";
import { change, onChange, state } from "../state.js";

const SPAN_MS = 86_400_000;
const STEP_MS = 10 * 60_000;
const FRAME_MS = 150;

/** @type {import("../map/incidents.js").Point[]} */
let points = [];
let end = 0;
let at = 0;
let playing = 0;

export function startReplay() {
  onChange(["replay"], () => (state.replay ? begin() : finish()));
  onChange(["language"], () => state.replay && render());
  onChange(["group"], () => state.replay && draw());
}

async function begin() {
  end = Date.now();
  at = end - SPAN_MS;
  try {
    points = rows(await getIncidentPoints({ open_since: new Date(at).toISOString() }));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    change({ replay: false });
    return;
  }
  byId("replay").hidden = false;
  render();
  play();
}

function finish() {
  pause();
  points = [];
  byId("replay").hidden = true;
  showPoints(null);
}

function render() {
  byId("replay").replaceChildren(
    h("button", { type: "button", class: "quiet", id: "replay-play", onclick: () => (playing ? pause() : play()) },
      t(playing ? "replay.pause" : "replay.play")),
    h("input", { type: "range", min: 0, max: SPAN_MS, step: STEP_MS, value: at - (end - SPAN_MS),
      "aria-label": t("replay.at"), id: "replay-at",
      oninput: (/** @type {Event} */ event) => {
        pause();
        at = end - SPAN_MS + Number(/** @type {HTMLInputElement} */ (event.target).value);
        draw();
      } }),
    h("output", { id: "replay-words", for: "replay-at" }),
    h("button", { type: "button", class: "plain", "aria-label": t("replay.close"), onclick: () => change({ replay: false }) }, "×"));
  draw();
}

function draw() {
  const shown = points.filter((p) => p.reported_at <= at && (p.closed_at === null || p.closed_at > at));
  showPoints(shown, at);
  byId("replay-words").textContent = `${moment(at)} · ${t("replay.open", { n: number(shown.length) })}`;
  /** @type {HTMLInputElement} */ (byId("replay-at")).value = String(at - (end - SPAN_MS));
}

function play() {
  if (at >= end) at = end - SPAN_MS;
  playing = window.setInterval(() => {
    at = Math.min(end, at + STEP_MS);
    draw();
    if (at >= end) pause();
  }, FRAME_MS);
  byId("replay-play").textContent = t("replay.pause");
}

function pause() {
  clearInterval(playing);
  playing = 0;
  const button = document.getElementById("replay-play");
  if (button) button.textContent = t("replay.play");
}

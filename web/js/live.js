/** The live line: server-sent events, polling when they fail, and the age of what is shown. @module */

import { getEvents, Problem } from "./api.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { listen } from "./listening.js";
import { onChange } from "./state.js";

/** A beat comes every 3 s; some missed ones make the picture stale. */
const STALE_MS = 15_000;
const POLL_MS = 5_000;
/** Figures follow changes at most this often, however many there are. */
const SETTLE_MS = 1_500;

/**
 * @typedef {{onIncident: (incident: any) => void, onChanged: (layers: Set<string>) => Promise<void>}} Listeners
 */

let heardAt = Date.now();
let polling = false;
/** Whether the last question went unanswered. */
let lost = false;
/** @type {number | null} */
let last = null;
/** @type {Set<string>} */
const changed = new Set();
let settling = 0;
/** @type {Listeners} */
let listeners;

/** @param {Listeners} told */
export function startLive(told) {
  listeners = told;
  listen({ open, beat: heard, incident, layer, reset: () => changedNow("all"), error }, () => last);
  setInterval(showAge, 1000);
  setInterval(poll, POLL_MS);
  onChange(["language"], showAge);
  showAge();
}

function open() {
  // what happened in between comes as a backlog; figures and layers do not
  if (polling || Date.now() - heardAt > STALE_MS) changedNow("all");
  polling = false;
  lost = false;
  heard();
}

/** @param {MessageEvent} event */
function incident(event) {
  heard();
  take(JSON.parse(event.data), event.lastEventId);
}

/** @param {MessageEvent} event */
function layer(event) {
  heard();
  changedNow(JSON.parse(event.data).layer);
}

function error() {
  polling = true;
  void poll();
}

/** While the stream is down, ask. */
async function poll() {
  if (!polling) return;
  try {
    const answer = await getEvents(last);
    lost = false;
    heard();
    for (const event of answer.events) take(event, event.event_id);
    if (last === null || answer.reset) changedNow("all");
    last = answer.last_event_id;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    lost = true;
    showAge();
  }
}

/**
 * @param {any} incident
 * @param {string} id
 */
function take(incident, id) {
  last = Number(id) || last;
  document.documentElement.dataset.event = String(last);
  listeners.onIncident(incident);
  changedNow("incidents");
}

/** @param {string} layer */
function changedNow(layer) {
  changed.add(layer);
  settling ||= window.setTimeout(async () => {
    const layers = new Set(changed);
    changed.clear();
    await listeners.onChanged(layers);
    settling = 0;
    if (changed.size) changedNow([...changed][0]);
  }, SETTLE_MS);
}

function heard() {
  heardAt = Date.now();
  showAge();
}

/** Red as soon as a question went unanswered, or nothing was heard for long; the age counts on in any case. */
function showAge() {
  const age = Date.now() - heardAt;
  const health = lost || age > STALE_MS ? "stale" : polling ? "polling" : "live";
  const box = byId("age");
  const words = t(`age.${health}`, { n: Math.floor(age / 1000) });
  if (box.dataset.health !== health) box.dataset.health = health;
  if (box.textContent !== words) box.textContent = words;
}

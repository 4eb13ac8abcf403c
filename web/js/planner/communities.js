/** Which community is worked on: chosen level by level. @module */

import { Problem } from "../api.js";
import { byId, h, refill } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import * as page from "../state.js";
import { showBox } from "./map.js";
import { tellProblem } from "./notices.js";
import { getDivision, getDivisions } from "./requests.js";
import { change, onChange, state } from "./state.js";

const LEVELS = /** @type {const} */ (["district", "street", "community"]);
const WIDTHS = { district: 6, street: 9, community: 12 };

/** The divisions under one, each asked for once. @type {Map<string, Promise<any[]>>} */
const known = new Map();
/** What is chosen on each level. @type {Record<string, string>} */
const chosen = {};
let asked = 0;

export async function startCommunities() {
  onChange(["community"], () => show(true));
  page.onChange(["language"], () => show(false));
  document.addEventListener("gridgis:home", goHome);
  await show(false);
}

/** Show the whole of the community on the map. */
export async function goHome() {
  const code = state.community || chosen.street || chosen.district;
  if (!code) return;
  const { bbox } = await getDivision(code);
  if (bbox) showBox(bbox);
}

/** @param {boolean} move whether the map goes there where the community is out of sight */
async function show(move) {
  asked += 1;
  const mine = asked;
  for (const level of LEVELS) if (state.community) chosen[level] = state.community.slice(0, WIDTHS[level]);
  try {
    const lists = await Promise.all([under(""), chosen.district ? under(chosen.district) : [], chosen.street ? under(chosen.street) : []]);
    if (mine !== asked) return;
    refill(byId("community"), LEVELS.map((level, n) => choice(level, lists[n])));
    if (move && state.community) await goHome();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    tellProblem(error);
  }
}

/**
 * Return the names of communities by code.
 *
 * @param {string[]} codes
 * @returns {Promise<Map<string, string>>}
 */
export async function namesOf(codes) {
  const streets = [...new Set(codes.map((code) => code.slice(0, WIDTHS.street)))];
  const found = await Promise.all(streets.map(under));
  return new Map(found.flat().map(({ code, name }) => [code, name]));
}

/** @param {string} parent */
function under(parent) {
  const found = known.get(parent) ?? getDivisions(parent || undefined).then(({ divisions }) => divisions);
  known.set(parent, found);
  found.catch(() => known.delete(parent));
  return found;
}

/** @param {typeof LEVELS[number]} level @param {any[]} divisions */
function choice(level, divisions) {
  return h("select", {
    "aria-label": t(`level.${level}`), "data-key": level, disabled: divisions.length === 0,
    onchange: (/** @type {Event} */ event) => {
      const code = /** @type {HTMLSelectElement} */ (event.target).value;
      chosen[level] = code;
      if (level === "district") chosen.street = "";
      if (level !== "community") chosen.community = "";
      change({ community: level === "community" ? code : "", selected: [] }, "push");
      if (level !== "community") void show(false);
    },
  },
  h("option", { value: "" }, t(`planner.choose.${level}`)),
  divisions.map((division) => h("option", { value: division.code, selected: division.code === chosen[level] },
    level === "community" ? `${division.name} · ${number(division.grids)}` : division.name)));
}

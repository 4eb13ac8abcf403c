/** What the last edit did to the load of grids and workers, as its own answer tells it. @module */

import { byId, h, refill } from "../dom.js";
import { number } from "../format.js";
import { t, tOr } from "../i18n.js";
import * as page from "../state.js";
import { draft, onDraft, shortName } from "./draft.js";
import { measure, onChange } from "./state.js";
import { said } from "./themes.js";

const MOST_ROWS = 4;

export function startEffect() {
  onDraft(render);
  onChange(["theme"], render);
  page.onChange(["language"], render);
}

function render() {
  const { last } = draft;
  const box = byId("effect");
  box.hidden = !last;
  if (!last) return refill(box);
  const name = measure();
  const off = (/** @type {any} */ { before_min: was, after_min: is }) => Math.abs(is - was);
  const workers = (last.loads.workers ?? []).filter((worker) => off(worker) >= 1).sort((a, b) => off(b) - off(a));
  const [before, after] = changed(last.loads.before ?? [], last.loads.after ?? [], name);
  const side = (/** @type {any[]} */ rows) => h("ul", {}, rows.slice(0, MOST_ROWS).map((row) => h("li", {}, h("b", {}, shortName(row.key)), " ", said(name, row[name]))),
    rows.length > MOST_ROWS ? h("li", {}, t("ranking.more", { n: rows.length - MOST_ROWS })) : null);
  refill(box,
    h("h3", {}, tOr(`planner.tool.${last.edit.operation}`, t("planner.last")), h("span", {}, t(`planner.measure.${name}`))),
    h("div", { class: "sides" }, side(before), h("span", { "aria-label": t("planner.becomes") }, "→"), side(after)),
    workers.length ? h("ul", { class: "moved" }, workers.slice(0, MOST_ROWS).map((/** @type {any} */ worker) =>
      h("li", {}, h("b", {}, worker.code), " ", t("planner.minutes_become", { before: number(Math.round(worker.before_min)), after: number(Math.round(worker.after_min)) })))) : null);
}

/**
 * Leave out the grids that only have more corners now, as a neighbour's border was drawn anew.
 *
 * @param {any[]} before
 * @param {any[]} after
 * @param {string} name the measure shown
 */
function changed(before, after, name) {
  const same = (/** @type {any} */ a, /** @type {any} */ b) => a[name] === b[name] && a.worker_code === b.worker_code;
  const kept = before.filter((row) => after.some((other) => other.key === row.key && same(row, other))).map((row) => row.key);
  if (kept.length === before.length) return [before, after];
  return [before, after].map((rows) => rows.filter((row) => !kept.includes(row.key)));
}

/** What workers carry before and after a change, as a table with bars. @module */

import { h } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";

/** Workers named at most. */
const MOST_ROWS = 100;

/** @typedef {{worker_code: string, before: number, after: number, grids_before: number, grids_after: number}} Load minutes a week */

/**
 * @param {string} caption
 * @param {Load[]} loads
 */
export function loadTable(caption, loads) {
  const most = Math.max(1, ...loads.flatMap((row) => [row.before, row.after]));
  return h("table", { class: "beside loads" },
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, ["worker", "before", "after", "grids"].map((name) => h("th", { scope: "col" }, t(`planner.loads.${name}`))))),
    h("tbody", {}, loads.slice(0, MOST_ROWS).flatMap((row) => [
      h("tr", { "data-worker": row.worker_code }, h("th", { scope: "row" }, row.worker_code),
        h("td", {}, number(Math.round(row.before))), h("td", {}, h("b", {}, number(Math.round(row.after)))),
        h("td", {}, `${number(row.grids_before)} → ${number(row.grids_after)}`)),
      h("tr", { "aria-hidden": "true" }, h("td", { class: "bars", colspan: "4" }, [row.before, row.after].map((value, n) => {
        const bar = h("span", { class: n ? "bar after" : "bar before" });
        bar.style.setProperty("--share", String(value / most));
        return bar;
      }))),
    ]),
    loads.length > MOST_ROWS ? h("tr", {}, h("td", { colspan: "4" }, t("ranking.more", { n: number(loads.length - MOST_ROWS) }))) : null));
}

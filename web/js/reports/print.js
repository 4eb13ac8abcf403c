/** The page on paper: every headline with its map and chart, one after another, then the tables. @module */

import { byId, h } from "../dom.js";
import { moment } from "../format.js";
import { t } from "../i18n.js";
import * as page from "../state.js";
import { answers, refresh } from "./answers.js";
import { drawing } from "./chart.js";
import { picture as mapPicture } from "./map.js";
import { definitionOf, HEADLINES, nameOf } from "./measures.js";
import { change, SUBJECTS } from "./state.js";

/** Lay the whole report out, and say when it is complete. */
export async function print() {
  const paper = byId("paper");
  for (const subject of SUBJECTS) {
    change({ subject, measure: "", sort: "", up: "" }, "keep");
    await refresh();
    paper.append(heading(subject), copyOf("figures"));
    for (const measure of HEADLINES[subject]) {
      change({ measure }, "keep");
      const map = h("img", { src: await mapPicture(), alt: nameOf(measure, page.state.language) });
      await /** @type {HTMLImageElement} */ (map).decode();
      paper.append(h("section", { class: "pair" }, h("h3", {}, nameOf(measure, page.state.language)),
        h("div", { class: "picture" }, map, copyOf("legend")), h("div", { class: "drawing" }, drawing())));
    }
    change({ measure: "" }, "keep");
    paper.append(copyOf("table"));
  }
  paper.hidden = false;
  document.documentElement.dataset.printed = "true";
}

/** @param {string} subject */
function heading(subject) {
  const { area, above, figures } = answers;
  return h("header", {},
    h("p", {}, [...above, area].map((division) => division?.name).join(" / ")),
    h("h2", {}, t(`reports.title.${subject}`, { name: area?.name ?? "" })),
    h("p", {}, `${figures?.first} – ${figures?.last} · ${t("reports.measured", { at: moment(figures?.measured_at) })} · ${t("reports.defined", { at: definitionOf("…") })}`));
}

/**
 * A part of the page as it is now.
 *
 * @param {string} id
 */
function copyOf(id) {
  const copy = /** @type {HTMLElement} */ (byId(id).cloneNode(true));
  copy.className = `${id} ${copy.className}`;
  for (const element of [copy, ...copy.querySelectorAll("[id], [data-key]")]) {
    element.removeAttribute("id");
    element.removeAttribute("data-key");
  }
  return copy;
}

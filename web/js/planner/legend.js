/** On the map: what its colours say, and the grids nobody has, which are always in sight. @module */

import { byId, h, refill } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import * as page from "../state.js";
import { nextWithout } from "./checks.js";
import { countWithout, draft, onDraft } from "./draft.js";
import { onProposal, proposal } from "./proposal.js";
import { change, onChange, state, THEMES } from "./state.js";
import { rankGrids } from "./themes.js";

/** How a grid can differ from another plan. */
const CHANGES = ["added", "removed", "reassigned"];

export function startLegend() {
  onDraft(render);
  onProposal(render);
  onChange(["theme", "community", "panel"], render);
  page.onChange(["language"], render);
  render();
}

function render() {
  const without = countWithout();
  refill(byId("themes"),
    h("select", { "aria-label": t("theme.label"), "data-key": "theme",
      onchange: (/** @type {Event} */ event) => change({ theme: /** @type {HTMLSelectElement} */ (event.target).value }) },
    THEMES.map((name) => h("option", { value: name, selected: name === state.theme }, t(`planner.measure.${name}`)))),
    h("span", { class: "rule" }),
    h("button", { type: "button", id: "unassigned", class: `plain ${without ? "due bad" : ""}`, "data-key": "without", disabled: !without, onclick: nextWithout },
      t("planner.without", { n: number(without) })));
  if (proposal()) return renderProposal();
  if (state.panel === "compare" && draft.plan) return renderDifference();
  const { classes, ramp } = rankGrids();
  byId("legend").hidden = !classes.length;
  refill(byId("legend"), h("h3", {}, t(`planner.measure.${state.theme}`)),
    h("ol", {}, classes.map(({ rank, words, count }) => h("li", {}, h("i", { class: `${ramp}-${rank}` }), h("span", {}, words), h("span", { class: "count" }, number(count))))));
}

function renderProposal() {
  const { title = "", tones = [] } = proposal() ?? {};
  byId("legend").hidden = !tones.length;
  refill(byId("legend"), h("h3", {}, t(title)),
    h("ol", {}, tones.map(({ tone, words, count }) => h("li", {}, h("i", { class: tone }), h("span", {}, words), h("span", { class: "count" }, number(count))))));
}

function renderDifference() {
  byId("legend").hidden = false;
  refill(byId("legend"), h("h3", {}, t("planner.legend.difference")),
    h("ol", {}, CHANGES.map((change) => h("li", {}, h("i", { class: `change-${change}` }), h("span", {}, t(`planner.legend.${change}`)), h("span")))));
}

/** The right side: one panel at a time, chosen by tabs. @module */

import { byId, h, refill } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import * as page from "../state.js";
import { found, renderChecks, startChecks } from "./checks.js";
import { onOpen } from "./commands.js";
import { renderCompare, startCompare } from "./compare.js";
import { onDraft } from "./draft.js";
import { renderHistory } from "./history.js";
import { leaveProposal, renderLeave } from "./leave.js";
import { closeLoad, renderLoad } from "./load.js";
import { renderRoster } from "./roster.js";
import { change, onChange, PANELS, state } from "./state.js";

/** @type {Record<string, (box: HTMLElement) => void | Promise<void>>} */
const RENDER = { load: renderLoad, checks: renderChecks, roster: renderRoster, leave: renderLeave, compare: renderCompare, history: renderHistory };
let waiting = false;

export function startSide() {
  startCompare();
  startChecks(() => {
    renderTabs();
    if (state.panel === "checks") render();
  });
  onOpen("assign", () => {
    change({ panel: "roster" });
    byId("side").focus();
  });
  onChange(["panel"], () => {
    closeLoad();
    if (state.panel !== "leave") leaveProposal();
    byId("side").replaceChildren();
    renderTabs();
    render();
  });
  onChange(["theme", "target", "level", "community", "against", "swipe"], renderSoon);
  onChange(["selected"], () => state.panel !== "compare" && renderSoon()); // a comparison is asked for, and shows no selection
  onDraft(renderSoon);
  page.onChange(["language", "look"], () => {
    renderTabs();
    render();
  });
  renderTabs();
  render();
}

/** What changes together is drawn once. */
function renderSoon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    render();
  });
}

function render() {
  void RENDER[state.panel](byId("side"));
}

function renderTabs() {
  const wrong = found()?.length ?? 0;
  refill(byId("tabs"), PANELS.map((name) => h("button", {
    type: "button", role: "tab", id: `tab-${name}`, "data-key": `tab-${name}`, "aria-selected": String(state.panel === name), "aria-controls": "side",
    tabindex: state.panel === name ? 0 : -1, onclick: () => change({ panel: name }), onkeydown: walk,
  }, t(`planner.panel.${name}`), name === "checks" && wrong ? h("span", { class: "count" }, number(wrong)) : null)));
  byId("side").setAttribute("aria-labelledby", `tab-${state.panel}`);
}

/** @param {KeyboardEvent} event */
function walk(event) {
  const way = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (!way) return;
  event.preventDefault();
  change({ panel: PANELS[(PANELS.indexOf(state.panel) + way + PANELS.length) % PANELS.length] });
  byId(`tab-${state.panel}`).focus();
}

/** The planner: puts its parts together and nothing else. @module */

import { getCity, getMe, Problem } from "./api.js";
import { byId } from "./dom.js";
import { setZone } from "./format.js";
import { load, translatePage } from "./i18n.js";
import { startSwitches } from "./panels/bar.js";
import { nextFinding } from "./planner/checks.js";
import { startCommunities } from "./planner/communities.js";
import { startDesign } from "./planner/design.js";
import { readDraft } from "./planner/draft.js";
import { startEdits } from "./planner/edits.js";
import { startEffect } from "./planner/effect.js";
import { startHead } from "./planner/head.js";
import { openHelp, startHelp } from "./planner/help.js";
import { startKeys } from "./planner/keys.js";
import { startLegend } from "./planner/legend.js";
import { startList } from "./planner/list.js";
import { createMap } from "./planner/map.js";
import { startNotices, tellProblem, tellRefusal } from "./planner/notices.js";
import { startOthers } from "./planner/others.js";
import { startPicking } from "./planner/picking.js";
import { getDivision, listPlans } from "./planner/requests.js";
import { startSide } from "./planner/side.js";
import { change, onChange, readAddress, state } from "./planner/state.js";
import { startToolbar } from "./planner/toolbar.js";
import { readTypes } from "./planner/types.js";
import { startVertices } from "./planner/vertices.js";
import * as page from "./state.js";

page.readAddress();
readAddress();
document.documentElement.dataset.look = page.state.look;
const [city, me] = await Promise.all([getCity(), getMe(), load(page.state.language), readTypes()]);
setZone(city.time_zone);
byId("city").textContent = city.name;
document.title = `${city.name} · GridGIS`;
translatePage();
page.onChange(["language"], async () => {
  await load(page.state.language);
  translatePage();
});
page.onChange(["look"], () => {
  document.documentElement.dataset.look = page.state.look;
});
startSwitches();
window.addEventListener("popstate", readAddress);

// whoever comes for the first time sees what is in force
if (!state.plan) change({ plan: (await listPlans()).plans.find((plan) => plan.state === "published")?.id ?? 0 });
const { bbox } = await beginning();
const map = await createMap(bbox);
startPicking(map);
startVertices(map);
startToolbar(map);
startList();
startLegend();
startHead();
startEffect();
startNotices();
startSide();
startHelp();
startDesign();
startKeys(map, { help: openHelp, next: nextFinding });
onChange(["plan", "community"], read);
await Promise.all([startCommunities(), read()]);
startEdits(me.login, tellRefusal);
startOthers();
change({});
document.documentElement.dataset.ready = "true";

/** The community that the address names; the city where there is none of that code, or none in sight. */
async function beginning() {
  try {
    return await getDivision(state.community || city.root_division);
  } catch (error) {
    if (!(error instanceof Problem) || ![400, 404].includes(error.status) || !state.community) throw error;
    change({ community: "" });
    return getDivision(city.root_division);
  }
}

/** Read the plan and the community that the address names; a plan that is gone is none. */
async function read() {
  try {
    await readDraft();
  } catch (error) {
    tellProblem(error);
    if (error instanceof Problem && error.status === 404 && state.plan) change({ plan: 0, selected: [] });
  }
}

/** The reports: puts their parts together and nothing else. @module */

import { getCity, getMe } from "./api.js";
import { byId } from "./dom.js";
import { setZone } from "./format.js";
import { load, translatePage } from "./i18n.js";
import { startSwitches } from "./panels/bar.js";
import { startAnswers } from "./reports/answers.js";
import { startChart } from "./reports/chart.js";
import { startControls } from "./reports/controls.js";
import { createMap } from "./reports/map.js";
import { setNames } from "./reports/measures.js";
import { print } from "./reports/print.js";
import { getDefinitions } from "./reports/requests.js";
import { change, readAddress, state } from "./reports/state.js";
import { startTable } from "./reports/table.js";
import { startTiles } from "./reports/tiles.js";
import * as page from "./state.js";

page.readAddress();
readAddress();
document.documentElement.dataset.look = page.state.look;
const [city, { definitions }, me] = await Promise.all([getCity(), getDefinitions(), getMe(), load(page.state.language)]);
setZone(city.time_zone);
setNames(definitions);
byId("city").textContent = city.name;
if (!state.division) change({ division: me.divisions.find((code) => code !== "all") ?? city.root_division }, "keep");
// a worker comes for the own numbers
if (me.role === "worker" && !location.search) change({ subject: "workload", level: "worker" }, "keep");

const entitle = () => {
  translatePage();
  document.title = `${byId("title").textContent} · ${city.name}`;
};
entitle();
page.onChange(["language"], async () => {
  await load(page.state.language);
  entitle();
});
page.onChange(["look"], () => {
  document.documentElement.dataset.look = page.state.look;
});
window.addEventListener("popstate", () => {
  readAddress();
  if (!state.division) change({ division: city.root_division }, "keep");
});

if (state.print) document.documentElement.dataset.paper = "true";
startSwitches();
startControls();
startTiles();
startTable();
startChart();
await startAnswers(city.root_division);
await createMap();
document.documentElement.dataset.ready = "true";
if (state.print) await print();

/** The command centre: puts its parts together and nothing else. @module */

import { getCity } from "./api.js";
import { byId } from "./dom.js";
import { setZone } from "./format.js";
import { load, translatePage } from "./i18n.js";
import { startLive } from "./live.js";
import { refreshTheme, startThemes } from "./map/choropleth.js";
import { refreshTiles } from "./map/frame.js";
import { flash, refreshIncidents, startIncidents, takeIncident } from "./map/incidents.js";
import { createMap, pickPlace } from "./map/map.js";
import { startTip } from "./map/tip.js";
import { askAhead, refreshArea, startArea } from "./panels/area.js";
import { startBar } from "./panels/bar.js";
import { startCard } from "./panels/card.js";
import { showLegend, startLegend } from "./panels/legend.js";
import { refreshQueue, startQueue, takeIntoQueue } from "./panels/queue.js";
import { startPages } from "./panels/pages.js";
import { startReplay } from "./panels/replay.js";
import { startReport } from "./panels/report.js";
import { startSwipe } from "./panels/swipe.js";
import { startSearch } from "./panels/search.js";
import { startThemeMenu } from "./panels/theme_menu.js";
import { change, onChange, readAddress, state } from "./state.js";

readAddress();
document.documentElement.dataset.look = state.look;
askAhead();
const [city] = await Promise.all([getCity(), load(state.language)]);
setZone(city.time_zone);
byId("city").textContent = city.name;
document.title = `${city.name} · GridGIS`;
if (!state.division) change({ division: city.root_division }, "keep");

translatePage();
onChange(["language"], async () => {
  await load(state.language);
  translatePage();
});
onChange(["look"], () => {
  document.documentElement.dataset.look = state.look;
});
window.addEventListener("popstate", () => {
  readAddress();
  if (!state.division) change({ division: city.root_division }, "keep");
});

startBar();
startPages();
startSearch();
startThemeMenu(city.base_layer);
startLegend();
startQueue(city.majors);
startCard();
startReport(pickPlace);
const box = await startArea(city.root_division);
const map = await createMap(box, city.base_layer);
document.dispatchEvent(new CustomEvent("gridgis:map"));
startThemes(map, showLegend);
startIncidents(map);
startTip(map);
startReplay();
startSwipe();
await Promise.all([refreshTheme(), refreshIncidents()]);
startLive({
  onIncident: (incident) => {
    takeIncident(incident);
    takeIntoQueue(incident);
    if (incident.action === "report" && incident.lon !== null) flash(incident.lon, incident.lat);
  },
  onChanged: async (layers) => {
    refreshTiles(map, layers);
    if (layers.has("all")) await refreshIncidents();
    await Promise.all([refreshArea(), refreshTheme(), refreshQueue()]);
  },
});
document.documentElement.dataset.ready = "true";

/** The dialog that reports an incident: a place on the map, and what is wrong in one's own words. @module */

import { getCandidates, locate, postIncident, Problem } from "../api.js";
import { byId, h } from "../dom.js";
import { explain, t } from "../i18n.js";
import { centre, ring } from "../map/map.js";
import { change, onChange, state } from "../state.js";
import { uuid } from "../uuid.js";

const SOURCES = ["service", "public", "patrol", "collection", "dispatch"];

/** @type {[number, number]} */
let place;
let client = "";
/** @type {(listener: ((lon: number, lat: number) => void) | null) => void} */
let pick;

/** @param {typeof pick} pickPlace takes the next click on the map */
export function startReport(pickPlace) {
  pick = pickPlace;
  byId("report").addEventListener("click", () => {
    place = centre();
    // made once a report, so that a second press or a lost answer cannot make a second incident
    client = uuid();
    open();
  });
  dialog().addEventListener("close", () => pick(null));
  onChange(["language"], () => dialog().open && open());
}

const dialog = () => /** @type {HTMLDialogElement} */ (byId("report-dialog"));

function open() {
  dialog().replaceChildren(form());
  if (!dialog().open) dialog().showModal();
  ring(place);
  void showPlace();
}

function form() {
  return h("form", { method: "dialog", onsubmit: submit },
    h("h2", { id: "report-title" }, t("report.title")),
    h("label", {}, t("report.text"),
      h("textarea", { name: "text", rows: 3, required: true, maxlength: 500, autofocus: true,
        placeholder: t("report.example"), oninput: recognise })),
    h("label", {}, t("report.class"), h("select", { name: "class_code" }, h("option", { value: "" }, t("report.by_text")))),
    h("label", {}, t("report.source"),
      h("select", { name: "source" }, SOURCES.map((key) => h("option", { value: key }, t(`source.${key}`))))),
    h("div", {}, h("p", { class: "hint", id: "report-place" }, ""),
      h("button", { type: "button", class: "quiet", onclick: pickOnMap }, t("report.pick"))),
    h("p", { class: "problem", role: "alert", id: "report-problem" }),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "quiet", onclick: () => dialog().close() }, t("report.cancel")),
      h("button", { type: "submit", class: "primary" }, t("report.send"))));
}

function pickOnMap() {
  dialog().close();
  pick((lon, lat) => {
    place = [lon, lat];
    pick(null);
    dialog().showModal();
    ring(place);
    void showPlace();
  });
}

async function showPlace() {
  const words = `${place[0].toFixed(5)}, ${place[1].toFixed(5)}`;
  byId("report-place").textContent = words;
  try {
    const found = await locate(...place);
    const grid = found.grid ? t("report.in_grid", { grid: found.grid.code }) : t("report.in_none");
    byId("report-place").textContent = `${words} · ${grid}`;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

let timer = 0;

/** @param {Event} event */
function recognise(event) {
  clearTimeout(timer);
  const text = /** @type {HTMLTextAreaElement} */ (event.target).value;
  timer = window.setTimeout(async () => {
    try {
      const { candidates } = await getCandidates(text);
      const select = dialog().querySelector("select[name=class_code]");
      select?.replaceChildren(
        ...candidates.map((/** @type {any} */ c) =>
          h("option", { value: c.code }, `${c.code} ${state.language === "zh" ? c.name_zh : c.name_en}`)),
        h("option", { value: "", selected: candidates.length === 0 }, t("report.by_text")));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }, 250);
}

/** @param {SubmitEvent} event */
async function submit(event) {
  event.preventDefault();
  const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
  const button = /** @type {HTMLButtonElement} */ (dialog().querySelector("[type=submit]"));
  button.disabled = true;
  try {
    const made = await postIncident({
      text: data.get("text"), class_code: data.get("class_code") || undefined, source: data.get("source"),
      lon: place[0], lat: place[1], client_uuid: client,
    });
    dialog().close();
    change({ selection: { kind: "incident", id: String(made.id) } }, "push");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    byId("report-problem").textContent = explain(error);
    button.disabled = false;
  }
}

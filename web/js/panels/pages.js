/** The way from here to the other pages, about the same place. @module */

import { byId } from "../dom.js";
import { onChange, state } from "../state.js";

export function startPages() {
  const menu = /** @type {HTMLDetailsElement} */ (byId("pages"));
  const close = () => menu.removeAttribute("open");
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    close();
    menu.querySelector("summary")?.focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(/** @type {Node} */ (event.target))) close();
  });
  onChange(["division", "theme", "language"], aim);
  aim();
}

/** Let the links lead to what is looked at now. */
function aim() {
  const { division, theme, language } = state;
  const links = [...byId("pages").querySelectorAll("a")];
  const place = division ? `division=${division}` : "";
  links[0].href = `/reports?${place}`;
  links[1].href = `/reports/map?${place}&theme=${theme === "none" ? "open" : theme}&lang=${language}`;
}

/** Pages of forms and tables: the server writes them, here are their language and their look. @module */

import { load, translatePage } from "./i18n.js";
import { startSwitches } from "./panels/bar.js";
import { onChange, readAddress, state } from "./state.js";

readAddress();
document.documentElement.dataset.look = state.look;
onChange(["look"], () => {
  document.documentElement.dataset.look = state.look;
});
onChange(["language"], translatePage);
await load(state.language);
translatePage();
startSwitches();
document.documentElement.dataset.ready = "true";

import htmx from "htmx.org";
import { startEntry } from "./entry.js";
import { startHistory } from "./history.js";
import { startKeys } from "./keys.js";
import { startMenu } from "./menu.js";
import { startPicking } from "./picking.js";
import { startSelection } from "./selection.js";
import { startReview } from "./review.js";
import { startScreen } from "./screen.js";
import { startTables } from "./tables.js";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0;
// What was swapped in answers at once: with a delay a quick click, or a figure typed at once, would go nowhere.
htmx.config.defaultSettleDelay = 0;
// Refusals carry a fragment that says why: show it (docs/adr/0011).
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "409", swap: true },
  { code: "422", swap: true },
  { code: "[45]..", swap: false, error: true },
];

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
});

startMenu();
startHistory();
startEntry();
startReview();
startKeys();
startPicking();
startScreen();
startSelection();
startTables();

// By then htmx, which waits for the same moment and was there before, has taken up the page (early.js).
document.addEventListener("DOMContentLoaded", () => document.dispatchEvent(new Event("portal:ready")));

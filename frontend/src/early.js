// Runs before anything can be pressed. The rest comes when the page has been read (`defer`), on a slow line a while later:
// questions before a step that cannot be undone are asked from the first moment, and what was typed, chosen or pressed
// meanwhile is done as soon as it can be.
import { startDialogs } from "./dialogs.js";
import { startBusy } from "./workbooks.js";

// How it is done again. Links and buttons that send a form need no script, and a select that acts at once is above.
const AGAIN = {
  input: ["input[type=search]", (box) => box.dispatchEvent(new Event("search", { bubbles: true }))],
  change: ["input, textarea, select:not([data-go])", (field) => field.dispatchEvent(new Event("change", { bubbles: true }))],
  click: ["button[type=button]", (button) => button.click()],
};

startDialogs();
startBusy();
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-go]")) event.target.form.requestSubmit();
});

const early = new Map();
for (const [name, [which, again]] of Object.entries(AGAIN)) {
  const remember = (event) => {
    const element = event.target.closest?.(which);
    if (element) early.set(element, again);
  };
  document.addEventListener(name, remember, true);
  document.addEventListener("portal:ready", () => document.removeEventListener(name, remember, true));
}
document.addEventListener("portal:ready", () => {
  early.forEach((again, element) => { if (element.isConnected) again(element); });
  early.clear();
});

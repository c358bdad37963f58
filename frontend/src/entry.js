// The entry table: a cell is saved when it is left; what cannot be sent is kept on this device and sent later.
import htmx from "htmx.org";

const KEPT = "portal.unsent";
const CELL = "[data-cell], [data-remark]";
const ROW_BUTTON = "tr[id] button[hx-post]";

export function startEntry() {
  const table = document.querySelector("[data-entry]");
  if (!table) return;
  document.documentElement.classList.add("has-scripts");
  startKeyboard(table);
  startSaving(table);
  startButtons(table);
  startPanel(table);
  startSwitch(table);
  // htmx takes the page over when it is ready; what is sent again before that would go nowhere.
  document.addEventListener("DOMContentLoaded", () => resend(table));
  recount();
  document.querySelector("[data-blocking]") && document.querySelector("[data-open-task]")?.focus();
}

function startKeyboard(table) {
  table.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches(CELL)) {
      event.preventDefault();
      step(event.target, event.shiftKey ? -1 : 1);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey && event.code === "KeyN") {
      event.preventDefault();
      nextTask();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-next]")) nextTask();
    const explain = event.target.closest("[data-explain]");
    if (explain) {
      const row = explain.closest("tr");
      const remark = row.querySelector("[data-remark]");
      remark.classList.add("is-wanted");
      row.querySelectorAll("[data-explain]").forEach((button) => button.remove());
      remark.focus();
    }
  });
}

function step(cell, by) {
  const cells = [...document.querySelectorAll("[data-cell]")].filter((c) => c.offsetParent);
  const own = cell.matches("[data-cell]") ? cell : cell.closest("tr").querySelector("[data-cell]");
  const next = cells[cells.indexOf(own) + by];
  // Past the last cell there is nowhere to go, but what was typed must still be stored.
  if (next) select(next); else cell.blur();
}

function select(cell) {
  cell.focus();
  cell.select?.();
}

// The first open task behind the focus, else the first of all.
function nextTask() {
  const tasks = [...document.querySelectorAll("[data-open-task]")];
  const at = document.activeElement;
  const next = tasks.find((task) => at && at !== task && at.compareDocumentPosition(task) & Node.DOCUMENT_POSITION_FOLLOWING && at.closest("[data-entry]")) ?? tasks.find((task) => task !== at);
  if (next) { select(next); next.scrollIntoView({ block: "center" }); }
}

function startSaving(table) {
  const rows = document.body;
  table.addEventListener("input", (event) => {
    if (event.target.matches(CELL)) event.target.classList.add("is-unsaved");
  });
  rows.addEventListener("htmx:beforeRequest", (event) => {
    const cell = event.target;
    if (cell.matches(CELL)) cell.waiting = setTimeout(() => show(cell, "saving"), 300);
  });
  rows.addEventListener("htmx:afterRequest", (event) => {
    // The cell itself may have been replaced by its answer: the request still knows it.
    const cell = event.detail.requestConfig?.elt;
    clearTimeout(cell?.waiting);
    if (event.detail.xhr?.status && cell?.matches(CELL)) forget(cell);
  });
  for (const lost of ["htmx:sendError", "htmx:timeout"]) rows.addEventListener(lost, (event) => keep(event.target));
  // Typed again while the answer was on its way: the newer text stays, its own request follows.
  rows.addEventListener("htmx:beforeSwap", (event) => {
    const cell = event.detail.requestConfig?.elt;
    if (cell?.matches(CELL) && event.detail.requestConfig.parameters[cell.name] !== cell.value) event.detail.shouldSwap = false;
  });
  // A row that is only compared with the stored one: nothing typed in it is thrown away; a refused text is tried again.
  rows.addEventListener("htmx:oobBeforeSwap", (event) => {
    const cell = event.detail.target.querySelector?.("[data-cell]");
    if (!cell || !event.detail.target.matches("tr")) return;
    const remark = event.detail.target.querySelector("[data-remark].is-unsaved");
    if (cell.matches(".is-unsaved") || remark) event.detail.shouldSwap = false;
    else if (cell.matches(".is-refused")) { event.detail.shouldSwap = false; setTimeout(() => change(cell)); }
  });
  rows.addEventListener("htmx:afterSettle", recount);
  window.addEventListener("online", () => resend(table));
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector(".is-unsaved:is([data-cell], [data-remark])")) event.preventDefault();
  });
  document.querySelector("[data-entry-form]").addEventListener("submit", () => {
    document.querySelectorAll(".is-unsaved").forEach((c) => c.classList.remove("is-unsaved"));
  });
}

// Pressing a button of a row leaves its cell, which is stored, and the answer replaces the row under the hand: the press
// is meant for the button that stands there afterwards, and two requests for one row never cross.
function startButtons(table) {
  let pressed, held;
  const twin = () => table.querySelector(`button[hx-post="${CSS.escape(held)}"]`);
  table.addEventListener("pointerdown", (event) => { pressed = event.target.closest(ROW_BUTTON); });
  table.addEventListener("pointerup", (event) => {
    const button = event.target.closest(ROW_BUTTON);
    if (button && pressed && !pressed.isConnected && button.getAttribute("hx-post") === pressed.getAttribute("hx-post")) button.click();
  });
  table.addEventListener("click", (event) => {
    const button = event.target.closest(ROW_BUTTON);
    if (!button?.closest("tr").querySelector(`.htmx-request:is(${CELL})`)) return;
    event.preventDefault();
    event.stopPropagation();
    held = button.getAttribute("hx-post");
  }, true);
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (!held || table.querySelector(`.htmx-request:is(${CELL})`)) return;
    // Without a net the figure itself waits: nothing is done about a change that is not stored.
    if (event.detail.xhr?.status) twin()?.click();
    held = undefined;
  });
}

const change = (cell) => cell.dispatchEvent(new Event("change", { bubbles: true }));
const read = () => JSON.parse(localStorage.getItem(KEPT) ?? "{}");
const write = (kept) => localStorage.setItem(KEPT, JSON.stringify(kept));
// Two people may share a device: what one typed is never sent in the name of the other.
const prefix = () => `${document.querySelector("[data-entry-form]").dataset.owner} ${location.pathname.replace(/(\/\d+\/).*/, "$1")} `;
const keyOf = (cell) => prefix() + cell.name;

function keep(cell) {
  clearTimeout(cell.waiting);
  if (!cell.matches?.(CELL)) return;
  write({ ...read(), [keyOf(cell)]: cell.value });
  cell.classList.add("is-unsaved");
  show(cell, "unsent");
  say(document.querySelector('[data-words="unsent"]').content.textContent);
  recount();
}

function forget(cell) {
  const kept = read();
  delete kept[keyOf(cell)];
  write(kept);
  cell.classList.remove("is-unsaved");
}

function resend(table) {
  const kept = read();
  const lost = [];
  for (const key of Object.keys(kept).filter((k) => k.startsWith(prefix()))) {
    const name = key.slice(prefix().length);
    const cell = table.querySelector(`[name="${CSS.escape(name)}"]:is(${CELL})`);
    if (!cell) { lost.push(`${name} ${kept[key]}`); continue; }
    cell.value = kept[key];
    cell.classList.add("is-unsaved");
    change(cell);
  }
  const notice = document.querySelector("[data-kept]");
  notice.hidden = lost.length === 0;
  notice.querySelector("[data-kept-list]").textContent = lost.join("；");
  notice.querySelector("[data-kept-drop]").onclick = () => {
    const now = read();
    lost.forEach((line) => delete now[prefix() + line.split(" ")[0]]);
    write(now);
    notice.hidden = true;
  };
}

// The state column of a cell, before the server has said anything.
function show(cell, state) {
  const old = cell.closest("tr")?.querySelector(".w-state");
  const words = document.querySelector(`[data-state="${state}"]`);
  if (old && words) old.replaceWith(words.content.cloneNode(true));
}

function recount() {
  const counts = {
    unsaved: document.querySelectorAll("[data-entry] .w-state.s-unsaved").length,
    refused: document.querySelectorAll("[data-entry] .w-state.s-refused").length,
  };
  for (const [name, count] of Object.entries(counts)) {
    const place = document.querySelector(`[data-count="${name}"]`);
    if (place) { place.hidden = count === 0; place.querySelector("b").textContent = count; }
  }
  document.querySelectorAll("[data-explain]").forEach((button) => { button.hidden = false; });
  document.querySelectorAll("[data-next]").forEach((button) => { button.hidden = false; });
  document.querySelectorAll("[data-panel-of]").forEach((link) => { link.tabIndex = -1; });
}

// The panel follows the focus; a name opens it too, and on a small screen goes there.
function startPanel(table) {
  let due;
  document.getElementById(`row-${document.getElementById("panel")?.dataset.panel}`)?.classList.add("is-shown");
  table.addEventListener("focusin", (event) => {
    const cell = event.target.closest("tr")?.querySelector("[data-panel-of]");
    if (!cell || !event.target.matches(CELL)) return;
    clearTimeout(due);
    due = setTimeout(() => openPanel(cell.dataset.panelOf), 250);
  });
  table.addEventListener("click", (event) => {
    const name = event.target.closest("[data-panel-of]");
    if (!name) return;
    event.preventDefault();
    // A row that had the focus a moment ago does not take the panel back.
    clearTimeout(due);
    openPanel(name.dataset.panelOf).then(() => {
      if (window.innerWidth < 1200) document.getElementById("panel").scrollIntoView();
    });
  });
}

// One request at a time: the answer for a row that was left does not come after that for the row gone to, and whoever asks
// for a row again, since something was done to it, is not served with an answer from before.
let wanted, loading;

function openPanel(code) {
  const panel = document.getElementById("panel");
  document.querySelectorAll("tr.is-shown").forEach((row) => row.classList.remove("is-shown"));
  document.getElementById(`row-${code}`)?.classList.add("is-shown");
  if (!panel) return Promise.resolve();
  if (!loading && panel.dataset.panel === code && !document.querySelector(`#row-${code}.is-fresh`)) return Promise.resolve();
  wanted = { code };
  loading ??= loadWanted().finally(() => { loading = undefined; });
  return loading;
}

async function loadWanted() {
  const cells = `${location.pathname.replace(/(\/\d+\/).*/, "$1")}cells/`;
  let asked;
  do {
    asked = wanted;
    await htmx.ajax("GET", `${cells}${asked.code}/`, { target: "#panel", swap: "outerHTML" })
      // Without a net the panel stays as it is; the row says what is not stored.
      .catch(() => undefined);
  } while (asked !== wanted);
}

function startSwitch(table) {
  document.querySelectorAll("[data-show]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    table.classList.toggle("is-todo-only", link.dataset.show === "todo");
    document.querySelectorAll("[data-show]").forEach((l) => l.removeAttribute("aria-current"));
    link.setAttribute("aria-current", "true");
  }));
}

function say(text) {
  const region = document.querySelector("[data-live]");
  if (region) region.textContent = text;
}

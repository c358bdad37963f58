// The entry table: a cell is saved when it is left; what cannot be sent is kept on this device and sent later.
const KEPT = "portal.unsent";

export function startEntry() {
  const table = document.querySelector("[data-entry]");
  if (!table) return;
  table.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-cell]")) {
      event.preventDefault();
      step(event.target, event.shiftKey ? -1 : 1);
    }
  });
  table.addEventListener("input", (event) => {
    if (event.target.matches("[data-cell]")) event.target.classList.add("is-unsaved");
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey && event.code === "KeyN") {
      event.preventDefault();
      document.querySelector("[data-open-task]")?.focus();
    }
  });
  document.addEventListener("htmx:sendError", (event) => keep(event.target));
  document.addEventListener("htmx:timeout", (event) => keep(event.target));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) forget(event.target);
  });
  window.addEventListener("online", () => resend(table));
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("[data-cell].is-unsaved")) event.preventDefault();
  });
  document.querySelector("[data-entry-form]")?.addEventListener("submit", () => {
    document.querySelectorAll("[data-cell].is-unsaved").forEach((c) => c.classList.remove("is-unsaved"));
  });
  resend(table);
}

function step(cell, by) {
  const cells = [...document.querySelectorAll("[data-cell]")];
  cells[cells.indexOf(cell) + by]?.focus();
}

const read = () => JSON.parse(localStorage.getItem(KEPT) ?? "{}");
const write = (kept) => localStorage.setItem(KEPT, JSON.stringify(kept));
const keyOf = (cell) => `${location.pathname} ${cell.name}`;

function keep(cell) {
  if (!cell.matches?.("[data-cell]")) return;
  write({ ...read(), [keyOf(cell)]: cell.value });
  cell.classList.add("is-unsaved");
  const state = cell.closest("tr")?.querySelector(".w-state");
  if (state) { state.className = "w-state s-unsaved"; state.textContent = "待同步"; }
  say("网络断开，已填内容保存在本机，联网后自动上传。");
}

function forget(cell) {
  if (!cell.matches?.("[data-cell]")) return;
  const kept = read();
  delete kept[keyOf(cell)];
  write(kept);
}

function resend(table) {
  const kept = read();
  table.querySelectorAll("[data-cell]").forEach((cell) => {
    const key = keyOf(cell);
    if (!(key in kept)) return;
    cell.value = kept[key];
    cell.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

function say(text) {
  const region = document.querySelector("[data-live]");
  if (region) region.textContent = text;
}

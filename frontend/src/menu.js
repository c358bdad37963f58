import { applyTheme, choice } from "./theme.js";

// The menu of small screens, the theme, printing, and the search box.
export function startMenu() {
  const menu = document.querySelector("[data-menu]");
  menu?.addEventListener("click", () => toggle(menu));
  document.addEventListener("keydown", (event) => {
    const drop = event.key === "Escape" && document.activeElement?.closest("details.w-drop[open]");
    if (drop) { drop.open = false; drop.querySelector("summary").focus(); }
    else if (event.key === "Escape" && menu?.getAttribute("aria-expanded") === "true") { toggle(menu); menu.focus(); }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    document.querySelectorAll("details.w-drop[open]").forEach((drop) => { if (!drop.contains(event.target)) drop.open = false; });
  });
  startTheme();
  startFind();
}

function toggle(menu) {
  const open = menu.closest(".w-top-in").classList.toggle("is-open");
  menu.setAttribute("aria-expanded", String(open));
}

function startTheme() {
  const buttons = [...document.querySelectorAll("[data-theme-choice]")];
  const mark = () => buttons.forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.themeChoice === choice())));
  buttons.forEach((button) => button.addEventListener("click", () => {
    localStorage.setItem("theme", button.dataset.themeChoice);
    applyTheme();
    mark();
  }));
  mark();
}

// "/" goes to the search box, arrows through what was found, Escape away from it.
function startFind() {
  const box = document.querySelector("[data-find]");
  if (!box) return;
  const found = document.getElementById("found");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
    event.preventDefault();
    box.focus();
  });
  box.form.addEventListener("keydown", (event) => {
    const links = [...found.querySelectorAll("a")];
    if (event.key === "Escape") { found.replaceChildren(); box.value = ""; box.focus(); }
    if (!links.length || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    const at = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    (links[at] ?? (at < 0 ? box : links[links.length - 1])).focus();
  });
  document.addEventListener("click", (event) => { if (!box.form.contains(event.target)) found.replaceChildren(); });
  // An answer to other words than those that stand in the box comes too late: it would open again what Escape closed.
  found.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.requestConfig.parameters.q !== box.value) event.detail.shouldSwap = false;
  });
}

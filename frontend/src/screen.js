// The big screen: space pauses the turns (figures still come), and it says so when nothing has arrived for a while.
const PATIENCE = 65_000;
let paused = false;
let arrived = Date.now();

export function startScreen() {
  if (!screen()) return;
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt === screen() && paused) event.detail.parameters.hold = "1";
  });
  document.addEventListener("htmx:afterSettle", () => { arrived = Date.now(); mark(); });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-pause]")) toggle(); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.target.matches("button")) return;
    event.preventDefault();
    toggle();
  });
  setInterval(complain, 1000);
}

const screen = () => document.querySelector("[data-screen]");

function toggle() {
  paused = !paused;
  mark();
}

function mark() {
  const button = document.querySelector("[data-pause]");
  button.textContent = paused ? "继续（空格）" : "暂停（空格）";
  button.setAttribute("aria-pressed", String(paused));
}

function complain() {
  if (Date.now() - arrived < PATIENCE) return;
  const line = document.querySelector("[data-stale]");
  line.textContent = `数据停止更新：最后一次 ${screen().dataset.received}`;
  line.hidden = false;
}

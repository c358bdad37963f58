// Keys for people who work down a list: J/K rows, Y pass, N return, ? this list.
export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=radio], [type=checkbox]), select, textarea")) return;
    if (event.key === "?") document.querySelector("[data-keys]")?.showModal();
    const rows = [...document.querySelectorAll("[data-row]")];
    if (rows.length && ["j", "k", "y", "n"].includes(event.key)) onRow(event.key, rows);
    if (event.key.startsWith("Arrow") && document.activeElement?.matches(".w-tile")) {
      event.preventDefault();
      nearest(document.activeElement, event.key)?.focus();
    }
  });
}

function onRow(key, rows) {
  const at = rows.findIndex((row) => row.contains(document.activeElement) || row.classList.contains("is-current"));
  const move = { j: 1, k: -1 }[key];
  if (move) {
    rows.forEach((row) => row.classList.remove("is-current"));
    const row = rows[Math.min(Math.max(at + move, 0), rows.length - 1)];
    row.classList.add("is-current");
    row.scrollIntoView({ block: "nearest" });
    row.querySelector("input, a, button")?.focus();
    return;
  }
  const radio = rows[at]?.querySelector(key === "y" ? '[data-pass]' : '[data-return]');
  if (radio) { radio.focus(); radio.checked = true; radio.dispatchEvent(new Event("change", { bubbles: true })); }
}

// The nearest tile in the direction of the arrow, measured between middles.
function nearest(from, key) {
  const middle = (tile) => { const r = tile.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; };
  const [x, y] = middle(from);
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  let best = null, least = Infinity;
  document.querySelectorAll(".w-tile").forEach((tile) => {
    const [tx, ty] = middle(tile);
    const along = (tx - x) * dx + (ty - y) * dy, across = Math.abs((tx - x) * dy) + Math.abs((ty - y) * dx);
    if (tile !== from && along > 1 && along + 2 * across < least) { least = along + 2 * across; best = tile; }
  });
  return best;
}

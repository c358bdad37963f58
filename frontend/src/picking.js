// Tables with a box per row: tick all at once, and say how many are ticked. Without scripts the boxes just work.
export function startPicking() {
  const table = document.querySelector("[data-pick-table]");
  if (!table) return;
  const all = table.querySelector("[data-pick-all]");
  const boxes = [...table.querySelectorAll("tbody input[type=checkbox]")];
  const told = document.querySelectorAll("[data-picked]");
  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    told.forEach((words) => { words.textContent = words.dataset.words.replace("%", ticked); });
  };
  const tickAll = () => boxes.forEach((box) => { box.checked = all.checked; });
  all.addEventListener("change", () => { tickAll(); count(); });
  table.addEventListener("change", count);
  // Ticked before this script was there.
  if (all.checked) tickAll();
  count();
}

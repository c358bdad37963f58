// On a phone the rows of a table become cards (components.css). The word of a cell's column then stands before it; lists
// that say it themselves, by `data-label`, are left alone.
const CARDS = "table.w-table:not(.is-blocks, .w-stack, .w-entry, .w-verdicts, .w-narrow)";

export function startTables() {
  labelAll(document);
  document.addEventListener("htmx:load", (event) => {
    const table = event.detail.elt.closest("table");
    if (table?.matches(CARDS)) label(table);
    labelAll(event.detail.elt);
  });
}

function labelAll(part) {
  part.querySelectorAll(CARDS).forEach(label);
}

function label(table) {
  const heads = [...(table.tHead?.rows[table.tHead.rows.length - 1]?.cells ?? [])];
  if (heads.length < 4) return;
  const words = heads.flatMap((head) => Array(head.colSpan).fill(head.dataset.word ?? head.textContent.trim()));
  for (const body of table.tBodies) {
    for (const row of body.rows) {
      let column = 0;
      for (const cell of row.cells) {
        const word = words[column];
        column += cell.colSpan;
        if (word && cell.colSpan === 1 && !cell.matches("th, .w-main-cell, .w-act, [data-label]")) cell.dataset.label = word;
      }
    }
  }
}

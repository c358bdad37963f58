// The score sheet: the range of the anchors lights up while typing, a refused value says why beside its field.
export function startSelection() {
  const form = document.querySelector("[data-score]");
  if (!form) return;
  form.addEventListener("input", (event) => {
    if (!event.target.matches("[data-points]")) return;
    event.target.classList.remove("is-refused");
    event.target.setCustomValidity("");
    light(event.target);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status < 400) return;
    const field = event.detail.requestConfig.elt;
    if (!form.contains(field)) return;
    event.detail.shouldSwap = false;
    field.classList.add("is-refused");
    field.setCustomValidity(event.detail.xhr.responseText);
    field.reportValidity();
  });
}

function light(field) {
  const value = Number.parseFloat(field.value);
  field.closest(".w-score-item").querySelectorAll("[data-from]").forEach((anchor, at, all) => {
    const from = Number.parseFloat(anchor.dataset.from);
    const next = all[at + 1] ? Number.parseFloat(all[at + 1].dataset.from) : Infinity;
    anchor.classList.toggle("is-chosen", value >= from && value < next);
  });
}

// The score sheet: the range of the anchors lights up while typing, a refused value says why beside its field.
export function startSelection() {
  const form = document.querySelector("[data-score]");
  if (!form) return;
  form.addEventListener("input", (event) => {
    if (!event.target.matches("[data-points]")) return;
    tell(event.target, "");
    light(event.target);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status < 400) return;
    const field = event.detail.requestConfig.elt;
    if (!form.contains(field)) return;
    event.detail.shouldSwap = false;
    tell(field, event.detail.xhr.responseText);
  });
}

// The reason stands under the field until it is typed anew; whoever goes on by keyboard is not called back.
function tell(field, text) {
  field.classList.toggle("is-refused", Boolean(text));
  field.toggleAttribute("aria-invalid", Boolean(text));
  const item = field.closest(".w-score-item");
  item.querySelector("[data-refusal]")?.remove();
  if (!text) return;
  const words = Object.assign(document.createElement("p"), { className: "w-error-text", textContent: text, role: "alert" });
  words.dataset.refusal = "";
  item.querySelector(".w-score-line").after(words);
}

function light(field) {
  const value = Number.parseFloat(field.value);
  field.closest(".w-score-item").querySelectorAll("[data-from]").forEach((anchor, at, all) => {
    const from = Number.parseFloat(anchor.dataset.from);
    const next = all[at + 1] ? Number.parseFloat(all[at + 1].dataset.from) : Infinity;
    anchor.classList.toggle("is-chosen", value >= from && value < next);
  });
}

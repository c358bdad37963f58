// Confirmation that names object and consequence: <form data-confirm="…" data-confirm-button="…">.
export function startDialogs() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    const text = button?.dataset.confirm ?? form.dataset.confirm;
    if (!text || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopPropagation();
    ask(text, button?.textContent.trim() || "继续", () => {
      form.dataset.confirmed = "1";
      form.requestSubmit(button);
      delete form.dataset.confirmed;
    });
  }, true);
}

function ask(text, label, proceed) {
  const dialog = document.createElement("dialog");
  dialog.className = "w-dialog";
  const words = document.createElement("p");
  words.textContent = text;
  const actions = document.createElement("div");
  actions.className = "w-actions";
  const no = Object.assign(document.createElement("button"), { className: "w-button", textContent: "取消" });
  const yes = Object.assign(document.createElement("button"), { className: "w-button is-primary", textContent: label });
  no.addEventListener("click", () => dialog.close());
  yes.addEventListener("click", () => { dialog.close(); proceed(); });
  dialog.addEventListener("close", () => dialog.remove());
  actions.append(no, yes);
  dialog.append(words, actions);
  document.body.append(dialog);
  dialog.showModal();
}

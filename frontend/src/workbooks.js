// <form data-busy="…">: says what is going on while the server reads or writes, and takes no second click.
export function startBusy() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.dataset.busy) return;
    const note = document.createElement("p");
    note.className = "w-busy";
    note.setAttribute("role", "status");
    note.append(document.createElement("progress"), form.dataset.busy);
    form.append(note);
    // After the browser has collected what is sent.
    setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; }));
  });
  // Coming back by the back button finds the form usable.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    document.querySelectorAll(".w-busy").forEach((note) => {
      note.parentElement.querySelectorAll("button").forEach((button) => { button.disabled = false; });
      note.remove();
    });
  });
}

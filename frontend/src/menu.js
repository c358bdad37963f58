// The menu of small screens, the theme, and selects that act at once (they have a button for browsers without scripts).
export function startMenu() {
  document.querySelector("[data-menu]")?.addEventListener("click", (event) => {
    const open = event.currentTarget.closest(".w-top-in").classList.toggle("is-open");
    event.currentTarget.setAttribute("aria-expanded", String(open));
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-go]")) event.target.form.requestSubmit();
  });
  document.querySelectorAll("[data-print]").forEach((b) => b.addEventListener("click", () => window.print()));
}

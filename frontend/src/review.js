// The review of one return: the tally of verdicts, preset reasons, and the question before the decision is sent.
export function startReview() {
  const form = document.querySelector("[data-decision]");
  if (!form) return;
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-preset]")) usePreset(event.target);
    tally(form);
  });
  form.addEventListener("keydown", (event) => {
    // Enter on a verdict would press the first button of the form.
    if (event.key === "Enter" && event.target.matches("[type=radio]")) event.preventDefault();
    if (event.key === "Escape" && event.target.matches("[data-reason]")) event.target.closest("tr").previousElementSibling.querySelector("[data-return]").focus();
  });
  document.addEventListener("keyup", (event) => {
    const radio = document.activeElement;
    if (event.key === "n" && radio?.matches("[data-return]:checked")) radio.closest("tr").nextElementSibling.querySelector("[data-reason]").focus();
  });
  tally(form);
}

// A preset fills the reason, unless the reviewer has written an own one.
function usePreset(chip) {
  const box = chip.closest(".w-return-box");
  const reason = box.querySelector("[data-reason]");
  const presets = [...box.querySelectorAll("[data-preset]")].map((other) => other.value);
  if (reason.value.trim() === "" || presets.includes(reason.value.trim())) reason.value = chip.value;
  reason.focus();
}

function tally(form) {
  const rows = [...form.querySelectorAll("[data-row]")];
  const counts = {
    pass: rows.filter((row) => row.querySelector("[data-pass]").checked).length,
    return: rows.filter((row) => row.querySelector("[data-return]").checked).length,
  };
  counts.open = rows.length - counts.pass - counts.return;
  for (const [name, count] of Object.entries(counts)) {
    const place = document.querySelector(`[data-tally="${name}"]`);
    if (place) place.textContent = count;
  }
  // While a cell is undecided the server says which; there is nothing to confirm yet.
  const send = document.querySelector("[data-send]");
  if (!send) return;
  if (counts.open === 0) send.dataset.confirm = send.dataset.question;
  else delete send.dataset.confirm;
}

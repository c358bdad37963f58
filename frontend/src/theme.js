// Runs before the first paint: the chosen theme, and the mark by which style sheets know that scripts run.
const KEY = "theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

export const choice = () => { try { return localStorage.getItem(KEY) ?? "light"; } catch { return "light"; } };

export function applyTheme() {
  const chosen = choice();
  document.documentElement.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
}

if (!document.documentElement.dataset.fixedTheme) {
  applyTheme();
  dark.addEventListener("change", applyTheme);
}
document.documentElement.dataset.scripts = "on";

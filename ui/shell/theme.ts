import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const KEY = "eyas-theme";

function storedTheme(): Theme {
  const theme = window.localStorage.getItem(KEY);
  return theme === "light" || theme === "dark" ? theme : "system";
}

export const theme = signal<Theme>(storedTheme());

/** Applies the stored theme. Call before the first render to avoid a flash. */
export function applyTheme(): void {
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}

export function setTheme(next: Theme): void {
  theme.value = next;
  if (next === "system") window.localStorage.removeItem(KEY);
  else window.localStorage.setItem(KEY, next);
  applyTheme();
}

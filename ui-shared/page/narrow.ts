import { signal } from "@preact/signals";

const query = window.matchMedia("(max-width: 40rem)");

/** Whether the screen is narrow, as for the rules of the style sheets with the same width. */
export const narrow = signal(query.matches);

query.addEventListener("change", ({ matches }) => {
  narrow.value = matches;
});

import { signal } from "@preact/signals";

const query = window.matchMedia("(max-width: 40rem)");

/** Whether the screen is narrow. The style sheets use the same width. */
export const narrow = signal(query.matches);

query.addEventListener("change", ({ matches }) => {
  narrow.value = matches;
});

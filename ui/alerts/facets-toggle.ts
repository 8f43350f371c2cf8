import { signal } from "@preact/signals";
import { readStored, writeStored } from "../../ui-shared/page/stored.ts";

const KEY = "eyas-facets";

function isOpenAtFirst(): boolean {
  const stored = readStored(KEY);
  return stored === "open" || (stored !== "closed" && window.matchMedia("(min-width: 1600px)").matches);
}

/** Whether the panel of facets is open. Kept in this browser; by default, it is open if the window is wide. */
export const facetsOpen = signal(isOpenAtFirst());

export function setFacetsOpen(open: boolean): void {
  facetsOpen.value = open;
  writeStored(KEY, open ? "open" : "closed");
}

import { effect, signal } from "@preact/signals";
import { unseen } from "../notify/unseen.ts";

/** Title of the current view. */
export const viewTitle = signal("");

/** Maximum number that the title shows. */
const MAX_SHOWN = 99;

/** Shows the view and the number of unseen alerts in the title of the tab. */
export function keepTitle(): void {
  effect(() => {
    const count = unseen.value;
    const number = count === 0 ? "" : `(${count > MAX_SHOWN ? `${MAX_SHOWN}+` : count}) `;
    document.title = `${number}${viewTitle.value === "" ? "" : `${viewTitle.value} · `}Eyas`;
  });
}

import { DURING, intervalText, selectionIn, type TimeSelection } from "../filter/time-selection.ts";
import { parameters, setParameter } from "../page/router.ts";

/** Sets the selected time in the URL, so that the browser restores it when the user comes back to the view. */
export function selectTime(selection: TimeSelection): void {
  setParameter(DURING, intervalText(selection));
}

/** Clears the selected time. Returns false if there is none. */
export function clearTime(): boolean {
  if (selectionIn(parameters.peek()) === undefined) return false;
  setParameter(DURING, undefined);
  return true;
}

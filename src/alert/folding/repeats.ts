import { isoText } from "../../field/time.ts";
import type { RuleAlert } from "../alert.ts";
import { REPEATS } from "../repeats-field.ts";

/** Matches that raised no separate alert. */
export interface Repeats {
  readonly count: number;
  /** Times of the first and last match: nanoseconds since the epoch. */
  readonly first: bigint;
  readonly last: bigint;
}

/** Adds the number of repeats to an alert, if there are any. */
export function addRepeats(alert: RuleAlert, { count, first, last }: Repeats): void {
  if (count === 0) return;
  alert.repeats = count;
  const fields = {
    [REPEATS]: String(count),
    [`${REPEATS}.first`]: `"${isoText(first, "Z")}"`,
    [`${REPEATS}.last`]: `"${isoText(last, "Z")}"`,
  };
  alert.add(fields, ` (repeats: ${count})`);
}

import type { Counts } from "../../src/api/schemas/alert.ts";
import { quantity } from "../../ui-shared/text/number.ts";

/** A number of alerts in a period and in the previous one. */
export interface Change {
  readonly value: string;
  readonly now: number;
  readonly before: number;
}

/** Maximum number of values in a count of the API. */
export const MAX_VALUES = 1000;

/** Joins the counts of two periods by value, the largest change first. */
export function changesOf(now: Counts["counts"], before: Counts["counts"]): readonly Change[] {
  const earlier = new Map(before.map(({ value, count }) => [value ?? "", count]));
  const changes = now.map(({ value, count }) => {
    const key = value ?? "";
    const change = { value: key, now: count, before: earlier.get(key) ?? 0 };
    earlier.delete(key);
    return change;
  });
  for (const [value, count] of earlier) changes.push({ value, now: 0, before: count });
  const size = (change: Change): number => Math.abs(change.now - change.before);
  return changes.sort((one, other) => size(other) - size(one) || (one.value < other.value ? -1 : 1));
}

/** The values that have alerts now but had none earlier, the most frequent first. */
export function firstOf(now: Counts["counts"], earlier: Counts["counts"]): Counts["counts"] {
  const known = new Set(earlier.map(({ value }) => value));
  return now.filter(({ value }) => !known.has(value));
}

/** Describes a change, such as `12 more (+40%)`; the percentage is omitted if there was nothing before. */
export function changeText({ now, before }: Omit<Change, "value">): string {
  if (now === before) return "no change";
  const size = quantity(Math.abs(now - before), now > before ? "more" : "fewer", now > before ? "more" : "fewer");
  if (before === 0) return size;
  const percent = Math.round(((now - before) / before) * 100);
  return `${size} (${percent > 0 ? "+" : "−"}${Math.abs(percent)}%)`;
}

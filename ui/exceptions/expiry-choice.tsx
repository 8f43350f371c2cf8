import type { JSX } from "preact";

const DAY = 86_400_000;

/** Numbers of days after which an exception can expire, with their labels. Empty: never. */
export const PERIODS = [
  ["", "Never"],
  ["1", "After 1 day"],
  ["7", "After 7 days"],
  ["30", "After 30 days"],
  ["90", "After 90 days"],
] as const;

/** The time at which a period that begins now ends; undefined if it does not end. */
export function endOfPeriod(days: string, now = Date.now()): string | undefined {
  return days === "" ? undefined : new Date(now + Number(days) * DAY).toISOString();
}

interface ExpiryChoiceProps {
  readonly id: string;
  readonly value: string;
  readonly disabled?: boolean;
  readonly select: (days: string) => void;
}

/** Selects when an exception expires. */
export function ExpiryChoice({ id, value, disabled = false, select }: ExpiryChoiceProps): JSX.Element {
  return (
    <select id={id} value={value} disabled={disabled} onChange={({ currentTarget }) => select(currentTarget.value)}>
      {PERIODS.map(([days, label]) => (
        <option key={days} value={days}>
          {label}
        </option>
      ))}
    </select>
  );
}

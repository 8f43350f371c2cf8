import { useSignal } from "@preact/signals";
import type { TargetedPointerEvent } from "preact";
import { clampBucket, type Scale } from "./scale.ts";

/** Pointer and keyboard control of a chart: the bucket under the cursor, and the range being selected. */
export interface RangeControl {
  readonly cursor: number | undefined;
  /** Bucket where the selection of a range started; undefined if no range is being selected. */
  readonly anchor: number | undefined;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onPointerDown: (event: TargetedPointerEvent<HTMLElement>) => void;
  readonly onPointerMove: (event: TargetedPointerEvent<HTMLElement>) => void;
  readonly onPointerLeave: () => void;
  readonly onPointerUp: (event: TargetedPointerEvent<HTMLElement>) => void;
  readonly onBlur: () => void;
}

/**
 * Selects a range by click, by drag, or by arrow keys and Enter; Shift with an arrow key extends it. Escape discards it.
 * @param select called with the bounds of the range as ISO times
 */
export function useRange(
  { totals, timeOf, bucketAt }: Scale,
  select: (since: string, until: string) => void,
): RangeControl {
  const cursor = useSignal<number | undefined>(undefined);
  const anchor = useSignal<number | undefined>(undefined);
  const bucketOf = (event: TargetedPointerEvent<HTMLElement>): number =>
    bucketAt(event.clientX - event.currentTarget.getBoundingClientRect().left);
  const selectRange = (one: number, other: number): void => {
    const first = Math.min(one, other);
    const last = Math.max(one, other);
    select(new Date(timeOf(first)).toISOString(), new Date(timeOf(last + 1)).toISOString());
  };
  const leave = (): void => {
    cursor.value = undefined;
    anchor.value = undefined;
  };
  return {
    cursor: cursor.value,
    anchor: anchor.value,
    onKeyDown(event) {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      const at = cursor.value ?? (step > 0 ? -1 : totals.length);
      if (step !== 0) {
        if (event.shiftKey) anchor.value ??= clampBucket(at, totals);
        else anchor.value = undefined;
        cursor.value = clampBucket(at + step, totals);
      } else if (event.key === "Enter" && cursor.value !== undefined) {
        selectRange(anchor.value ?? cursor.value, cursor.value);
        anchor.value = undefined;
      } else {
        if (event.key === "Escape") leave();
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    },
    onPointerDown(event) {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      anchor.value = bucketOf(event);
    },
    onPointerMove(event) {
      cursor.value = bucketOf(event);
    },
    onPointerLeave() {
      if (anchor.value === undefined) cursor.value = undefined;
    },
    onPointerUp(event) {
      if (anchor.value !== undefined) selectRange(anchor.value, bucketOf(event));
      anchor.value = undefined;
    },
    onBlur: leave,
  };
}

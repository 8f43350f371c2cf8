import type { Rate } from "../rule/measures.ts";

/** Counts what happened within a stretch of time that moves on. */
export interface Window {
  /** Whether there is room for one more. */
  hasRoom(now: number): boolean;
  add(now: number): void;
  /** When there is room again: milliseconds since the epoch. Only where there is none. */
  roomAt(): number;
  /** Whether it holds nothing any more. */
  isEmpty(now: number): boolean;
}

export function openWindow({ most, window }: Rate): Window {
  let times: number[] = [];
  const tidy = (now: number): void => {
    const first = times.findIndex((time) => time > now - window);
    if (first !== 0) times = first < 0 ? [] : times.slice(first);
  };
  return {
    hasRoom(now) {
      tidy(now);
      return times.length < most;
    },
    add(now) {
      times.push(now);
    },
    roomAt: () => (times.length < most || most === 0 ? Number.POSITIVE_INFINITY : times[times.length - most] + window),
    isEmpty(now) {
      tidy(now);
      return times.length === 0;
    },
  };
}

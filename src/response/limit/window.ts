import type { Rate } from "../rule/measures.ts";

/** Counts events within a sliding window. */
export interface Window {
  /** Whether there is room for one more. */
  hasRoom(now: number): boolean;
  add(now: number): void;
  /** When the window has room again, in milliseconds since the epoch; infinity if it has room, or never will. */
  roomAt(): number;
  isEmpty(now: number): boolean;
}

export function openWindow({ most, window }: Rate): Window {
  let times: number[] = [];
  const expire = (now: number): void => {
    const first = times.findIndex((time) => time > now - window);
    if (first !== 0) times = first < 0 ? [] : times.slice(first);
  };
  return {
    hasRoom(now) {
      expire(now);
      return times.length < most;
    },
    add(now) {
      times.push(now);
    },
    roomAt() {
      const oldest = times.at(-most); // of the events that fill the window
      return times.length < most || most === 0 || oldest === undefined ? Number.POSITIVE_INFINITY : oldest + window;
    },
    isEmpty(now) {
      expire(now);
      return times.length === 0;
    },
  };
}

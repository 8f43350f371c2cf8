import { uptime } from "node:os";

/** A jump of the system clock, in milliseconds against the time since boot. */
export type ClockNotice =
  /** Age is measured by the earlier clock for {@link WAIT}. `atStart`: the jump can also be a time without an agent. */
  | { readonly kind: "clock jumped"; readonly ahead: number; readonly atStart: boolean }
  /** The clock is believed: it went back, or has not jumped again for {@link WAIT}. */
  | { readonly kind: "clock trusted"; readonly ahead: number; readonly wentBack: boolean };

/**
 * The time by which alerts expire. A jump of the system clock, by an error of NTP or by an attacker, does not expire
 * all alerts at once.
 */
export interface AgeClock {
  /** Compares the clocks. @returns the trusted time in milliseconds since the epoch */
  time(): number;
  /** Compares the clock to the trusted time that an earlier process stored. */
  startFrom(stored: number): void;
  /** Milliseconds by which the clock jumped while this process ran, if it is not trusted; else 0. */
  readonly ahead: number;
}

/** Largest jump, or sum of jumps, that is believed at once. */
const TOLERANCE = 600_000;
/** Time since boot after which a clock that jumped is believed. */
export const WAIT = 3_600_000;

/** Milliseconds since boot, with the time in suspension (CLOCK_BOOTTIME). */
export function bootTime(): number {
  return uptime() * 1000;
}

/**
 * @param now milliseconds since the epoch
 * @param sinceBoot milliseconds that no change of the system clock affects
 */
export function openAgeClock(
  now: () => number,
  sinceBoot: () => number,
  report: (notice: ClockNotice) => void,
): AgeClock {
  /** The system clock minus {@link sinceBoot}: the largest one that is trusted, and a later one after a jump. */
  let trusted = now() - sinceBoot();
  let jumped: { readonly offset: number; readonly at: number; readonly atStart: boolean } | undefined;

  function compare(atStart: boolean): void {
    const at = sinceBoot();
    const offset = now() - at;
    const ahead = offset - trusted;
    if (ahead <= TOLERANCE) {
      trusted = Math.min(trusted, offset); // else small jumps back and forth would add up
      if (jumped !== undefined) report({ kind: "clock trusted", ahead: 0, wentBack: true });
      jumped = undefined;
    } else if (jumped === undefined || offset > jumped.offset + TOLERANCE) {
      jumped = { offset, at, atStart };
      report({ kind: "clock jumped", ahead, atStart });
    } else if (at - jumped.at >= WAIT) {
      trusted = offset;
      jumped = undefined;
      report({ kind: "clock trusted", ahead, wentBack: false });
    }
  }

  return {
    time() {
      compare(false);
      return sinceBoot() + trusted;
    },
    startFrom(stored) {
      trusted = Math.min(trusted, stored - sinceBoot());
      compare(true);
    },
    get ahead() {
      return jumped === undefined || jumped.atStart ? 0 : jumped.offset - trusted;
    },
  };
}

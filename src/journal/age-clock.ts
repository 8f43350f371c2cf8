import { uptime } from "node:os";

/** Notice about a jump of the system clock, compared with the time since boot. `ahead` is the jump in milliseconds. */
export type ClockNotice =
  /**
   * The clock jumped ahead. For {@link WAIT}, alerts expire according to the time before the jump. `atStart`: detected
   * at startup, so the agent may just not have been running.
   */
  | { readonly kind: "clock jumped"; readonly ahead: number; readonly atStart: boolean }
  /** The system clock is trusted again, because it went back or did not jump again for {@link WAIT}. */
  | { readonly kind: "clock trusted"; readonly ahead: number; readonly wentBack: boolean };

/**
 * The clock by which alerts expire. It keeps alerts from expiring all at once if an NTP error or an attacker sets the
 * system clock ahead.
 */
export interface AgeClock {
  /** Compares the system clock with the time since boot. @returns the trusted time in milliseconds since the epoch */
  time(): number;
  /** Compares the system clock with the trusted time that an earlier process stored. */
  startFrom(stored: number): void;
  /**
   * Milliseconds by which the system clock is ahead of the trusted time after a jump; 0 if there was no jump, or if the
   * jump was detected at startup.
   */
  readonly ahead: number;
}

/** Maximum jump of the system clock that is trusted immediately, in milliseconds. Several small jumps are added up. */
const TOLERANCE = 600_000;
/** Time after a jump until the system clock is trusted again, in milliseconds of the time since boot. */
export const WAIT = 3_600_000;

/** Milliseconds since boot, including suspension (CLOCK_BOOTTIME). */
export function bootTime(): number {
  return uptime() * 1000;
}

/**
 * Opens a clock that trusts the current system clock.
 * @param now returns the system clock, in milliseconds since the epoch
 * @param sinceBoot returns milliseconds since boot, which changes to the system clock do not affect
 */
export function openAgeClock(
  now: () => number,
  sinceBoot: () => number,
  report: (notice: ClockNotice) => void,
): AgeClock {
  /**
   * The trusted difference between the system clock and {@link sinceBoot}. It increases only when a jump becomes
   * trusted.
   */
  let trusted = now() - sinceBoot();
  let jumped: { readonly offset: number; readonly at: number; readonly atStart: boolean } | undefined;

  function compare(atStart: boolean): void {
    const at = sinceBoot();
    const offset = now() - at;
    const ahead = offset - trusted;
    if (ahead <= TOLERANCE) {
      trusted = Math.min(trusted, offset); // not `offset`: several small jumps could exceed the tolerance unnoticed
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

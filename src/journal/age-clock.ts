import { uptime } from "node:os";

/** A jump of the system clock relative to the time since boot. `ahead` is in milliseconds. */
export type ClockNotice =
  /**
   * For {@link WAIT}, the age of alerts is measured with the earlier clock. `atStart`: the agent may simply not have
   * been running during that time.
   */
  | { readonly kind: "clock jumped"; readonly ahead: number; readonly atStart: boolean }
  /** The system clock is trusted again because it went back or has not jumped for {@link WAIT}. */
  | { readonly kind: "clock trusted"; readonly ahead: number; readonly wentBack: boolean };

/**
 * Clock that determines when alerts expire. If the system clock jumps, because of an NTP error or an attacker, not all
 * alerts expire at once.
 */
export interface AgeClock {
  /** Compares the clocks. @returns the trusted time in milliseconds since the epoch */
  time(): number;
  /** Compares the system clock with the trusted time that an earlier process stored. */
  startFrom(stored: number): void;
  /** Milliseconds by which the system clock is ahead after a jump that is not trusted yet; else 0. */
  readonly ahead: number;
}

/** Maximum jump of the system clock, at once or in total, that is still trusted, in milliseconds. */
const TOLERANCE = 600_000;
/** Time after which a system clock that has jumped is trusted, measured in milliseconds of the time since boot. */
export const WAIT = 3_600_000;

/** Milliseconds since boot, including suspension (CLOCK_BOOTTIME). */
export function bootTime(): number {
  return uptime() * 1000;
}

/**
 * @param now the system clock in milliseconds since the epoch
 * @param sinceBoot milliseconds since boot, which is not affected by changes to the system clock
 */
export function openAgeClock(
  now: () => number,
  sinceBoot: () => number,
  report: (notice: ClockNotice) => void,
): AgeClock {
  /**
   * The trusted difference between system clock and {@link sinceBoot}. It only decreases, unless a jump becomes
   * trusted.
   */
  let trusted = now() - sinceBoot();
  let jumped: { readonly offset: number; readonly at: number; readonly atStart: boolean } | undefined;

  function compare(atStart: boolean): void {
    const at = sinceBoot();
    const offset = now() - at;
    const ahead = offset - trusted;
    if (ahead <= TOLERANCE) {
      trusted = Math.min(trusted, offset); // otherwise small jumps would add up
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

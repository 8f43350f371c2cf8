import type { LiveSource } from "../../../source/syscall/live.ts";
import type { ProbeDamage } from "../../../source/syscall/probe.ts";
import { logLines } from "../../../telemetry/log-lines.ts";
import { seconds, type WatchContext } from "./context.ts";
import { Repeats } from "./repeats.ts";

/** Smallest change to the system clock that is logged, in seconds. */
const CLOCK_STEP = 1;

/** The parts of a live source that the integrity check uses. */
export type CheckedSource = Pick<LiveSource, "probe" | "takePositionChanges" | "followClock" | "correctedTimes">;

/** Time after a detected change in which wrong event times are attributed to the change, in milliseconds. */
const EFFECT = 10_000;

/** The result of an integrity check. */
export interface IntegrityResult {
  /** Reason why the probe must be reattached; undefined if the probe is unchanged or restored. */
  readonly reason: string | undefined;
  /** Whether events may be missing since the last check. */
  readonly missing: boolean;
}

/** Checks that the maps and programs of the probe are unchanged, and restores changed maps and programs. */
export class Integrity {
  private readonly live: CheckedSource;
  private readonly context: WatchContext;
  private readonly repeats = new Repeats();
  private corrected = 0;
  private checkedAt: number;
  private damagedAt = Number.NEGATIVE_INFINITY;
  /** Number of detected changes by other processes. */
  changes = 0;

  constructor(live: CheckedSource, context: WatchContext, now: number) {
    this.live = live;
    this.context = context;
    this.checkedAt = now;
  }

  check(now: number): IntegrityResult {
    const { live } = this;
    const since = seconds(now - this.checkedAt);
    this.checkedAt = now;
    const damage = live.probe.verify();
    let reason: string | undefined;
    if (damage.length > 0) {
      this.damagedAt = now;
      const what = damage.map(inWords).join("; ");
      if (damage.some(({ kind }) => kind === "link") || !live.probe.restore()) reason = what;
      const outcome = reason === undefined ? "The settings were restored" : "The probe is being reattached";
      this.report(now, what, `${what}. ${outcome}; up to ${since} of events may be missing`);
    }
    const positions = live.takePositionChanges();
    if (positions > 0) {
      const what = "the read position of a ring buffer was changed";
      this.report(now, what, `${what}. The position was restored; up to ${since} of events may be missing`);
    }
    const times = live.correctedTimes - this.corrected;
    this.corrected = live.correctedTimes;
    const step = live.followClock();
    if (Math.abs(step) >= CLOCK_STEP) this.context.log(logLines.clockSet(step));
    else if (times > 0 && now - this.damagedAt > EFFECT) {
      const what = "event times were far from the current time";
      this.report(now, what, `${what} (number of events: ${times}). Eyas replaced these times with the current time`);
    }
    return { reason, missing: damage.length > 0 || positions > 0 };
  }

  private report(now: number, what: string, sentences: string): void {
    this.changes++;
    this.context.health.set("sensor", "degraded", what);
    const earlier = this.repeats.take(what, now);
    if (earlier === undefined) return;
    this.context.raise({
      rule: "Eyas internal: sensor changed",
      priority: "Critical",
      message: `Another process changed the sensor: ${sentences}.`,
      fields: { "eyas.change": what, "eyas.repeats": earlier },
    });
  }
}

function inWords(damage: ProbeDamage): string {
  return damage.kind === "link"
    ? `the program ${damage.program} was detached`
    : `probe settings were overwritten (${damage.names.join(", ")})`;
}

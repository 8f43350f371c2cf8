import { randomInt } from "node:crypto";
import type { InternalEvent } from "../../alert/internal.ts";
import type { Health } from "../../telemetry/health.ts";
import type { Component } from "../component.ts";
import type { CanaryStages } from "./canary-stages.ts";

/** Milliseconds after which a marker is late, and after which an alert is raised. */
const [LATE, STUCK] = [1000, 5000];
/**
 * Like {@link STUCK}, but until the first marker is stored, since opening a journal that was not closed includes a
 * check.
 */
const OPENING = 60_000;
/** Milliseconds between checks of a pending marker, and the maximum that one check adds to its waiting time. */
const [TICK, MOST] = [250, 500];
/** Minimum and maximum time until the next marker if no canary arrives, and time after a failure, in milliseconds. */
const [SHORTEST, LONGEST, AGAIN] = [5000, 15_000, 1000];

export interface JournalCheckOptions {
  readonly journal: MarkedJournal;
  readonly health: Health;
  readonly stages: CanaryStages;
  /**
   * Delivers an alert.
   * @param isUnstored whether to bypass the journal because it stores no alerts
   */
  readonly raise: (event: InternalEvent, isUnstored: boolean) => void;
  /** Monotonic clock in milliseconds. */
  readonly now?: () => number;
}

/** A journal that stores markers of canaries. */
export interface MarkedJournal {
  /** Stores a marker after all alerts so far and replaces the previous marker. @returns whether it is on disk */
  mark(): Promise<boolean>;
  /** Number of requests that the writer has answered. */
  readonly answers: number;
}

/** Checks that the journal stores data, even while there are no alerts. */
export interface JournalCheck extends Component {
  /** Stores a marker for a canary that arrived at the engine, unless a marker is pending. */
  mark(): void;
}

export function openJournalCheck(options: JournalCheckOptions): JournalCheck {
  return new MarkerCheck(options);
}

class MarkerCheck implements JournalCheck {
  private readonly options: JournalCheckOptions;
  private readonly now: () => number;
  private next: NodeJS.Timeout | undefined;
  private ticks: NodeJS.Timeout | undefined;
  private isClosed = false;
  private wasStored = false;
  /** When the pending marker was sent: milliseconds since the epoch, and by the monotonic clock. */
  private sentAt = 0;
  private begin = 0;
  /**
   * Milliseconds that the marker has waited, and milliseconds without a response from the writer, excluding pauses of
   * this process.
   */
  private waited = 0;
  private silent = 0;
  private answers = 0;
  private tickedAt = 0;
  /** When the first failed marker was sent. */
  private since: number | undefined;
  private isReported = false;

  constructor(options: JournalCheckOptions) {
    this.options = options;
    this.now = options.now ?? (() => performance.now());
    this.schedule(randomInt(SHORTEST, LONGEST));
  }

  mark(): void {
    if (!this.isClosed && this.ticks === undefined) this.send();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.next);
    clearInterval(this.ticks);
  }

  private schedule(ms: number): void {
    this.next = setTimeout(() => this.send(), ms).unref();
  }

  private send(): void {
    clearTimeout(this.next);
    this.begin = this.now();
    this.sentAt = Date.now();
    [this.waited, this.silent, this.tickedAt, this.answers] = [0, 0, this.begin, this.options.journal.answers];
    this.ticks = setInterval(() => this.tick(), TICK).unref();
    void this.options.journal.mark().then((isStored) => this.answered(isStored));
  }

  private tick(): void {
    const { journal, stages } = this.options;
    const now = this.now();
    const passed = Math.min(MOST, now - this.tickedAt);
    this.tickedAt = now;
    this.waited += passed;
    this.silent = journal.answers === this.answers ? this.silent + passed : 0;
    this.answers = journal.answers;
    if (this.waited >= LATE)
      stages.fail("journal", "degraded", `the test record sent at ${this.sentTime} is not stored`);
    if (this.silent < (this.wasStored ? STUCK : OPENING)) return;
    this.options.health.set("journal", "failed", `the journal has not stored a test record since ${this.sentTime}`);
    this.since ??= this.begin;
    this.report("does not respond", "Alerts are kept in memory until the journal responds.", true);
  }

  private answered(isStored: boolean): void {
    clearInterval(this.ticks);
    this.ticks = undefined;
    if (this.isClosed) return;
    if (isStored) this.stored();
    else this.refused();
    this.schedule(isStored ? randomInt(SHORTEST, LONGEST) : AGAIN);
  }

  /** The journal reports the reason as its health. */
  private refused(): void {
    this.since ??= this.begin;
    this.options.stages.fail("journal", "degraded", `the test record sent at ${this.sentTime} could not be written`);
    if (this.now() - this.since >= STUCK)
      this.report("cannot be written", "Alerts are still delivered to outputs.", false);
  }

  private stored(): void {
    const { health, stages } = this.options;
    this.wasStored = true;
    if (health.get("journal")?.state === "failed") health.set("journal", "ok"); // other checks report `degraded`
    if (this.waited < LATE) stages.pass("journal");
    else stages.fail("journal", "degraded", `the test record sent at ${this.sentTime} was stored late`);
    const { since, isReported } = this;
    this.since = undefined;
    this.isReported = false;
    if (since === undefined || !isReported) return;
    const seconds = Math.round((this.now() - since) / 1000);
    this.options.raise(
      {
        rule: "Eyas internal: journal works again",
        priority: "Notice",
        message: `The journal stores alerts again, after ${seconds} s.`,
        fields: { "eyas.seconds": seconds },
      },
      false,
    );
  }

  private report(reason: string, effect: string, isUnstored: boolean): void {
    if (this.isReported) return;
    this.isReported = true;
    this.options.raise(
      {
        rule: "Eyas internal: journal does not work",
        priority: "Error",
        message: `The journal ${reason}. ${effect}`,
        fields: { "eyas.reason": reason, "eyas.stage": "journal", "eyas.sent": this.sentTime },
      },
      isUnstored,
    );
  }

  private get sentTime(): string {
    return new Date(this.sentAt).toISOString();
  }
}

import { randomInt } from "node:crypto";
import type { InternalEvent } from "../../alert/internal.ts";
import type { Health } from "../../telemetry/health.ts";
import type { Component } from "../component.ts";
import type { CanaryStages } from "./canary-stages.ts";

/**
 * Time after which a marker is late, and time without a response from the writer after which an alert is raised, in
 * milliseconds.
 */
const [LATE, STUCK] = [1000, 5000];
/**
 * Replaces {@link STUCK} until the first marker is stored, since opening a journal that was not closed includes a check
 * of the file.
 */
const OPENING = 60_000;
/**
 * Interval between checks of a pending marker, and maximum time that one check adds to the waiting time, in
 * milliseconds.
 */
const [TICK, MOST] = [250, 500];
/**
 * Minimum and maximum delay of the next marker if no canary arrives earlier, and delay after a failure, in
 * milliseconds.
 */
const [SHORTEST, LONGEST, AGAIN] = [5000, 15_000, 1000];

export interface JournalCheckOptions {
  readonly journal: MarkedJournal;
  readonly health: Health;
  readonly stages: CanaryStages;
  /**
   * Delivers an alert.
   * @param isUnstored whether to bypass the journal because the journal cannot store alerts
   */
  readonly raise: (event: InternalEvent, isUnstored: boolean) => void;
  /** Monotonic clock in milliseconds. */
  readonly now?: () => number;
}

/** A journal that can store markers. */
export interface MarkedJournal {
  /**
   * Stores a marker after all earlier alerts, in place of the previous marker.
   * @returns whether the marker is on disk
   */
  mark(): Promise<boolean>;
  /** Number of responses from the writer. */
  readonly answers: number;
}

/** Checks that the journal can store alerts by storing markers, even while no alerts are raised. */
export interface JournalCheck extends Component {
  /** Stores a marker, unless one is pending. Called when a canary has reached the engine. */
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
  /** When the pending marker was sent: `sentAt` in milliseconds since the epoch, `begin` on the monotonic clock. */
  private sentAt = 0;
  private begin = 0;
  /**
   * Waiting time of the pending marker, and time without any response from the writer, in milliseconds. Pauses of this
   * process do not count.
   */
  private waited = 0;
  private silent = 0;
  private answers = 0;
  private tickedAt = 0;
  /** Time on the monotonic clock when the first failed marker was sent. */
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

  /** Handles a marker that could not be written. The reason is part of the journal's health. */
  private refused(): void {
    this.since ??= this.begin;
    this.options.stages.fail("journal", "degraded", `the test record sent at ${this.sentTime} could not be written`);
    if (this.now() - this.since >= STUCK)
      this.report("cannot be written", "Alerts are still delivered to outputs.", false);
  }

  private stored(): void {
    const { health, stages } = this.options;
    this.wasStored = true;
    if (health.get("journal")?.state === "failed") health.set("journal", "ok"); // `degraded` is set by other checks
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

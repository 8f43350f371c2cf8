import type { InternalEvent } from "../../../alert/internal.ts";
import { clockText } from "../../../field/time.ts";

/** Time without an event that Falco counts as one timeout, in milliseconds. */
const TIMEOUT = 30;

/** Raises Falco's alert about consecutive timeouts without an event. */
export class Timeouts {
  /** Number of consecutive timeouts after which an alert is raised; undefined disables the alert. */
  limit: number | undefined;
  private readonly events: () => number;
  private readonly raise: (event: InternalEvent) => void;
  private seen: number;
  private since: number;
  private lastEvent: number | undefined;

  /**
   * @param events returns the total number of events
   * @param now milliseconds
   */
  constructor(events: () => number, raise: (event: InternalEvent) => void, now: number) {
    this.events = events;
    this.raise = raise;
    this.seen = events();
    this.since = now;
  }

  check(now: number): void {
    const events = this.events();
    if (events !== this.seen) {
      this.seen = events;
      this.since = now;
      this.lastEvent = Date.now();
      return;
    }
    if (this.limit === undefined || now - this.since <= this.limit * TIMEOUT) return;
    this.since = now;
    const rule = "Falco internal: timeouts notification";
    this.raise({
      rule,
      priority: "Debug",
      message: `${rule}. ${this.limit} consecutive timeouts without event.`,
      fields: { last_event_time: this.lastEvent === undefined ? "none" : clock(this.lastEvent) },
      falcoForm: true,
    });
  }
}

function clock(milliseconds: number): string {
  return clockText(BigInt(milliseconds) * 1_000_000n, false, true);
}

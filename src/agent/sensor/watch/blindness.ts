import { unreadLosses } from "../../../source/syscall/counts.ts";
import type { LiveSource } from "../../../source/syscall/live.ts";
import { SensorError } from "../../../source/syscall/sensor-error.ts";
import { Canary, type SentCanary } from "./canary.ts";
import { type CanaryContext, seconds } from "./context.ts";

/**
 * Maximum time until a canary arrives (unless older events are waiting), and until the kernel completes an event, in
 * milliseconds.
 */
const [DEADLINE, INCOMPLETE] = [1000, 10_000];
/** Maximum time by which events of different CPUs can be out of order, in milliseconds. */
const DISORDER = 2000;
/** Lag of the engine at which an alert is raised, in milliseconds. */
const BEHIND = 30_000;
/** Time without a canary, because events are dropped, after which an alert is raised, in milliseconds. */
const DROPPING = 60_000;
/** Initial and maximum interval between attempts to reattach the probe, in milliseconds. */
const [FIRST_PAUSE, LAST_PAUSE] = [2000, 30_000];
/** Time without an attempt after which the interval is reset to its initial value, in milliseconds. */
const CALM = 300_000;
/** Minimum interval between alerts while the sensor is blind or the engine is behind, in milliseconds. */
const REMINDER = 600_000;

/** The parts of a live source that the canary check uses. */
export type WatchedSource = Pick<LiveSource, "canary" | "oldestUnread" | "counts" | "reattach">;

/** Uses canaries to detect that events no longer arrive, and then reattaches the probe. */
export class Blindness {
  readonly canary: Canary;
  private readonly live: WatchedSource;
  private readonly context: CanaryContext;
  /** Called when events arrive again. */
  private readonly recovered: () => void;
  private droppedAtSend = 0;
  /** Arrival time of the last canary before events stopped arriving; undefined while events arrive. */
  private since: number | undefined;
  private attempts = 0;
  private nextAttempt = 0;
  private remindAt = 0;
  private behindAlertAt = 0;
  /** Number of times that the probe was reattached. */
  reattached = 0;

  constructor(live: WatchedSource, context: CanaryContext, recovered: () => void, now: number) {
    this.live = live;
    this.context = context;
    this.recovered = recovered;
    this.canary = new Canary((nonce) => {
      // Events dropped for other reasons are not counted, because an attacker can cause them.
      this.droppedAtSend = unreadLosses(live.counts());
      live.canary(nonce);
    }, now);
  }

  /** Must be called with the nonce of each canary that the engine evaluated. */
  seen(nonce: bigint, now: number): void {
    const before = this.canary.seenAt;
    if (!this.canary.seen(nonce, now)) return;
    const { stages, canaryArrived } = this.context;
    if (this.since !== undefined) this.report(now - before);
    stages.pass("kernel");
    stages.pass("engine");
    canaryArrived();
  }

  /** Sends and checks canaries. Must be called at least once a second. */
  check(now: number): void {
    const { canary, live } = this;
    canary.tick(now);
    const { sent } = canary;
    if (sent === undefined) return;
    const age = now - sent.at;
    if (age < DEADLINE) return;
    const unread = live.oldestUnread();
    if (unread === -1 && age < INCOMPLETE) return;
    if (unread !== undefined && unread !== -1 && unread < sent.time + DISORDER) {
      this.behind(now, age);
      return;
    }
    canary.giveUp(now);
    if (unreadLosses(live.counts()) > this.droppedAtSend) this.dropping(now);
    else this.blind(now, "no events arrive from the kernel", sent);
  }

  /** Milliseconds until the next check is needed, or until the time `other`, whichever is earlier. */
  sleepTime(now: number, other: number): number {
    const { canary } = this;
    const next = canary.sent === undefined ? now + canary.dueIn(now) : canary.sent.at + DEADLINE + 1;
    return Math.max(SHORTEST_SLEEP, Math.min(next, other) - now);
  }

  /**
   * Schedules the next canary for immediate sending, unless a canary is pending. Must be called when events were
   * dropped.
   */
  hurry(now: number): void {
    if (this.canary.sent === undefined) this.canary.restart(now);
  }

  /** Whether the engine has not evaluated the pending canary in time. */
  isLate(now: number): boolean {
    const { sent } = this.canary;
    return sent !== undefined && now - sent.at > DEADLINE;
  }

  /** Whether events arrive, according to the last checks. */
  get isOver(): boolean {
    return this.since === undefined;
  }

  /**
   * Sends a new canary in place of the pending canary, which may be lost because of a change that has been reverted.
   */
  tryAgain(now: number): void {
    this.canary.restart(now);
  }

  /** Reattaches the probe for a reason other than a missing canary, if an attempt is due. */
  restart(now: number, reason: string): void {
    this.since ??= this.canary.seenAt;
    if (now >= this.nextAttempt) this.attach(now, reason);
  }

  /** Handles a canary that is late because older events have not been evaluated yet. */
  private behind(now: number, age: number): void {
    this.context.health.set("engine", "degraded", `the engine is ${seconds(age)} behind`);
    this.context.stages.fail("engine", "degraded", `the engine is ${seconds(age)} behind`);
    if (age < BEHIND || now < this.behindAlertAt) return;
    this.behindAlertAt = now + REMINDER;
    this.context.raise({
      rule: "Eyas internal: engine behind",
      priority: "Warning",
      message: `Events are evaluated ${seconds(age)} late: events arrive faster than the engine can evaluate them, or the engine gets too little CPU time.`,
      fields: { "eyas.behind_seconds": Math.round(age / 1000), "eyas.stage": "engine" },
    });
  }

  /**
   * Handles a canary that was dropped under load. This does not indicate an attack, and reattaching the probe would not
   * help.
   */
  private dropping(now: number): void {
    const { canary, context } = this;
    context.stages.fail("kernel", "degraded", "events are dropped, including the sensor's test events");
    if (now - canary.seenAt < DROPPING || now < this.remindAt) return;
    this.since ??= canary.seenAt;
    this.remindAt = now + REMINDER;
    context.raise({
      rule: BLIND,
      priority: "Critical",
      message: `The sensor misses most events: ring buffers have been full for ${seconds(now - canary.seenAt)}.`,
      fields: {
        "eyas.blind_seconds": Math.round((now - canary.seenAt) / 1000),
        "eyas.cause": "events dropped",
        "eyas.stage": "kernel",
      },
    });
  }

  private blind(now: number, cause: string, { time }: SentCanary): void {
    const { canary, context } = this;
    const first = this.since === undefined;
    this.since ??= canary.seenAt;
    const duration = now - this.since;
    context.stages.fail("kernel", "failed", `${cause} since ${new Date(Date.now() - duration).toISOString()}`);
    if (first || now >= this.remindAt) {
      this.remindAt = now + REMINDER;
      context.raise({
        rule: BLIND,
        priority: "Critical",
        message: `The sensor has been blind for up to ${seconds(duration)}: ${cause}. Eyas is reattaching the probe.`,
        fields: {
          "eyas.blind_seconds": Math.round(duration) / 1000,
          "eyas.cause": cause,
          "eyas.stage": "kernel",
          "eyas.sent": new Date(time).toISOString(),
          "eyas.attempts": this.attempts,
        },
      });
    }
    if (now >= this.nextAttempt) this.attach(now, cause);
  }

  private attach(now: number, cause: string): void {
    if (now - this.nextAttempt > CALM) this.attempts = 0;
    this.nextAttempt = now + Math.min(LAST_PAUSE, FIRST_PAUSE * 2 ** this.attempts);
    this.attempts++;
    try {
      this.live.reattach();
      this.reattached++;
      this.canary.restart(now);
    } catch (error) {
      if (!(error instanceof SensorError)) throw error;
      this.context.health.set("sensor", "failed", `${cause}, and the probe cannot be reattached: ${error.message}`);
    }
  }

  private report(duration: number): void {
    const { context, attempts } = this;
    this.since = undefined;
    this.remindAt = 0;
    context.raise({
      rule: "Eyas internal: sensor works again",
      priority: "Notice",
      message: `Events are arriving again after the sensor was blind for up to ${seconds(duration)}; Eyas is rereading the state of the machine.`,
      fields: { "eyas.blind_seconds": Math.round(duration) / 1000, "eyas.attempts": attempts },
    });
    this.recovered();
  }
}

/** Minimum time until the next check, in milliseconds. */
const SHORTEST_SLEEP = 20;

const BLIND = "Eyas internal: sensor blind";

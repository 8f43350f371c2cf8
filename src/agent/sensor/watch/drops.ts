import { fromByteString } from "../../../event/bytes.ts";
import type { Thread } from "../../../machine/thread.ts";
import { type LiveCounts, lossLabel, lossNames, type OverShare } from "../../../source/syscall/counts.ts";
import type { LiveSource } from "../../../source/syscall/live.ts";
import { count, logLines, totalDropped } from "../../../telemetry/log-lines.ts";
import { watchLosses } from "../losses.ts";
import type { WatchContext } from "./context.ts";
import { DropActions, type DropSettings } from "./drop-actions.ts";
import { processFields } from "./process-fields.ts";

/** Minimum interval between alerts about dropped events, in milliseconds. */
const ALERT_INTERVAL = 60_000;

export interface DropContext extends WatchContext {
  /** Ends the program with an error. */
  readonly stop: (reason: string) => void;
  /** Returns a process by its ID on the host; undefined if the process is unknown. */
  readonly processOf: (pid: number) => Thread | undefined;
}

type DroppingSource = Pick<LiveSource, "counts" | "lastOverShare">;

/**
 * Reports dropped events according to `syscall_event_drops`. Without `actions`, logs the number of dropped events and
 * the reasons, and raises an alert at most once a minute.
 */
export class Drops {
  private readonly live: DroppingSource;
  private readonly context: DropContext;
  private readonly losses: ReturnType<typeof watchLosses>;
  private settings: DropSettings;
  /** The configured actions; undefined selects the defaults of Eyas. */
  private actions: DropActions | undefined;
  private seen = 0;
  private alerted = 0;
  private alertedOverShare = 0;
  private alertAt = Number.NEGATIVE_INFINITY;
  private simulated = 0;
  private simulatedAt: number;

  constructor(live: DroppingSource, context: DropContext, settings: DropSettings, now: number) {
    this.live = live;
    this.context = context;
    this.losses = watchLosses(live, context.log);
    this.settings = settings;
    this.simulatedAt = now;
    this.apply(settings, now);
  }

  private get ending(): Pick<DropContext, "raise" | "stop"> {
    const { raise, stop, log } = this.context;
    return {
      raise,
      stop(reason) {
        log(logLines.endedByDrops(reason));
        stop(reason);
      },
    };
  }

  /** Applies new settings. */
  apply(settings: DropSettings, now: number): void {
    const { actions } = settings;
    if (this.actions !== undefined && JSON.stringify(settings) === JSON.stringify(this.settings)) return;
    this.settings = settings;
    // The previous actions have already reported these dropped events.
    if (this.actions !== undefined) this.alerted = totalDropped(this.live.counts()) + this.simulated;
    this.actions =
      actions === undefined
        ? undefined
        : new DropActions({ ...settings, actions }, this.live.counts(), now, this.ending);
  }

  /** Reports the events that were dropped since the last call. @returns whether events were dropped */
  check(now: number): boolean {
    const losses = this.live.counts();
    const total = totalDropped(losses);
    const isNew = total > this.seen;
    if (isNew) this.context.health.set("engine", "degraded", "events were dropped");
    if (this.settings.actions?.includes("log") !== false) this.losses.look();
    this.seen = total;
    if (this.actions === undefined) this.checkOwn(now, total, losses);
    else this.actions.check(now, losses);
    return isNew;
  }

  private checkOwn(now: number, total: number, losses: LiveCounts): void {
    if (this.settings.simulate_drops && now - this.simulatedAt >= 1000) {
      this.simulated++;
      this.simulatedAt = now;
    }
    const all = total + this.simulated;
    if (all <= this.alerted || now - this.alertAt < ALERT_INTERVAL) return;
    this.raise(all - this.alerted, losses);
    this.alerted = all;
    this.alertAt = now;
  }

  private raise(dropped: number, losses: LiveCounts): void {
    const flood = losses.overShare > this.alertedOverShare ? this.live.lastOverShare() : undefined;
    this.alertedOverShare = losses.overShare;
    const process = flood && this.context.processOf(flood.pid);
    const of = flood === undefined ? "" : `, most recently events of ${nameOf(process)} (${idsOf(flood)})`;
    this.context.raise({
      rule: "Eyas internal: events dropped",
      priority: "Warning",
      message: `${count(dropped, "event")} from the kernel ${dropped === 1 ? "was" : "were"} dropped and not evaluated${of}.`,
      fields: {
        "eyas.events_dropped": dropped,
        ...(flood !== undefined && { "proc.pid": flood.pid, "user.uid": flood.uid }),
        ...(process !== undefined && processFields(process)),
        ...Object.fromEntries(lossNames.map((name) => [`eyas.dropped.${lossLabel(name)}`, losses[name]])),
      },
    });
  }
}

function nameOf(process: Thread | undefined): string {
  return (process && fromByteString(process.comm)) || "a process";
}

function idsOf({ pid, uid }: OverShare): string {
  return `PID ${pid}, user ID ${uid}`;
}

import type { LiveSource } from "../../../source/syscall/live.ts";
import { count, totalDropped } from "../../../telemetry/log-lines.ts";
import { watchLosses } from "../losses.ts";
import type { WatchContext } from "./context.ts";

/** Milliseconds between two alerts about dropped events. */
const ALERT_INTERVAL = 60_000;

/** Logs how many events were dropped and why, and raises an alert at most once a minute. */
export class Drops {
  private readonly live: Pick<LiveSource, "counts">;
  private readonly context: WatchContext;
  private readonly losses: ReturnType<typeof watchLosses>;
  private seen = 0;
  private alerted = 0;
  private alertAt = Number.NEGATIVE_INFINITY;

  constructor(live: Pick<LiveSource, "counts">, context: WatchContext) {
    this.live = live;
    this.context = context;
    this.losses = watchLosses(live, context.log);
  }

  /** @returns whether events were dropped since the last call */
  check(now: number): boolean {
    const losses = this.live.counts();
    const total = totalDropped(losses);
    const isNew = total > this.seen;
    if (isNew) this.context.health.set("engine", "degraded", "events were dropped");
    this.losses.look();
    this.seen = total;
    if (total > this.alerted && now - this.alertAt >= ALERT_INTERVAL) {
      this.raise(total - this.alerted, losses);
      this.alerted = total;
      this.alertAt = now;
    }
    return isNew;
  }

  private raise(dropped: number, losses: ReturnType<LiveSource["counts"]>): void {
    const { ringFull, tooLarge, scratchBusy, noRing } = losses;
    this.context.raise({
      rule: "Eyas internal: events dropped",
      priority: "Warning",
      message: `${count(dropped, "event")} of the kernel ${dropped === 1 ? "was" : "were"} dropped and not evaluated.`,
      fields: {
        "eyas.events_dropped": dropped,
        "eyas.dropped.ring_full": ringFull,
        "eyas.dropped.too_large": tooLarge,
        "eyas.dropped.scratch_busy": scratchBusy,
        "eyas.dropped.no_ring": noRing,
      },
    });
  }
}

import type { LiveSource } from "../../source/syscall/live.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines, totalDropped } from "../../telemetry/log-lines.ts";

/** Interval between reads of the drop counters, in milliseconds. */
const LOSS_CHECK = 1000;

/** Periodically logs the number of dropped events, and the reasons. */
export function watchLosses(live: Pick<LiveSource, "counts">, log: Log): { look(): void } {
  let looked = performance.now();
  let logged = 0;
  return {
    look() {
      if (performance.now() - looked < LOSS_CHECK) return;
      looked = performance.now();
      const losses = live.counts();
      const total = totalDropped(losses);
      if (total > logged) log(logLines.eventsDropped(total - logged, losses));
      logged = total;
    },
  };
}

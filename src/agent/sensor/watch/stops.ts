import { count } from "../../../telemetry/log-lines.ts";
import { seconds, type WatchContext } from "./context.ts";

/**
 * Minimum time between two checks at which the engine counts as stopped, in milliseconds: in general, and after
 * SIGCONT.
 */
const [LONG, CONTINUED] = [3000, 800];
/**
 * Minimum fraction of CPU time between two checks at which the engine counts as busy rather than stopped.
 */
const BUSY = 0.5;

/**
 * Detects that the engine's thread did not run, because of a signal, a frozen cgroup, a debugger or lack of CPU time.
 * Suspension of the machine does not count.
 */
export class Stops {
  private readonly context: WatchContext;
  private readonly dropped: () => number;
  private before: number;
  private cpuBefore: number;
  private droppedBefore = 0;
  private continued = false;
  /**
   * A detected stop, which is reported at the next check, because SIGCONT has then arrived and dropped events are
   * counted.
   */
  private stop: { readonly gap: number; readonly droppedBefore: number } | undefined;
  private readonly onContinue = (): void => {
    this.continued = true;
  };

  /** @param dropped returns the number of dropped events since startup */
  constructor(context: WatchContext, dropped: () => number, now: number) {
    this.context = context;
    this.dropped = dropped;
    this.before = now;
    this.cpuBefore = cpuTime();
    process.on("SIGCONT", this.onContinue);
  }

  /** Detects a stop. Must be called about once a second. @returns whether the engine was stopped since the last call */
  check(now: number): boolean {
    const gap = now - this.before;
    const cpu = cpuTime();
    const used = cpu - this.cpuBefore;
    const { droppedBefore, continued } = this;
    const dropped = this.dropped();
    this.before = now;
    this.cpuBefore = cpu;
    this.droppedBefore = dropped;
    if (this.stop !== undefined) this.report(this.stop, dropped);
    const stopped = gap > (continued ? CONTINUED : LONG) && used < gap * BUSY && this.stop === undefined;
    this.stop = stopped ? { gap, droppedBefore } : undefined;
    if (!stopped) this.continued = false;
    return stopped;
  }

  close(): void {
    process.removeListener("SIGCONT", this.onContinue);
  }

  private report({ gap, droppedBefore }: { gap: number; droppedBefore: number }, dropped: number): void {
    const lost = dropped - droppedBefore;
    const cause = this.continued
      ? "another process stopped and continued the agent with signals"
      : "possible causes are a frozen cgroup, a debugger, or too little CPU time";
    const effect = lost > 0 ? `${count(lost, "event")} dropped` : "no events were dropped, but some are evaluated late";
    this.context.raise({
      rule: "Eyas internal: agent stopped",
      priority: this.continued ? "Critical" : "Warning",
      message: `The engine did not run for ${seconds(gap)}: ${cause}; ${effect}.`,
      fields: { "eyas.stopped_seconds": Math.round(gap) / 1000, "eyas.events_dropped": lost },
    });
  }
}

/** CPU time of this thread in milliseconds. */
function cpuTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

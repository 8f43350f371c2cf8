import type { InternalEvent } from "../../../alert/internal.ts";
import type { Config } from "../../../config/load.ts";
import { countNames, type LiveCounts, unreadLosses } from "../../../source/syscall/counts.ts";
import { count } from "../../../telemetry/log-lines.ts";

export type DropSettings = Config["syscall_event_drops"];

/** Interval between checks in milliseconds, the same as in Falco. */
const INTERVAL = 1000;

const names = [...countNames, "lost"] as const;

/**
 * Performs the actions `alert` and `exit` of `syscall_event_drops` for the events dropped in each second, like Falco.
 */
export class DropActions {
  private readonly settings: DropSettings;
  private readonly actions: ReadonlySet<string>;
  private readonly raise: (event: InternalEvent) => void;
  private readonly stop: (reason: string) => void;
  private before: LiveCounts;
  private checkedAt: number;
  private tokens: number;
  private filledAt: number;

  /**
   * Starts with the current counters.
   * @param before current counters of the sensor
   * @param now milliseconds
   * @param stop ends the program with an error
   */
  constructor(
    settings: DropSettings & { readonly actions: readonly string[] },
    before: LiveCounts,
    now: number,
    to: { readonly raise: (event: InternalEvent) => void; readonly stop: (reason: string) => void },
  ) {
    this.settings = settings;
    this.actions = new Set(settings.actions);
    this.before = before;
    this.checkedAt = now;
    this.filledAt = now;
    this.tokens = settings.max_burst;
    this.raise = to.raise;
    this.stop = to.stop;
  }

  check(now: number, counts: LiveCounts): void {
    if (now - this.checkedAt < INTERVAL) return;
    const { simulate_drops: simulated, threshold } = this.settings;
    const delta = { ...counts };
    for (const name of names) delta[name] = counts[name] - this.before[name];
    this.before = counts;
    this.checkedAt = now;
    const events = delta.events + delta.lost;
    const dropped = delta.lost + (simulated ? 1 : 0);
    if (dropped === 0 || dropped <= events * (simulated ? 0 : threshold) || !this.claim(now)) return;
    const rule = "Falco internal: syscall event drop";
    const message = `${rule}. ${dropped} system calls dropped in last second.`;
    if (this.actions.has("alert"))
      this.raise({ rule, priority: "Debug", message, fields: fieldsOf(delta, events, dropped), falcoForm: true });
    if (this.actions.has("exit"))
      this.stop(
        `${count(dropped, "event")} ${dropped === 1 ? "was" : "were"} dropped within a second; Eyas exits because syscall_event_drops.actions contains exit.`,
      );
  }

  /** Takes a token from a bucket that `rate` refills up to `max_burst`. @returns whether a token was available */
  private claim(now: number): boolean {
    const { rate, max_burst: most } = this.settings;
    this.tokens = Math.min(most, this.tokens + (rate * (now - this.filledAt)) / 1000);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}

/**
 * The fields of Falco's alert, in the same order. The counts by kind of system call are 0, since the sensor does not
 * count dropped events by kind.
 */
function fieldsOf(delta: LiveCounts, events: number, dropped: number): Record<string, string> {
  const values = {
    ebpf_enabled: 1,
    n_drops: dropped,
    n_drops_buffer_clone_fork_exit: 0,
    n_drops_buffer_close_exit: 0,
    n_drops_buffer_connect_exit: 0,
    n_drops_buffer_dir_file_exit: 0,
    n_drops_buffer_execve_exit: 0,
    n_drops_buffer_open_exit: 0,
    n_drops_buffer_other_interest_exit: 0,
    n_drops_buffer_proc_exit: 0,
    n_drops_buffer_total: unreadLosses(delta),
    n_drops_bug: delta.scratchBusy + delta.noRing,
    n_drops_page_faults: 0,
    n_drops_scratch_map: delta.tooLarge,
    n_evts: events,
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

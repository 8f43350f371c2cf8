/** A state of an output. */
interface StateKind {
  /** Whether the page shows the state as good. */
  readonly good: boolean;
  /** Whether the running agent reports the state. Otherwise, only `eyas outputs` reports it. */
  readonly live: boolean;
  readonly help: string;
}

/**
 * States of an output, as shown in the web UI and in the API, by `eyas outputs`, in the metric `eyas_output_state`
 * and in docs/outputs.md. If several states apply, the order in {@link outputState} determines the state.
 */
export const outputStates = {
  "up to date": { good: true, live: true, help: "There is no backlog." },
  delivering: { good: true, live: true, help: "Alerts are being delivered." },
  behind: {
    good: false,
    live: true,
    help: "The oldest alert in the backlog has been waiting for more than a minute, in addition to the interval of the output.",
  },
  unreachable: {
    good: false,
    live: true,
    help: "There is no connection to the receiver, or no response. The delivery is retried.",
  },
  retrying: { good: false, live: true, help: "The last delivery failed for another reason, and is retried." },
  rejecting: {
    good: false,
    live: true,
    help: "The receiver has rejected alerts, and has not accepted any since.",
  },
  closed: { good: false, live: true, help: "Standard output is closed, and accepts no more alerts." },
  disabled: {
    good: true,
    live: true,
    help: "The output is not enabled. If it is enabled again, delivery resumes after the last delivered alert.",
  },
  stopped: { good: true, live: false, help: "There is a backlog, but `eyas run` is not running." },
  new: { good: true, live: false, help: "The output is not yet in the journal." },
} as const satisfies Readonly<Record<string, StateKind>>;

/** State of an output. */
export type OutputState = keyof typeof outputStates;

/** Whether an output in this state repeats a delivery after a delay. */
export function isRetried(state: OutputState): boolean {
  return state === "unreachable" || state === "retrying";
}

/** Whether an output in this state works. False for unknown states. */
export function isGoodOutput(state: string): boolean {
  return Object.entries(outputStates).some(([name, { good }]) => name === state && good);
}

/** Problems of an output, which its queue reports and the journal stores. */
export interface OutputTrouble {
  /** Whether a reload of the configuration has disabled the output. */
  readonly removed?: boolean;
  /** Whether the output is closed and accepts no more alerts. */
  readonly ended?: boolean;
  /** Whether the receiver has rejected alerts and not accepted any since. */
  readonly rejecting?: boolean;
  /** Whether the last delivery failed and is retried. */
  readonly failing?: boolean;
  /** Whether there was no connection to the receiver, or no response, in the last delivery, which failed. */
  readonly unreachable?: boolean;
}

/** Backlog of an output. */
export interface OutputBacklog {
  /** Number of alerts. */
  readonly waiting: number;
  /** Age of the oldest alert in seconds. */
  readonly lag: number;
  /** Minimum interval between batches, in milliseconds. */
  readonly interval?: number | undefined;
}

/**
 * Maximum age of the oldest undelivered alert of a healthy output, in addition to the output's interval, in seconds.
 */
const MAX_LAG = 60;

/** Whether the age of the oldest alert in the backlog exceeds the maximum of a healthy output. */
export function isLate({ waiting, lag, interval = 0 }: OutputBacklog): boolean {
  return waiting > 0 && lag > MAX_LAG + interval / 1000;
}

/** Returns the state of an output that the running agent uses. */
export function outputState({
  removed,
  ended,
  rejecting,
  failing,
  unreachable,
  ...backlog
}: OutputTrouble & OutputBacklog): OutputState {
  if (removed) return "disabled";
  if (ended) return "closed";
  if (rejecting) return "rejecting";
  if (failing) return unreachable ? "unreachable" : "retrying";
  if (backlog.waiting === 0) return "up to date";
  return isLate(backlog) ? "behind" : "delivering";
}

/** Age of an alert in seconds. 0 without an alert. @param time nanoseconds since the epoch */
export function lagOf(time: bigint | undefined, now = Date.now()): number {
  return time === undefined ? 0 : Math.max(0, now - Number(time / 1_000_000n)) / 1000;
}

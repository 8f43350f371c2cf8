import type { Alert } from "../alert/alert.ts";
import type { Counts as JournalCounts } from "../alert/journal/keep.ts";
import { type LineUp, lineUp } from "../output/line-up.ts";
import type { Output } from "../output/output.ts";
import type { Log } from "../telemetry/log.ts";
import { said } from "../telemetry/said.ts";

/** Hands alerts to every output and says, without a flood, when one doesn't take them. Nothing waits for remote outputs. */
export interface Delivery {
  deliver(batch: readonly Alert[]): Promise<void>;
  reopen(): void;
  /** Goes on with other outputs. */
  replace(outputs: readonly Output[]): Promise<void>;
  close(): Promise<void>;
  /** Alerts that an output did not take, by its name. */
  readonly lost: ReadonlyMap<string, number>;
  /** What became of the alerts, for each output there is or was. */
  outputs(): readonly OutputCounts[];
  /** What the journal has counted, where there is one. */
  readonly journal?: () => JournalCounts;
  /** True when no output takes anything any more. */
  readonly over: boolean;
}

/** Alerts of one output; those that were neither lost nor wait have arrived. */
export interface OutputCounts {
  readonly name: string;
  /** How many there were for it. */
  readonly alerts: number;
  /** How many will not arrive. */
  readonly lost: number;
  /** How often it asked for a repetition. */
  readonly retries: number;
  /** How many stand in line, and when the event of the first of them was: nanoseconds since the epoch. */
  readonly waiting: number;
  readonly first: bigint | undefined;
}

/** Milliseconds between two complaints about the same output. */
const PATIENCE = 10_000;

export function openDelivery(first: readonly Output[], log: Log): Delivery {
  let outputs = first;
  let open = new Set(outputs);
  let lines = new Map<Output, LineUp>();
  /** Outputs of before that still get what is in line for them. */
  let leaving = Promise.resolve();
  const lost = new Map<string, number>();
  const handed = new Map<string, number>(first.map(({ name }) => [name, 0]));
  const retries = new Map<string, number>();
  const complained = new Map<Output, number>();

  function complain(output: Output, reason: string): void {
    const now = Date.now();
    if (now - (complained.get(output) ?? 0) < PATIENCE) return;
    complained.set(output, now);
    log(said.notDelivered(output.name, reason));
  }

  function lose(output: Output, alerts: number, reason: string): void {
    lost.set(output.name, (lost.get(output.name) ?? 0) + alerts);
    complain(output, reason);
  }

  function lineFor(output: Output): LineUp {
    const line =
      lines.get(output) ??
      lineUp(output, {
        troubled: (reason) => {
          retries.set(output.name, (retries.get(output.name) ?? 0) + 1);
          complain(output, reason);
        },
        lost: (alerts, reason) => lose(output, alerts, reason),
      });
    lines.set(output, line);
    return line;
  }

  async function close(closing: readonly Output[]): Promise<void> {
    await Promise.all(closing.map((output) => (lines.get(output) ?? output).close()));
  }

  return {
    lost,
    outputs: () =>
      [...handed].map(([name, alerts]) => {
        const line = [...lines].find(([output]) => output.name === name)?.[1];
        const { waiting = 0, first } = line ?? {};
        return {
          name,
          alerts,
          lost: lost.get(name) ?? 0,
          retries: retries.get(name) ?? 0,
          waiting,
          first: first?.time,
        };
      }),
    get over() {
      return outputs.length > 0 && open.size === 0;
    },
    async deliver(batch) {
      for (const output of open) {
        handed.set(output.name, (handed.get(output.name) ?? 0) + batch.length);
        if (output.remote) {
          lineFor(output).add(batch);
          continue;
        }
        const delivery = await output.deliver(batch);
        if (delivery.outcome === "delivered") continue;
        lose(output, batch.length, delivery.reason);
        if (output.name === "stdout" && delivery.outcome === "refused") open.delete(output);
      }
    },
    reopen() {
      for (const output of open) output.reopen();
    },
    async replace(others) {
      leaving = Promise.all([leaving, close(outputs.filter(({ remote }) => remote))]).then(() => {});
      const closed = close(outputs.filter(({ remote }) => !remote));
      outputs = others;
      for (const { name } of others) handed.set(name, handed.get(name) ?? 0);
      open = new Set(others);
      lines = new Map();
      await closed;
    },
    async close() {
      await Promise.all([leaving, close(outputs)]);
    },
  };
}

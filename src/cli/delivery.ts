import type { Alert } from "../alert/alert.ts";
import type { Output } from "../output/output.ts";
import type { Log } from "../telemetry/log.ts";
import { said } from "../telemetry/said.ts";

/** Hands alerts to every output and says, without a flood, when one doesn't take them. */
export interface Delivery {
  deliver(batch: readonly Alert[]): Promise<void>;
  reopen(): void;
  /** Goes on with other outputs. */
  replace(outputs: readonly Output[]): Promise<void>;
  close(): Promise<void>;
  /** Alerts that an output did not take, by its name. */
  readonly lost: ReadonlyMap<string, number>;
  /** True when no output takes anything any more. */
  readonly over: boolean;
}

/** Milliseconds between two complaints about the same output. */
const PATIENCE = 10_000;

export function openDelivery(first: readonly Output[], log: Log): Delivery {
  let outputs = first;
  let open = new Set(outputs);
  const lost = new Map<string, number>();
  const complained = new Map<Output, number>();

  function complain(output: Output, reason: string): void {
    const now = Date.now();
    if (now - (complained.get(output) ?? 0) < PATIENCE) return;
    complained.set(output, now);
    log(said.notDelivered(output.name, reason));
  }

  return {
    lost,
    get over() {
      return outputs.length > 0 && open.size === 0;
    },
    async deliver(batch) {
      for (const output of open) {
        const delivery = await output.deliver(batch);
        if (delivery.outcome === "delivered") continue;
        lost.set(output.name, (lost.get(output.name) ?? 0) + batch.length);
        complain(output, delivery.reason);
        if (output.name === "stdout" && delivery.outcome === "refused") open.delete(output);
      }
    },
    reopen() {
      for (const output of open) output.reopen();
    },
    async replace(others) {
      const before = outputs;
      outputs = others;
      open = new Set(others);
      for (const output of before) await output.close();
    },
    async close() {
      for (const output of outputs) await output.close();
    },
  };
}

import type { Alert } from "../alert/alert.ts";
import { delivered, type Output } from "./output.ts";

export interface MinimumPriority {
  /** In lower case; less severe alerts stay away. */
  readonly minimumpriority: Lowercase<Alert["priority"]>;
}

const order: readonly string[] = [
  "emergency",
  "alert",
  "critical",
  "error",
  "warning",
  "notice",
  "informational",
  "debug",
];

/** An output that is only given alerts at least this severe. */
export function severeEnough(output: Output, { minimumpriority }: MinimumPriority): Output {
  const least = order.indexOf(minimumpriority);
  if (least === order.length - 1) return output;
  return {
    ...output,
    async deliver(batch) {
      const wanted = batch.filter(({ priority }) => order.indexOf(priority.toLowerCase()) <= least);
      return wanted.length === 0 ? delivered : output.deliver(wanted);
    },
  };
}

import { differs, number, section, UNBOUNDED } from "../../setting/shape.ts";

/** Keys of all output queues, named as in Falco. */
export const queueKeys = {
  outputs_queue: section("Limits for alerts that wait in memory.", {
    capacity: differs(
      "Applies to each remote output, and only without the journal. With the journal, alerts wait on disk, limited by `journal.max_size`. 0 is 20,000.",
      number(
        0,
        "Maximum number of alerts in memory for each remote output; further ones are lost, which is logged and counted. An additional quarter is reserved for severe alerts and alerts of rare rules. Alerts in the journal do not count. 0: 20,000.",
        [0, UNBOUNDED],
      ),
    ),
  }),
  output_timeout: differs(
    "An output that does not respond does not delay other outputs.",
    number(2000, "Milliseconds without a response after which an output is logged. 0: never.", [0, UNBOUNDED]),
  ),
} as const;

/** Settings of the output queues. */
export interface QueueSettings {
  readonly outputs_queue: { readonly capacity: number };
  readonly output_timeout: number;
}

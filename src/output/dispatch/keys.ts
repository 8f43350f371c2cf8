import { differs, number, section, UNBOUNDED } from "../../setting/shape.ts";

/** Configuration keys of all output queues, named as in Falco. */
export const queueKeys = {
  outputs_queue: section("Limits for alerts that are queued in memory.", {
    capacity: differs(
      "Applies to each remote output, and only if the journal is disabled. With the journal, alerts are queued on disk, limited by `journal.max_size`. 0: 20,000.",
      number(
        0,
        "Maximum number of alerts in memory for each remote output. Additional alerts are lost, logged and counted. An additional quarter is reserved for severe alerts and alerts for rare rules. Alerts in the journal do not count. 0: 20,000.",
        [0, UNBOUNDED],
      ),
    ),
  }),
  output_timeout: differs(
    "An output that does not respond does not delay other outputs.",
    number(
      2000,
      "Time without a response, in milliseconds, after which a message about the output is logged. 0: never.",
      [0, UNBOUNDED],
    ),
  ),
} as const;

/** Settings of the output queues. */
export interface QueueSettings {
  readonly outputs_queue: { readonly capacity: number };
  readonly output_timeout: number;
}

import { flag, number, UNBOUNDED } from "../setting/shape.ts";

/** Keys of `alert_folding`. */
export const alertFolding = {
  enabled: flag(true, "Enables it."),
  burst: number(
    10,
    "Matches of a rule by the same process on the same subject that each raise an alert in a burst. With a configuration file that only has keys of Falco: 10000.",
    [1, UNBOUNDED],
  ),
  rate: number(0.1, "Further alerts per second. With a configuration file of Falco: 1000.", [0.001, UNBOUNDED], false),
};

/** Defaults with a configuration file of Falco, whose users expect an alert for each match. */
export const falcoAlertFolding: Readonly<Record<"burst" | "rate", string>> = { burst: "10000", rate: "1000" };

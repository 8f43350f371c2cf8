import { flag, number, UNBOUNDED } from "../setting/shape.ts";

/** Keys of `alert_folding`. */
export const alertFolding = {
  enabled: flag(true, "Enable alert folding."),
  burst: number(
    10,
    "Number of matches of one rule by the same process on the same subject that raise one alert each before subsequent matches are folded. Default with a configuration file that contains only Falco keys: 10000.",
    [1, UNBOUNDED],
  ),
  rate: number(
    0.1,
    "Additional alerts per second after the burst. Default with a configuration file that contains only Falco keys: 1000.",
    [0.001, UNBOUNDED],
    false,
  ),
};

/** Defaults for a configuration file with only Falco keys, since users of Falco expect one alert for each match. */
export const falcoAlertFolding: Readonly<Record<"burst" | "rate", string>> = { burst: "10000", rate: "1000" };

import { severities, severityAliases } from "../../setting/severity.ts";
import {
  type Complain,
  dictionary,
  type Leaf,
  number,
  type Settings,
  text,
  UNBOUNDED,
  webAddresses,
  word,
} from "../../setting/shape.ts";
import type { Tree } from "../../setting/tree.ts";
import { overHttp } from "../over-http.ts";

/** A number of dropped events, and the minimum priority of alerts about more dropped events. */
export interface Threshold {
  readonly value: number;
  readonly priority: (typeof severities)[number];
}

const priorityKey = word(
  severities,
  "critical",
  "Minimum priority of alerts about dropped events if no threshold is exceeded.",
  severityAliases,
);

const keys = {
  hostport: webAddresses("Addresses of all members of the cluster. Setting this key enables the output."),
  endpoint: text("/api/v2/alerts", "Path to append to each address."),
  expiresafter: number(0, "Seconds from the delivery until an alert is considered resolved; 0: Alertmanager decides.", [
    0,
    UNBOUNDED,
  ]),
  extralabels: dictionary("Labels to add to every alert."),
  extraannotations: dictionary("Annotations to add to every alert."),
  dropeventdefaultpriority: priorityKey,
  dropeventthresholds: thresholds(
    "Minimum priority of alerts about dropped events, by threshold: applies if more events were dropped. A label contains the exceeded threshold (`n_drops: >10000`).",
  ),
  customseveritymap: byPriority("Values of the label `severity` by priority, instead of the default values."),
} as const;

export type AlertmanagerKeys = Settings<typeof keys>;

export const alertmanagerOutput = overHttp({
  name: "alertmanager",
  about: "Sends alerts to Prometheus Alertmanager.",
  keys,
  enabledBy: "hostport",
  example: "hostport: [http://alertmanager-0:9093, http://alertmanager-1:9093]",
  form: async (settings) => (await import("./alertmanager/form.ts")).alertmanager(settings),
});

/**
 * Key for thresholds as a string, `10000:critical, 10:warning`, or a list of such strings. Sorted in descending order.
 */
function thresholds(about: string): Leaf<readonly Threshold[]> {
  const takes = "thresholds such as 10000:critical, 10:warning";
  const shown = "10000:critical, 1000:critical, 100:critical, 10:warning, 1:warning";
  const read = (tree: Tree, complain: Complain) => {
    const items = tree.kind === "list" ? tree.items : [tree];
    const values = items
      .flatMap((item) => (item.kind === "scalar" ? item.text.split(",") : [""]))
      .map((item) => parseThreshold(item, { complain, tree }));
    const valid = values.filter((each) => each !== undefined);
    return valid.length < values.length ? undefined : valid.sort((a, b) => b.value - a.value);
  };
  const fallback = read({ kind: "scalar", place: { file: "", line: 0, column: 0 }, text: shown }, () => {}) ?? [];
  return { kind: "leaf", takes, fallback, shown, about, read };
}

function parseThreshold(
  text: string,
  { complain, tree }: { readonly complain: Complain; readonly tree: Tree },
): Threshold | undefined {
  const [, value, name = ""] = /^\s*(\d+)\s*:\s*(\w+)\s*$/.exec(text) ?? [];
  const priority = priorityKey.read({ kind: "scalar", place: tree.place, text: name }, complain);
  return value === undefined || priority === undefined ? undefined : { value: Number(value), priority };
}

/** Key for a dictionary of strings by priority, in lower case. */
function byPriority(about: string): Leaf<Readonly<Record<string, string>>> {
  const whole = dictionary(about);
  const read = (tree: Tree, complain: Complain) => {
    const values: Record<string, string> = {};
    for (const [name, value] of Object.entries(whole.read(tree, complain) ?? { "": "" })) {
      const priority = priorityKey.read({ kind: "scalar", place: tree.place, text: name }, complain);
      if (priority === undefined) return undefined;
      values[priority] = value;
    }
    return values;
  };
  return { ...whole, takes: "a map of strings with priorities as keys", read };
}

import { receivers } from "../../output/list.ts";
import { isNull, type Mapping, type Tree } from "../../setting/tree.ts";
import type { Diagnostic } from "../read.ts";

/** A Falcosidekick key that Eyas reads, but with a different effect. */
export interface Difference {
  readonly about: string;
  /** The warning to print if the key is set; empty if the difference does not affect delivery. */
  readonly line: string;
  /** Returns whether the difference applies. Default: always. */
  applies?(section: Mapping, configuration: Mapping): boolean;
}

const ofLayout = (name: string): Difference => ({
  about:
    "has an effect with `layout: falcosidekick`; by default, documents follow the Elastic Common Schema in a data stream",
  line: `${name} has an effect only with outputs.elasticsearch.layout: falcosidekick; alerts go to a data stream`,
  applies: (section) => textOf(section, "layout") !== "falcosidekick",
});

/** Keys whose effect differs from Falcosidekick, by path. */
export const differences: Readonly<Record<string, Difference>> = {
  "aws.s3.prefix": {
    about:
      "object names differ, because an object contains many alerts; `layout: falcosidekick` uses the names of Falcosidekick",
    line: "",
  },
  "elasticsearch.createindextemplate": { about: "true by default", line: "" },
  "elasticsearch.numberofreplicas": { about: "1 by default; 0: no replicas", line: "" },
  "elasticsearch.numberofshards": { about: "1 by default", line: "" },
  "kafka.balancer": {
    about:
      "by default, partitions are selected by the alert's host name; `least_bytes` has the same effect as `round_robin`",
    line: "",
  },
  "kafka.requiredacks": { about: "all replicas by default; `none` has the same effect as `one`", line: "" },
  "mqtt.qos": { about: "1 by default", line: "" },
  "prometheus.extralabels": {
    about: "labels of `/metrics`, which `webserver` serves",
    line: "prometheus.extralabels has an effect only with webserver.enabled and webserver.prometheus_metrics_enabled",
    applies: (_, configuration) => !servesMetrics(configuration),
  },
  "elasticsearch.index": ofLayout("elasticsearch.index"),
  "elasticsearch.suffix": ofLayout("elasticsearch.suffix"),
  "elasticsearch.flattenfields": ofLayout("elasticsearch.flattenfields"),
};

/** Reports output keys whose effect differs from Falcosidekick. */
export function reportDifferences(tree: Mapping, diagnostics: Diagnostic[]): void {
  const outputs = tree.entries.get("outputs")?.value;
  if (outputs?.kind !== "map") return;
  for (const [path, { line, applies }] of Object.entries(differences)) {
    const parts = path.split(".");
    let section: Tree | undefined = outputs;
    for (const part of parts.slice(0, -1))
      section = section?.kind === "map" ? section.entries.get(part)?.value : undefined;
    if (section?.kind !== "map") continue;
    const enabledBy = receivers.find(({ name }) => name === parts.slice(0, -1).join("."))?.enabledBy;
    const address = enabledBy === undefined ? section : section.entries.get(enabledBy)?.value;
    const entry = section.entries.get(parts.at(-1) ?? "");
    if (
      address === undefined ||
      isNull(address) ||
      entry === undefined ||
      isNull(entry.value) ||
      line === "" ||
      applies?.(section, tree) === false
    )
      continue;
    diagnostics.push({ severity: "warning", message: line, place: entry.place });
  }
}

function textOf(section: Mapping, key: string): string | undefined {
  const value = section.entries.get(key)?.value;
  return value?.kind === "scalar" ? value.text : undefined;
}

function servesMetrics(configuration: Mapping): boolean {
  const server = configuration.entries.get("webserver")?.value;
  if (server?.kind !== "map") return false;
  return ["enabled", "prometheus_metrics_enabled"].every((key) =>
    /^(?:true|yes|on|y)$/i.test(textOf(server, key) ?? ""),
  );
}

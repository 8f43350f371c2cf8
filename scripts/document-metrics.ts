import { workloadFields } from "../src/agent/metrics/count-alerts.ts";
import { metricNames, metrics } from "../src/telemetry/metrics.ts";
import { markdownTable, type Write } from "./table.ts";

/** The tables of docs/metrics.md. */
export const metricsTables: Readonly<Record<string, Write>> = {
  "metrics-workload-labels": () =>
    markdownTable(
      ["label", "fields, in order of preference"],
      Object.entries(workloadFields).map(([label, fields]) => [`\`${label}\``, codes(fields)]),
    ),
  "metrics-eyas": () => metricsTable("eyas_"),
  "metrics-process": () => metricsTable("process_"),
  "metrics-falco": () => metricsTable("falcosecurity_"),
};

function metricsTable(prefix: string): string {
  const rows = metricNames
    .filter((name) => name.startsWith(prefix))
    .map((name) => {
      const { kind, labels, help } = metrics[name];
      return [`\`${name}\``, kind, codes(labels), help];
    });
  return markdownTable(["metric", "type", "labels", ""], rows);
}

function codes(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

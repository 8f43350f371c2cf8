import type { Alert } from "../../alert/alert.ts";
import { INTERNAL_SOURCE } from "../../alert/internal.ts";
import { idFields, nameFields, targetNameFields } from "../../field/roles.ts";
import { Histogram } from "../../telemetry/histogram.ts";
import { LabelCounter } from "../../telemetry/label-counter.ts";
import type { AlertCounts } from "./state.ts";

/** Maximum number of series by rule and by workload, since the numbers of rules and pods are unlimited. */
const MAX_RULES = 2000;
const MAX_WORKLOADS = 1000;
/** Number of leading labels that keep their values above the limit: rule, priority and source. */
const KEPT_LABELS = 3;

/** Upper bounds of the latency buckets, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function emptyCounts(): AlertCounts {
  return {
    byRule: new LabelCounter(MAX_RULES),
    repeats: new LabelCounter(MAX_RULES),
    byWorkload: new LabelCounter(MAX_WORKLOADS, KEPT_LABELS),
    latency: new Map(),
    last: 0,
  };
}

/** The latency histogram of a source's alerts. */
export function latencyOf({ latency }: AlertCounts, source: string): Histogram {
  const known = latency.get(source) ?? new Histogram(BOUNDS);
  latency.set(source, known);
  return known;
}

/**
 * Counts alerts before delivery.
 * @param live returns whether the events of a source are live rather than replayed
 * @param now milliseconds since the epoch
 */
export function countAlerts(
  counts: AlertCounts,
  alerts: readonly Alert[],
  live: (source: string) => boolean,
  now: number,
): void {
  for (const alert of alerts) {
    const { rule, priority, source, repeats, delayed } = alert;
    counts.byRule.add([rule, priority, source]);
    if (repeats !== undefined) counts.repeats.add([rule, priority, source], repeats);
    if (source === INTERNAL_SOURCE) continue;
    if (live(source) && !delayed)
      latencyOf(counts, source).observe(Math.max(0, now - Number(alert.time / 1000n) / 1000) / 1000);
    const { namespace, pod, app } = workloadOf(alert);
    if (namespace !== "" || pod !== "" || app !== "")
      counts.byWorkload.add([rule, priority, source, namespace, pod, app]);
  }
}

/** Fields that provide the workload labels, in order of preference. */
export const workloadFields = {
  namespace: [...nameFields("namespace"), ...targetNameFields("namespace"), ...nameFields("space")],
  pod: [...nameFields("pod"), ...idFields("task")],
  app: [...nameFields("app"), ...nameFields("task"), ...nameFields("deployment")],
} as const;

/** The workload labels from the fields of an alert; "" if no field has a value. */
function workloadOf({ parts }: Alert): Readonly<Record<keyof typeof workloadFields, string>> {
  const text = (fields: readonly string[]): string => {
    for (const field of fields) {
      const value = parts?.values[parts.names.indexOf(field)];
      if (value?.startsWith('"') && value !== '""') return String(JSON.parse(value));
    }
    return "";
  };
  return { namespace: text(workloadFields.namespace), pod: text(workloadFields.pod), app: text(workloadFields.app) };
}

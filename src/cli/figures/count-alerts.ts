import type { Alert } from "../../alert/alert.ts";
import { INTERNAL } from "../../alert/internal.ts";
import { Histogram } from "../../telemetry/histogram.ts";
import { Tally } from "../../telemetry/tally.ts";
import type { AlertCounts } from "./watched.ts";

/** Series at most: of rules there are as many as people write, of pods as many as whoever may start them wants. */
const MOST_RULES = 2000;
const MOST_PODS = 500;

/** Upper bounds of latencies, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function noAlerts(): AlertCounts {
  return { byRule: new Tally(MOST_RULES), byPod: new Tally(MOST_PODS), latency: new Histogram(BOUNDS) };
}

/**
 * Counts alerts that are about to be handed on.
 * @param live whether their events have just happened
 * @param now milliseconds since the epoch
 */
export function countAlerts(counts: AlertCounts, alerts: readonly Alert[], live: boolean, now: number): void {
  for (const alert of alerts) {
    const { rule, priority, source } = alert;
    counts.byRule.add([rule, priority, source]);
    if (source === INTERNAL) continue;
    if (live) counts.latency.observe(Math.max(0, now - Number(alert.time / 1000n) / 1000) / 1000);
    const { namespace, pod } = podOf(alert);
    if (namespace !== "" || pod !== "") counts.byPod.add([namespace, pod, priority]);
  }
}

/** The pod that the alert's fields name; empty where they name none. */
function podOf({ parts }: Alert): { namespace: string; pod: string } {
  const text = (field: string): string => {
    const value = parts?.values[parts.names.indexOf(field)];
    return value?.startsWith('"') ? String(JSON.parse(value)) : "";
  };
  return { namespace: text("k8s.ns.name"), pod: text("k8s.pod.name") };
}

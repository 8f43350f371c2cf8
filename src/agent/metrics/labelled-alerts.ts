import type { Alert } from "../../alert/alert.ts";
import type { Config } from "../../config/load.ts";
import type { Additions } from "../../output/additions/keys.ts";
import { LabelCounter } from "../../telemetry/label-counter.ts";
import type { Samples } from "../../telemetry/samples.ts";

/** Counts alerts by configured labels, under Falcosidekick's metric name. */
export interface LabelledAlerts {
  count(alerts: readonly Alert[]): void;
  fill(sheet: Samples): void;
}

const METRIC = "falcosecurity_falcosidekick_falco_events_total";
/** Maximum number of series. Above this limit, only the first {@link KEPT_LABELS} labels keep their values. */
const MAX_SERIES = 1000;
/** Number of leading labels that keep their values above the limit: rule, priority and source. */
const KEPT_LABELS = 3;
/** Labels of every series, except the numeric priority. */
const LABELS = ["rule", "priority_raw", "source", "hostname", "k8s_ns_name", "k8s_pod_name"] as const;

/** Opens the counter; undefined if no labels are configured, or metrics are not served. */
export async function openLabelledAlerts({ outputs, webserver }: Config): Promise<LabelledAlerts | undefined> {
  const labels = labelsOf(outputs);
  if (labels.size === 0 || !webserver.enabled || !webserver.prometheus_metrics_enabled) return undefined;
  const { alertChange } = await import("../../output/additions/change.ts");
  const { factsOf } = await import("../../output/alert-facts.ts");
  const { priorityNumber } = await import("../../output/template/alert-value.ts");
  const { customfields, templatedfields } = outputs;
  const { change } = alertChange({ ...outputs, customtags: [], bracketreplacer: "", outputfieldformat: "" });
  const counter = new LabelCounter(MAX_SERIES, KEPT_LABELS);
  const isChanged = Object.keys({ ...customfields, ...templatedfields }).length > 0;
  return {
    count(alerts) {
      for (const alert of alerts) {
        const { hostname, fields } = factsOf(isChanged ? change(alert) : alert);
        const text = (name: string): string => {
          const json = fields.find((field) => field.name === name)?.json;
          return json?.startsWith('"') ? String(JSON.parse(json)) : "";
        };
        const { rule, priority, source } = alert;
        const own = [rule, priority, source, hostname || "unknown", text("k8s.ns.name"), text("k8s.pod.name")];
        counter.add([...own, ...[...labels.values()].map(text)]);
      }
    },
    fill(sheet) {
      for (const [values, count] of counter.entries()) {
        const [rule = "", name = "", source = "", hostname = "", k8s_ns_name = "", k8s_pod_name = "", ...more] = values;
        const priority = String(Object.entries(priorityNumber).find(([each]) => each === name)?.[1] ?? 0);
        const usual = { rule, priority, priority_raw: name.toLowerCase(), source, hostname, k8s_ns_name, k8s_pod_name };
        const added = Object.fromEntries([...labels.keys()].map((label, i) => [label, more[i] ?? ""]));
        sheet.setWith(METRIC, usual, added, count);
      }
      sheet.set("eyas_metrics_overflow_increments_total", { metric: METRIC }, counter.overflow);
    },
  };
}

/** The settings of the counter, which restarts at 0 when one of the settings changes. */
export function labelSettings({ outputs, webserver }: Config): unknown {
  const { customfields, templatedfields, prometheus } = outputs;
  return { customfields, templatedfields, prometheus, webserver };
}

/** Returns the fields for labels, by label name. If several fields have the same label name, the first one is used. */
function labelsOf({ customfields, templatedfields, prometheus }: Additions): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const field of [...Object.keys(customfields), ...Object.keys(templatedfields), ...prometheus.extralabels]) {
    const label = field.replace(/[^a-zA-Z0-9]+/g, "_").replace(/^(?=\d)/, "_");
    const isUsual = label === "priority" || LABELS.some((each) => each === label);
    if (!isUsual && !labels.has(label)) labels.set(label, field);
  }
  return labels;
}

import { Histogram } from "./histogram.ts";
import type { MetricKind } from "./metric.ts";
import { type MetricName, metrics } from "./metrics.ts";
import type { Samples, Series } from "./samples.ts";

/** Exposition formats: the Prometheus text format, and OpenMetrics. */
export type ExpositionFormat = "text" | "openmetrics";

export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** Returns the format for an Accept header: OpenMetrics if the client accepts it, otherwise the text format. */
export function formatFor(accept: string | undefined): ExpositionFormat {
  const wanted = (accept ?? "").split(",").find((each) => each.trim().startsWith("application/openmetrics-text"));
  return wanted === undefined || /;\s*q=0(\.0*)?\s*(;|$)/.test(wanted) ? "text" : "openmetrics";
}

/** Formats samples for a scrape. @param wanted returns whether to include a metric */
export function expose(
  sheet: Samples,
  form: ExpositionFormat,
  wanted: (name: MetricName) => boolean = () => true,
): string {
  let text = "";
  for (const [name, series] of sheet.families()) {
    if (!wanted(name)) continue;
    const { kind, help } = metrics[name];
    const family = form === "openmetrics" && kind === "counter" ? name.replace(/_total$/, "") : name;
    text += `# HELP ${family} ${form === "openmetrics" ? escapeValue(help) : escapeHelp(help)}\n`;
    text += `# TYPE ${family} ${kindName(kind, form)}\n`;
    for (const one of series) text += lines(name, one);
  }
  return form === "openmetrics" ? `${text}# EOF\n` : text;
}

function kindName(kind: MetricKind, form: ExpositionFormat): string {
  return kind === "unknown" && form === "text" ? "untyped" : kind;
}

function lines(name: string, { labels, value }: Series): string {
  if (!(value instanceof Histogram)) return `${name}${braces(labels)} ${printNumber(value)}\n`;
  let [text, total] = ["", 0];
  for (const [i, count] of value.counts.entries()) {
    total += count;
    text += `${name}_bucket${braces({ ...labels, le: printBound(value.bounds[i]) })} ${total}\n`;
  }
  return `${text}${name}_sum${braces(labels)} ${printNumber(value.sum)}\n${name}_count${braces(labels)} ${total}\n`;
}

function braces(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${labelName(label)}="${escapeValue(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** Converts a string, such as a tag of a rule, to a valid label name. */
function labelName(text: string): string {
  const clean = text.replace(/[^a-zA-Z0-9_]/g, "_").replace(/_+/g, "_");
  return /^[a-zA-Z_]/.test(clean) ? clean : `_${clean}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeValue(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

function printNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/** Formats a bucket bound as a label value. Equal bounds have equal strings. */
function printBound(bound: number | undefined): string {
  if (bound === undefined) return "+Inf";
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

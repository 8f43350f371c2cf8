import type { MetricName } from "./metrics.ts";

/**
 * Selections of metrics.
 * - `default`: all except metrics in nanoseconds, which promtool rejects and which also exist in seconds.
 * - `eyas`: metrics of Eyas and of the process.
 * - `falco`: metrics with Falco's names.
 * - `all`: all metrics.
 */
export const choices = {
  default: (name: MetricName) => !name.endsWith("_nanoseconds"),
  eyas: (name: MetricName) => !name.startsWith("falcosecurity_"),
  falco: (name: MetricName) => name.startsWith("falcosecurity_"),
  all: () => true,
} as const;

/** Returns the selection for the value of the query parameter `names`. Unknown values select `default`. */
export function choiceOf(names: string | null): keyof typeof choices {
  return names === "eyas" || names === "falco" || names === "all" ? names : "default";
}

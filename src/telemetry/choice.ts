import type { MetricName } from "./metrics.ts";

/**
 * Selections of metrics. `default`: all except those in nanoseconds, which promtool rejects and which also exist in
 * seconds. `eyas`: metrics of Eyas and of the process. `falco`: metrics with Falco's names.
 */
export const choices = {
  default: (name: MetricName) => !name.endsWith("_nanoseconds"),
  eyas: (name: MetricName) => !name.startsWith("falcosecurity_"),
  falco: (name: MetricName) => name.startsWith("falcosecurity_"),
  all: () => true,
} as const;

/** The selection in the query parameter `names`; the default if it is unknown. */
export function choiceOf(names: string | null): keyof typeof choices {
  return names === "eyas" || names === "falco" || names === "all" ? names : "default";
}

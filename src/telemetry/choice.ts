import type { MetricName } from "./metrics.ts";

/**
 * Selections of metrics. `default`: all but those in nanoseconds, which promtool rejects and which exist in seconds under another
 * name. `eyas`: those of Eyas and of the process. `falco`: those with Falco's names.
 */
export const choices = {
  default: (name: MetricName) => !name.endsWith("_nanoseconds"),
  eyas: (name: MetricName) => !name.startsWith("falcosecurity_"),
  falco: (name: MetricName) => name.startsWith("falcosecurity_"),
  all: () => true,
} as const;

/** The selection of the query parameter `names`; the default for an unknown one. */
export function choiceOf(names: string | null): keyof typeof choices {
  return names === "eyas" || names === "falco" || names === "all" ? names : "default";
}

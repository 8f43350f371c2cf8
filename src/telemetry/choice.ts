import type { MetricName } from "./metrics.ts";

/**
 * Which metrics a page has. `default`: all but those whose names say nanoseconds, which Prometheus' own lint doesn't like;
 * each of them is there in seconds under another name. `eyas`: those with our names and the process's, `falco`: those with
 * the reference's, `all`: every one.
 */
export const choices = {
  default: (name: MetricName) => !name.endsWith("_nanoseconds"),
  eyas: (name: MetricName) => !name.startsWith("falcosecurity_"),
  falco: (name: MetricName) => name.startsWith("falcosecurity_"),
  all: () => true,
} as const;

/** The choice that an address makes with `names=`; the default where it makes none that is known. */
export function choiceOf(names: string | null): keyof typeof choices {
  return names === "eyas" || names === "falco" || names === "all" ? names : "default";
}

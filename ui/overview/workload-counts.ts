import type { AlertGroup } from "../../src/api/schemas/group.ts";

/** Number of alerts of a workload. */
export interface WorkloadCount {
  /** The workload or process; empty if the alerts name none. */
  readonly key: string;
  readonly count: number;
  /** Number of rules that raised the alerts. */
  readonly rules: number;
  /** A query that selects the alerts of the workload. */
  readonly query: string;
}

/** The condition on the rule, with which the query of a group begins. */
const RULE = /^rule = "(?:[^"\\]|\\.)*" and /;

/** Adds up groups of the same workload, the workload with the most alerts first. */
export function workloadCounts(groups: readonly AlertGroup[]): readonly WorkloadCount[] {
  const sums = new Map<string, WorkloadCount>();
  for (const { key, count, query: whole } of groups) {
    const query = whole.replace(RULE, "");
    const { count: others, rules } = sums.get(query) ?? { count: 0, rules: 0 };
    sums.set(query, { key, count: others + count, rules: rules + 1, query });
  }
  return [...sums.values()].sort((one, other) => other.count - one.count || (one.key < other.key ? -1 : 1));
}

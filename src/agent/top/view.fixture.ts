import type { RuleReport, SourceReport, TopReport } from "./report.ts";

/** Returns a report for tests of `eyas top`. @param seconds time since the start of the agent */
export function reportAt(seconds: number, more: Partial<TopReport> = {}): TopReport {
  return {
    ...{ version: "1.2.3", hostname: "web-1", time: 1e12 + seconds * 1000, started: 1e12, status: "ok" },
    ...{ cpu_seconds: 0, memory_bytes: 200e6, alerts: 0 },
    ...{ sources: [], outputs: [], rules: [], processes: [], containers: [] },
    ...more,
  };
}

export function sourceWith(more: Partial<SourceReport>): SourceReport {
  return { name: "syscall", events: 0, drops: 0, busy_seconds: 0, lag_seconds: null, waiting: null, ...more };
}

export function ruleWith(more: Partial<RuleReport>): RuleReport {
  const counts = { events: 0, matches: 0, alerts: 0, samples: 0, sampled_seconds: 0 };
  return { name: "Shell", source: "syscall", priority: "Notice", ...counts, ...more };
}

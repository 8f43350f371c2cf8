import type { ContainerReport, OutputReport, ProcessReport, RuleReport, SourceReport, TopReport } from "./report.ts";

/** Activity of the agent between two reports. Rates are per second. */
export interface TopView {
  readonly time: string;
  readonly hostname: string;
  readonly version: string;
  readonly status: string;
  readonly uptime_seconds: number;
  /** Duration between the reports, in seconds. */
  readonly interval_seconds: number;
  /** CPU time of the agent per second. */
  readonly cpu: number;
  readonly memory_bytes: number;
  readonly events_per_second: number;
  readonly alerts: number;
  readonly alerts_per_second: number;
  readonly sources: readonly SourceView[];
  readonly outputs: readonly OutputReport[];
  readonly processes: readonly ProcessView[];
  readonly containers: readonly ContainerView[];
  readonly rules: readonly RuleView[];
}

export interface SourceView extends Pick<SourceReport, "name" | "events" | "drops" | "lag_seconds" | "waiting"> {
  readonly events_per_second: number;
  readonly drops_per_second: number;
  readonly cpu: number;
}

export interface ProcessView extends Omit<ProcessReport, "events"> {
  readonly events_per_second: number;
}

export interface ContainerView extends Omit<ContainerReport, "events"> {
  readonly events_per_second: number;
}

export interface RuleView extends Pick<RuleReport, "name" | "source" | "priority" | "matches" | "alerts"> {
  readonly events_per_second: number;
  /** Mean evaluation time in seconds; null if it has not been measured yet. */
  readonly evaluation_seconds: number | null;
  /** CPU time per second of the rule alone; null if it has not been measured yet. */
  readonly cpu: number | null;
}

/** Computes rates from two reports of the same agent. */
export function viewOf(before: TopReport, now: TopReport): TopView {
  const seconds = Math.max(0.001, (now.time - before.time) / 1000);
  // After a reload, counters can restart at 0.
  const rate = (later: number, earlier = 0): number => Math.max(0, later - earlier) / seconds;
  const sources = byKey(before.sources, ({ name }) => name);
  const rules = byKey(before.rules, ruleKey);
  const processes = byKey(before.processes, processKey);
  const containers = byKey(before.containers, ({ id }) => id);
  const sourceViews = now.sources.map((source): SourceView => {
    const { name, events, drops, lag_seconds, waiting, busy_seconds } = source;
    const earlier = sources.get(name);
    return {
      ...{ name, events, drops, lag_seconds, waiting },
      events_per_second: rate(events, earlier?.events ?? events),
      drops_per_second: rate(drops, earlier?.drops ?? drops),
      cpu: rate(busy_seconds, earlier?.busy_seconds ?? busy_seconds),
    };
  });
  return {
    time: new Date(now.time).toISOString(),
    ...{ hostname: now.hostname, version: now.version, status: now.status },
    uptime_seconds: Math.max(0, now.time - now.started) / 1000,
    interval_seconds: seconds,
    cpu: rate(now.cpu_seconds, before.cpu_seconds),
    memory_bytes: now.memory_bytes,
    events_per_second: sourceViews.reduce((sum, { events_per_second }) => sum + events_per_second, 0),
    alerts: now.alerts,
    alerts_per_second: rate(now.alerts, before.alerts),
    sources: sourceViews,
    outputs: now.outputs,
    processes: now.processes.map(({ events, ...rest }) => ({
      ...rest,
      events_per_second: rate(events, processes.get(processKey(rest))?.events),
    })),
    containers: now.containers.map(({ events, ...rest }) => ({
      ...rest,
      events_per_second: rate(events, containers.get(rest.id)?.events),
    })),
    rules: now.rules.map(({ name, source, priority, matches, alerts, events, samples, sampled_seconds }) => {
      const perSecond = rate(events, rules.get(ruleKey({ name, source }))?.events ?? events);
      const mean = samples > 0 ? sampled_seconds / samples : null;
      return {
        ...{ name, source, priority, matches, alerts },
        events_per_second: perSecond,
        evaluation_seconds: mean,
        cpu: mean === null ? null : mean * perSecond,
      };
    }),
  };
}

function ruleKey({ name, source }: Pick<RuleReport, "name" | "source">): string {
  return `${source}\n${name}`;
}

function processKey({ name, container }: Pick<ProcessReport, "name" | "container">): string {
  return `${container}\n${name}`;
}

function byKey<Row>(rows: readonly Row[], key: (row: Row) => string): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [key(row), row]));
}

import { fromByteString } from "../../event/bytes.ts";
import { SYSCALL } from "../../field/sources.ts";
import { version } from "../home.ts";
import { processBegan } from "../metrics/fill.ts";
import type { RuleTimes } from "../metrics/rule-times.ts";
import { observeHealth } from "../metrics/session-health.ts";
import type { EvaluatedSource, MetricsInput } from "../metrics/state.ts";
import { type Activity, containerNames } from "./activity.ts";

/**
 * Maximum number of rules in a report, and of the processes and containers with the most events and with the most
 * alerts.
 */
const MAX_RULES = 5000;
const MAX_ENTRIES = 200;

/** State of the agent for `eyas top`. Counters increase while the agent runs; the client computes rates. */
export interface TopReport {
  readonly version: string;
  readonly hostname: string;
  /** Time of the report, in milliseconds since the epoch. */
  readonly time: number;
  /** Start time of the agent, in milliseconds since the epoch. */
  readonly started: number;
  /** Health of the agent: `starting`, `ok`, `degraded` or `failed`. */
  readonly status: string;
  readonly cpu_seconds: number;
  readonly memory_bytes: number;
  readonly alerts: number;
  readonly sources: readonly SourceReport[];
  readonly outputs: readonly OutputReport[];
  readonly rules: readonly RuleReport[];
  readonly processes: readonly ProcessReport[];
  readonly containers: readonly ContainerReport[];
}

export interface SourceReport {
  readonly name: string;
  readonly events: number;
  /** Number of events that the sensor dropped, or that were rejected at an origin. */
  readonly drops: number;
  /** Time that the evaluation of events took, in seconds. */
  readonly busy_seconds: number;
  /** Delay between an event and its evaluation, in seconds; null if the delay is unknown. */
  readonly lag_seconds: number | null;
  /** Number of received events that have not been evaluated yet; null for system calls. */
  readonly waiting: number | null;
}

export interface OutputReport {
  readonly name: string;
  readonly delivered: number;
  readonly waiting: number;
  /** Age of the oldest waiting alert, in seconds. */
  readonly lag_seconds: number;
  readonly lost: number;
}

export interface RuleReport {
  readonly name: string;
  readonly source: string;
  readonly priority: string;
  /** Number of events of the types for which the rule is evaluated. */
  readonly events: number;
  readonly matches: number;
  readonly alerts: number;
  /** Number of measured evaluations, and their total time in seconds. */
  readonly samples: number;
  readonly sampled_seconds: number;
}

/** Processes with the same name in the same container. */
export interface ProcessReport {
  readonly name: string;
  readonly pid: number;
  readonly many: boolean;
  readonly container: string;
  readonly events: number;
  readonly alerts: number;
}

export interface ContainerReport {
  /** Short ID; "" for processes outside of containers. */
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly pod: string;
  readonly events: number;
  readonly alerts: number;
}

/** Input for a report. */
export interface ReportInput {
  readonly hostname: string;
  /** The observed session; undefined during startup. */
  readonly observed: MetricsInput | undefined;
  readonly activity: Activity | undefined;
  /** Measured times of rules by source. */
  readonly times: ReadonlyMap<string, RuleTimes>;
}

/** Creates a report. @param now milliseconds since the epoch */
export function topReport({ hostname, observed, activity, times }: ReportInput, now: number): TopReport {
  const { user, system } = process.cpuUsage();
  const common = {
    ...{ version: version(), hostname, time: now, started: Math.round(processBegan) },
    cpu_seconds: (user + system) / 1e6,
    memory_bytes: process.memoryUsage.rss(),
  };
  if (observed === undefined)
    return {
      ...common,
      status: "starting",
      alerts: 0,
      sources: [],
      outputs: [],
      rules: [],
      processes: [],
      containers: [],
    };
  const { session, sources, alerts, health } = observed;
  observeHealth(health, session);
  const byRule = new Map<string, number>();
  let total = 0;
  for (const [[rule = "", , source = ""], count] of alerts.byRule.entries()) {
    total += count;
    byRule.set(`${source}\n${rule}`, count);
  }
  const { machine } = session;
  const names = (id: string) => containerNames(machine, id);
  return {
    ...common,
    status: health.overall(),
    alerts: total,
    sources: sources
      .filter(({ stream, engine }) => stream !== undefined || session.live !== undefined || engine.events > 0)
      .map((each) => sourceReport(each, observed)),
    outputs: session.delivery.outputs().map(({ name, delivered, waiting, lost, first }) => ({
      ...{ name, delivered, waiting, lost },
      lag_seconds: first === undefined ? 0 : Math.max(0, now - Number(first / 1_000_000n)) / 1000,
    })),
    rules: sources.flatMap((source) => ruleReports(source, byRule, times.get(source.source))).slice(0, MAX_RULES),
    processes: largest(activity?.processes.values()).map(({ name, pid, many, container, events, alerts }) => {
      const { pod, name: containerName } = names(container);
      return {
        ...{ name: fromByteString(name), pid, many, events, alerts },
        container: pod || containerName || container,
      };
    }),
    containers: largest(activity?.containers.values()).map(({ container, events, alerts }) => ({
      ...{ id: container, ...names(container), events, alerts },
    })),
  };
}

function sourceReport({ source, engine, lag, stream }: EvaluatedSource, { session }: MetricsInput): SourceReport {
  const rejected = (stream?.feeds ?? []).reduce((sum, { refused }) => {
    for (const count of refused.values()) sum += count;
    return sum;
  }, 0);
  return {
    name: source,
    events: engine.events,
    drops: stream === undefined ? (session.live?.counts().lost ?? 0) : rejected,
    busy_seconds: engine.busy / 1000,
    lag_seconds: lag?.lag() ?? null,
    waiting: stream?.waiting ?? null,
  };
}

function ruleReports(
  { source, engine, rules, times: configured }: EvaluatedSource,
  alerts: ReadonlyMap<string, number>,
  measured: RuleTimes | undefined,
): RuleReport[] {
  const times = new Map((configured ?? measured)?.rules.map((time) => [time.rule, time]));
  return rules.map((rule, i) => {
    const time = times.get(rule);
    let events = 0;
    for (const code of rule.bound.codes) events += engine.seen[code] ?? 0;
    return {
      ...{ name: rule.name, source, priority: rule.priority, events },
      matches: engine.matches[i] ?? 0,
      alerts: alerts.get(`${source}\n${rule.name}`) ?? 0,
      samples: time?.samples ?? 0,
      sampled_seconds: time?.seconds ?? 0,
    };
  });
}

/** Returns the entries with the most events, and the entries with the most alerts. */
function largest<Entry extends { readonly events: number; readonly alerts: number }>(
  entries: Iterable<Entry> = [],
): Entry[] {
  const all = [...entries];
  const byEvents = all.toSorted((a, b) => b.events - a.events).slice(0, MAX_ENTRIES);
  const byAlerts = all.toSorted((a, b) => b.alerts - a.alerts).slice(0, MAX_ENTRIES);
  return [...new Set([...byEvents, ...byAlerts])];
}

/** The source whose events are attributed to processes. */
export const SAMPLED_SOURCE = SYSCALL;

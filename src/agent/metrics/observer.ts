import { isDeepStrictEqual } from "node:util";
import type { Alert } from "../../alert/alert.ts";
import type { Config } from "../../config/load.ts";
import type { Observed as Event } from "../../machine/observed.ts";
import { absentMetrics } from "../../telemetry/falco-differences.ts";
import type { Health } from "../../telemetry/health.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines, type Reloads } from "../../telemetry/log-lines.ts";
import { processMetrics } from "../../telemetry/process.ts";
import { Samples } from "../../telemetry/samples.ts";
import type { Component } from "../component.ts";
import type { Loaded } from "../load/load.ts";
import type { ReadyRules } from "../load/ready-rules.ts";
import { type TopReport, topReport } from "../top/report.ts";
import { TopSampling } from "../top/sampling.ts";
import { countAlerts, emptyCounts } from "./count-alerts.ts";
import { areCurrent, observeSources, sampleEvents } from "./evaluated-sources.ts";
import { hashFiles } from "./file-hashes.ts";
import { fillOwn, fillProcess } from "./fill.ts";
import { fillHealth } from "./fill-health.ts";
import { fillReference } from "./fill-reference.ts";
import { labelSettings, openLabelledAlerts } from "./labelled-alerts.ts";
import { missingFieldCounter } from "./missing-fields.ts";
import { observeHealth } from "./session-health.ts";
import { openSnapshotTimer } from "./snapshot-timer.ts";
import type { ActiveConfig, EvaluatedSource, MetricsInput, SessionState } from "./state.ts";
import { openMetricsServer } from "./web-server.ts";

/** Collects metrics and exposes the metrics over HTTP and as alerts. */
export interface Observer extends Component {
  /** Starts to collect metrics from a new session. */
  watch(session: SessionState): void;
  apply(next: Pick<Loaded, "config" | "rules">): Promise<void>;
  /** The current values from which metrics are computed; undefined before the first session. */
  observed(): MetricsInput | undefined;
  /** Starts or stops sampling the activity of processes, containers and rules, for {@link top}. */
  sampleActivity(on: boolean): void;
  /** Number of events after which the next event is to be sampled; undefined while activity is not sampled. */
  readonly sampleStep: number | undefined;
  /** The state of the agent for `eyas top`. */
  top(): TopReport;
  /** Counts alerts before their delivery. */
  count(alerts: readonly Alert[]): void;
  /** Counts the missing fields of an alert. Must be called while the fields of the event can still be read. */
  countMissing(alert: Alert, event: Event): void;
  /** Counts alerts from other installations. Their latency is not measured. */
  countReceived(alerts: readonly Alert[]): void;
  /**
   * Takes a metrics snapshot if a snapshot is due.
   * @returns the alert with the snapshot; undefined if no snapshot is due, or alerts with snapshots are disabled
   */
  due(): Alert | undefined;
  close(): Promise<void>;
}

export interface ObserverOptions {
  /** Path of the main configuration file, if there is one. */
  readonly configFile: string | undefined;
  readonly hostname: string;
  readonly reloads: Reloads;
  readonly health: Health;
  readonly log: Log;
  /** Called when a metrics snapshot is due. */
  readonly wake: () => void;
}

/** Opens the web server for metrics, and collects metrics. @throws Failure if the web server cannot listen */
export async function openObserver(
  { config, rules }: Pick<Loaded, "config" | "rules">,
  options: ObserverOptions,
): Promise<Observer> {
  const { hostname, reloads, health, log } = options;
  const alerts = emptyCounts();
  const missing = missingFieldCounter();
  let active = activeConfig(config, rules, options);
  let labelled = await openLabelledAlerts(config);
  let session: SessionState | undefined;
  let sources: readonly EvaluatedSource[] = [];
  const sampling = new TopSampling();
  let hasNamedAbsent = nameAbsent(config, log);
  const snapshots = openSnapshotTimer(config, options.wake, log);
  const server = await openMetricsServer(config, { session: () => session, health, fill, log });

  /** Returns the sources that are currently evaluated. */
  function currentSources(by: SessionState): readonly EvaluatedSource[] {
    if (!areCurrent(sources, by)) sources = observe(by);
    return sources;
  }

  function observe(by: SessionState): readonly EvaluatedSource[] {
    return observeSources(by, active, (source) => sampling.lookersOf(source));
  }

  function observedNow(): MetricsInput | undefined {
    return session && { session, active, sources: currentSources(session), alerts, missing, reloads, hostname, health };
  }

  function fill(): Samples {
    const sheet = new Samples();
    const own = processMetrics();
    const observed = observedNow();
    if (observed !== undefined) {
      fillOwn(sheet, observed);
      fillReference(sheet, observed, own);
      labelled?.fill(sheet);
    }
    fillProcess(sheet, own);
    if (session !== undefined) observeHealth(health, session);
    fillHealth(sheet, health);
    for (const [status, count] of server.answers())
      sheet.set("eyas_http_requests_total", { status: String(status) }, count);
    return sheet;
  }

  return {
    watch(now) {
      session = now;
      sources = observe(now);
      snapshots.restart();
    },
    async apply(next) {
      if (!isDeepStrictEqual(labelSettings(next.config), labelSettings(active.config)))
        labelled = await openLabelledAlerts(next.config);
      active = activeConfig(next.config, next.rules, options);
      if (session !== undefined) sources = observe(session);
      if (!hasNamedAbsent) hasNamedAbsent = nameAbsent(next.config, log);
      snapshots.apply(next);
      await server.apply(next);
    },
    observed: observedNow,
    sampleActivity(on) {
      if (on) sampling.start();
      else sampling.stop();
      if (session !== undefined)
        for (const each of currentSources(session)) sampleEvents(each.engine, sampling.lookersOf(each));
    },
    get sampleStep() {
      return sampling.activity?.step;
    },
    top() {
      const observed = observedNow();
      const { activity, times } = sampling;
      if (observed !== undefined) activity?.adapt(observed.session.engine.events, performance.now());
      return topReport({ hostname, observed, activity, times }, Date.now());
    },
    count(batch) {
      const evaluated = session === undefined ? [] : currentSources(session);
      const live = (source: string): boolean => evaluated.find((each) => each.source === source)?.lag !== undefined;
      countAlerts(alerts, batch, live, Date.now());
      for (const { time } of batch) alerts.last = Math.max(alerts.last, Number(time / 1_000_000n));
      labelled?.count(batch);
    },
    countMissing(alert, event) {
      missing.count(alert, event);
      sampling.activity?.countAlert(event);
    },
    countReceived(batch) {
      countAlerts(alerts, batch, () => false, Date.now());
      labelled?.count(batch);
    },
    due() {
      const observed = snapshots.isDue ? observedNow() : undefined;
      return observed && snapshots.take(observed);
    },
    async close() {
      snapshots.close();
      await server.close();
    },
  };
}

/**
 * Logs the metrics of Falco that Eyas does not have, if other metrics of the same groups are exposed.
 * @returns whether metrics were logged
 */
function nameAbsent({ metrics, webserver }: Config, log: Log): boolean {
  const { state_counters_enabled, kernel_event_counters_enabled } = metrics;
  const isExposed = metrics.enabled || (webserver.enabled && webserver.prometheus_metrics_enabled);
  if (!isExposed || !(state_counters_enabled || kernel_event_counters_enabled)) return false;
  log(logLines.metricsAbsent(Object.keys(absentMetrics)));
  return true;
}

function activeConfig(config: Config, rules: ReadyRules, { configFile }: ObserverOptions): ActiveConfig {
  const configFiles = [
    ...(configFile === undefined ? [] : [configFile]),
    ...config.config_files.map(({ path }) => path),
  ];
  return {
    config,
    rules: rules.ruleset.rules,
    rulesOf: (source) => rules.of(source).ruleset.rules,
    ruleFiles: hashFiles(rules.results.map(({ file }) => file)),
    configFiles: hashFiles(configFiles),
    since: Date.now(),
    warnings:
      rules.results.reduce((sum, { warnings }) => sum + warnings.length, 0) + rules.gaps.length + rules.leftOut.length,
  };
}

import type { Alert } from "../../alert/alert.ts";
import type { Config } from "../../config/load.ts";
import type { Observed as Event } from "../../machine/observed.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Reloads } from "../../telemetry/log-lines.ts";
import { processMetrics } from "../../telemetry/process.ts";
import { Samples } from "../../telemetry/samples.ts";
import type { Component } from "../component.ts";
import type { Loaded } from "../load/load.ts";
import type { ReadyRules } from "../load/ready-rules.ts";
import { countAlerts, noAlerts } from "./count-alerts.ts";
import { fillOwn, fillProcess } from "./fill.ts";
import { fillReference } from "./fill-reference.ts";
import { isAll, lookAtAll } from "./judged.ts";
import { noLacks } from "./lacks.ts";
import { openSnapshotTimer } from "./snapshot-timer.ts";
import { sumsOf } from "./sums.ts";
import type { InForce, Judged, Observed, Watched } from "./watched.ts";
import { openMetricsServer } from "./web-server.ts";

/** Collects metrics, and shows them over HTTP and as alerts, as the configuration wants it. */
export interface Observer extends Component {
  /** Collects from this session from now on. */
  watch(watched: Watched): void;
  apply(next: Pick<Loaded, "config" | "rules">): Promise<void>;
  /** What metrics are made from, now; undefined before the first session. */
  observed(): Observed | undefined;
  /** Counts alerts that are about to be delivered. */
  count(alerts: readonly Alert[]): void;
  /** Counts the metadata that an alert lacks, while its event is at hand. */
  countLacks(alert: Alert, event: Event): void;
  /** Counts alerts of other installations, without their latency: it says nothing about this one. */
  countReceived(alerts: readonly Alert[]): void;
  /** The alert with a snapshot of the metrics, when one is due. */
  due(): Alert | undefined;
  close(): Promise<void>;
}

export interface ObserverOptions {
  /** The main file of the configuration, if there is one. */
  readonly configFile: string | undefined;
  readonly hostname: string;
  readonly reloads: Reloads;
  readonly log: Log;
  /** Called when a snapshot is due. */
  readonly wake: () => void;
}

/** @throws Failure where the web server cannot listen */
export async function openObserver(
  { config, rules }: Pick<Loaded, "config" | "rules">,
  options: ObserverOptions,
): Promise<Observer> {
  const { hostname, reloads, log } = options;
  const alerts = noAlerts();
  const lacks = noLacks();
  let inForce = inForceNow(config, rules, options);
  let watched: Watched | undefined;
  let judged: readonly Judged[] = [];
  const snapshots = openSnapshotTimer(config, options.wake, log);
  const server = await openMetricsServer(config, { watched: () => watched, fill, log });

  /** What is evaluated now. */
  function judgedNow(by: Watched): readonly Judged[] {
    if (!isAll(judged, by)) judged = lookAtAll(by, inForce);
    return judged;
  }

  function observedNow(): Observed | undefined {
    return watched && { watched, inForce, judged: judgedNow(watched), alerts, lacks, reloads, hostname };
  }

  function fill(): Samples {
    const sheet = new Samples();
    const own = processMetrics();
    const observed = observedNow();
    if (observed !== undefined) {
      fillOwn(sheet, observed);
      fillReference(sheet, observed, own);
    }
    fillProcess(sheet, own);
    for (const [status, count] of server.answers())
      sheet.set("eyas_http_requests_total", { status: String(status) }, count);
    return sheet;
  }

  return {
    watch(now) {
      watched = now;
      judged = lookAtAll(now, inForce);
      snapshots.restart();
    },
    async apply(next) {
      inForce = inForceNow(next.config, next.rules, options);
      if (watched !== undefined) judged = lookAtAll(watched, inForce);
      snapshots.apply(next);
      await server.apply(next);
    },
    observed: observedNow,
    count(batch) {
      const sources = watched === undefined ? [] : judgedNow(watched);
      const live = (source: string): boolean => sources.find((each) => each.source === source)?.lag !== undefined;
      countAlerts(alerts, batch, live, Date.now());
    },
    countLacks: lacks.count,
    countReceived(batch) {
      countAlerts(alerts, batch, () => false, Date.now());
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

function inForceNow(config: Config, rules: ReadyRules, { configFile }: ObserverOptions): InForce {
  const configFiles = [
    ...(configFile === undefined ? [] : [configFile]),
    ...config.config_files.map(({ path }) => path),
  ];
  return {
    config,
    rules: rules.ruleset.rules,
    rulesOf: (source) => rules.of(source).ruleset.rules,
    ruleFiles: sumsOf(rules.results.map(({ file }) => file)),
    configFiles: sumsOf(configFiles),
    since: Date.now(),
    warnings: rules.results.reduce((sum, { warnings }) => sum + warnings.length, 0),
  };
}

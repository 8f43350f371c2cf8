import { appendFileSync } from "node:fs";
import type { Alert } from "../../alert/alert.ts";
import { internalAlert } from "../../alert/internal.ts";
import type { Config } from "../../config/load.ts";
import type { Observed as Event } from "../../machine/observed.ts";
import { openServer, type Page, type Pages, type WebServer } from "../../server/server.ts";
import { choiceOf, choices } from "../../telemetry/choice.ts";
import { contentTypes, expose, formFor } from "../../telemetry/exposition.ts";
import type { Log } from "../../telemetry/log.ts";
import { processFigures } from "../../telemetry/process.ts";
import { type Reloads, said } from "../../telemetry/said.ts";
import { Sheet } from "../../telemetry/sheet.ts";
import type { Component } from "../component.ts";
import { Failure } from "../failure.ts";
import type { Loaded } from "../load/load.ts";
import { alertOptions, type ReadyRules } from "../load/ready-rules.ts";
import { versions } from "../versions.ts";
import { countAlerts, noAlerts } from "./count-alerts.ts";
import { fillOwn, fillProcess } from "./fill.ts";
import { fillReference } from "./fill-reference.ts";
import { isAll, lookAtAll } from "./judged.ts";
import { noLacks } from "./lacks.ts";
import { nothingBefore, SNAPSHOT, snapshotFields } from "./snapshot.ts";
import { healthPage, sourcesPage } from "./source-pages.ts";
import { sumsOf } from "./sums.ts";
import type { InForce, Judged, Observed, Watched } from "./watched.ts";

/** Keeps figures of a run, and shows them over HTTP and as alerts, as the configuration wants it. */
export interface Observer extends Component {
  /** Reads figures off this from now on. */
  watch(watched: Watched): void;
  apply(next: Pick<Loaded, "config" | "rules">): Promise<void>;
  /** What figures are made of, now; undefined before anything is watched. */
  observed(): Observed | undefined;
  /** Counts alerts that are about to be handed on. */
  count(alerts: readonly Alert[]): void;
  /** Counts what an alert lacks, while its event is at hand. */
  countLacks(alert: Alert, event: Event): void;
  /** The same for alerts of other installations: how long they took on their way says nothing of ours. */
  countReceived(alerts: readonly Alert[]): void;
  /** An alert with figures, when it is time for one. */
  due(): Alert | undefined;
  close(): Promise<void>;
}

export interface ObserverOptions {
  /** The main file of the configuration, if there is one. */
  readonly configFile: string | undefined;
  readonly hostname: string;
  readonly reloads: Reloads;
  readonly log: Log;
  /** Called when there is something due. */
  readonly wake: () => void;
}

/** Milliseconds in which the same page does again: whoever asks without pause must not take the events' time. */
const FRESH = 200;

/** @throws Failure where the web server can't be opened */
export async function openObserver(
  first: Pick<Loaded, "config" | "rules">,
  options: ObserverOptions,
): Promise<Observer> {
  const { config, rules } = first;
  const { hostname, reloads, log } = options;
  const alerts = noAlerts();
  const lacks = noLacks();
  let inForce = inForceNow(config, rules, options);
  let watched: Watched | undefined;
  let judged: readonly Judged[] = [];
  let before = nothingBefore;
  let samples = 0;
  let isDue = false;
  const recent = new Map<string, { readonly page: Page; readonly made: number }>();
  let timer = startTimer(config);
  let server = await open(config);

  function startTimer({ metrics }: Config): NodeJS.Timeout | undefined {
    if (!metrics.enabled || (!metrics.output_rule && metrics.output_file === "")) return undefined;
    return setInterval(() => {
      isDue = true;
      options.wake();
    }, metrics.interval).unref();
  }

  async function open({ webserver }: Config): Promise<WebServer | undefined> {
    if (!webserver.enabled) return undefined;
    try {
      const opened = await openServer(webserver, pagesFor(webserver));
      log(said.serving(opened.url));
      return opened;
    } catch (error) {
      throw error instanceof Error ? new Failure(error.message) : error;
    }
  }

  function pagesFor({ k8s_healthz_endpoint: health, prometheus_metrics_enabled }: Config["webserver"]): Pages {
    const json = (value: unknown): Page => ({ type: "application/json", body: JSON.stringify(value) });
    return new Map<string, (query: URLSearchParams, accept: string | undefined) => Page>([
      [health, () => healthPage(watched)],
      ["/sources", () => sourcesPage(watched)],
      ["/versions", () => json(versions())],
      ...(prometheus_metrics_enabled ? [["/metrics", metricsPage] as const] : []),
    ]);
  }

  function metricsPage(query: URLSearchParams, accept: string | undefined): Page {
    const form = formFor(accept);
    const choice = choiceOf(query.get("names"));
    const key = `${form} ${choice}`;
    const known = recent.get(key);
    if (known !== undefined && performance.now() - known.made < FRESH) return known.page;
    const page = { type: contentTypes[form], body: expose(fill(), form, choices[choice]) };
    recent.set(key, { page, made: performance.now() });
    return page;
  }

  /** What is judged now. */
  function judgedNow(by: Watched): readonly Judged[] {
    if (!isAll(judged, by)) judged = lookAtAll(by, inForce);
    return judged;
  }

  function observedNow(): Observed | undefined {
    return watched && { watched, inForce, judged: judgedNow(watched), alerts, lacks, reloads, hostname };
  }

  function fill(): Sheet {
    const sheet = new Sheet();
    const own = processFigures();
    const observed = observedNow();
    if (observed !== undefined) {
      fillOwn(sheet, observed);
      fillReference(sheet, observed, own);
    }
    fillProcess(sheet, own);
    for (const [status, count] of server?.answers ?? [])
      sheet.put("eyas_http_requests_total", { status: String(status) }, count);
    return sheet;
  }

  function append(file: string, line: string): void {
    try {
      appendFileSync(file, line);
    } catch (error) {
      log(said.figuresNotWritten(file, error instanceof Error ? error.message : String(error)));
    }
  }

  return {
    watch(now) {
      watched = now;
      judged = lookAtAll(now, inForce);
      before = nothingBefore;
    },
    async apply({ config: next, rules: nextRules }) {
      const old = inForce.config;
      inForce = inForceNow(next, nextRules, options);
      if (watched !== undefined) judged = lookAtAll(watched, inForce);
      if (differs(old.metrics, next.metrics)) {
        clearInterval(timer);
        isDue = false;
        timer = startTimer(next);
      }
      if (!differs(old.webserver, next.webserver)) return;
      await server?.close();
      server = undefined;
      try {
        server = await open(next);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        log(said.notServing(error.message));
      }
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
      if (!isDue || watched === undefined) return undefined;
      isDue = false;
      const { metrics } = inForce.config;
      const now = Date.now();
      const { fields, after } = snapshotFields(
        { watched, inForce, judged: judgedNow(watched), alerts, lacks, reloads, hostname },
        before,
        now,
      );
      before = after;
      samples++;
      if (metrics.output_file !== "")
        append(metrics.output_file, `${JSON.stringify({ output_fields: fields, sample: samples })}\n`);
      if (!metrics.output_rule) return undefined;
      return internalAlert(
        { ...SNAPSHOT, priority: "Informational", fields, fieldsShown: true },
        BigInt(now) * 1_000_000n,
        alertOptions(inForce.config, hostname),
      );
    },
    async close() {
      clearInterval(timer);
      await server?.close();
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

function differs(some: unknown, other: unknown): boolean {
  return JSON.stringify(some) !== JSON.stringify(other);
}

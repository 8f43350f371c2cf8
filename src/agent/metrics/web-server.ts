import type { Config } from "../../config/load.ts";
import { openServer, type Page, type Pages, type WebServer } from "../../server/server.ts";
import { choiceOf, choices } from "../../telemetry/choice.ts";
import { contentTypes, expose, formatFor } from "../../telemetry/exposition.ts";
import type { Health } from "../../telemetry/health.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Samples } from "../../telemetry/samples.ts";
import type { Component } from "../component.ts";
import { Failure } from "../failure.ts";
import { onChange } from "../load/changed.ts";
import type { Loaded } from "../load/load.ts";
import { versions } from "../versions.ts";
import { healthPage } from "./health-page.ts";
import { sourcesPage } from "./source-pages.ts";
import type { SessionState } from "./state.ts";

/** Serves health, versions, sources and metrics over HTTP if `webserver` is enabled. */
export interface MetricsServer extends Component {
  /** Applies a new configuration. Logs an error if the web server cannot listen; the next call then retries. */
  apply(next: Pick<Loaded, "config">): Promise<void>;
  /** Number of HTTP responses sent, by status code. */
  answers(): Iterable<readonly [number, number]>;
  close(): Promise<void>;
}

export interface MetricsServerOptions {
  readonly session: () => SessionState | undefined;
  readonly health: Health;
  /** Collects the current metrics. */
  readonly fill: () => Samples;
  readonly log: Log;
}

/** Time for which metrics are cached, in milliseconds, so that frequent scrapes do not slow down event evaluation. */
const MAX_AGE = 200;

/** Opens the web server if it is enabled. @throws Failure if the web server cannot listen */
export async function openMetricsServer(first: Config, options: MetricsServerOptions): Promise<MetricsServer> {
  const { session, health: states, fill, log } = options;
  const recent = new Map<string, { readonly page: Page; readonly made: number }>();
  let server = await open(first);

  async function open({ webserver }: Config): Promise<WebServer | undefined> {
    if (!webserver.enabled) return undefined;
    try {
      const opened = await openServer(webserver, pagesFor(webserver));
      log(logLines.serving(opened.url));
      return opened;
    } catch (error) {
      throw error instanceof Error ? new Failure(error.message) : error;
    }
  }

  function pagesFor({ k8s_healthz_endpoint: health, prometheus_metrics_enabled }: Config["webserver"]): Pages {
    const json = (value: unknown): Page => ({ type: "application/json", body: JSON.stringify(value) });
    return new Map<string, (query: URLSearchParams, accept: string | undefined) => Page>([
      [health, (query) => healthPage(session(), states, query)],
      ["/sources", () => sourcesPage(session())],
      ["/versions", () => json(versions())],
      ...(prometheus_metrics_enabled ? [["/metrics", metricsPage] as const] : []),
    ]);
  }

  function metricsPage(query: URLSearchParams, accept: string | undefined): Page {
    const form = formatFor(accept);
    const choice = choiceOf(query.get("names"));
    const key = `${form} ${choice}`;
    const known = recent.get(key);
    if (known !== undefined && performance.now() - known.made < MAX_AGE) return known.page;
    const page = { type: contentTypes[form], body: expose(fill(), form, choices[choice]) };
    recent.set(key, { page, made: performance.now() });
    return page;
  }

  return {
    answers: () => server?.answers ?? [],
    apply: onChange(first, ["webserver"], async ({ config }, failed) => {
      await server?.close();
      server = undefined;
      try {
        server = await open(config);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        log(logLines.servingFailed(error.message));
        failed();
      }
    }),
    close: async () => server?.close(),
  };
}

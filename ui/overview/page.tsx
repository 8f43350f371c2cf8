import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { mainNameField, nameFields } from "../../src/field/roles.ts";
import { api } from "../../ui-shared/api/client.ts";
import { status, subscribe } from "../../ui-shared/api/live.ts";
import { OverTimeChart } from "../../ui-shared/chart/over-time.tsx";
import { chartRange } from "../../ui-shared/filter/chart-range.ts";
import { filtered, filterOf } from "../../ui-shared/filter/filter.ts";
import { applyFilter, FilterBar } from "../../ui-shared/filter/filter-bar.tsx";
import { containerCondition } from "../../ui-shared/filter/value-counts.ts";
import { FirstSteps } from "../../ui-shared/first-steps/panel.tsx";
import { useResource } from "../../ui-shared/page/resource.ts";
import { location, parameters } from "../../ui-shared/page/router.ts";
import { Incomplete } from "../../ui-shared/text/incomplete.tsx";
import { quantity } from "../../ui-shared/text/number.ts";
import { type Breakdown, ByField } from "./by-field.tsx";
import { ChartChoice, chartOf, LazyPriorityCharts, LazyWeekMap } from "./chart-choice.tsx";
import { Comparison } from "./comparison.tsx";
import { OpenAlerts } from "./open-alerts.tsx";
import { AgentPanel, HealthPanel, OutputsPanel, ResponsesPanel, SourcesPanel } from "./status-panels.tsx";

const [app = "", otherApp] = nameFields("app");

const BY_RULE: Breakdown = { field: "rule", title: "Alerts by rule", empty: "No alerts" };

/** Panels in addition to the panel for rules. */
const BREAKDOWNS: readonly Breakdown[] = [
  { field: "priority", title: "Alerts by priority", empty: "No alerts" },
  { field: "source", title: "Alerts by source", empty: "No alerts" },
  { field: "hostname", title: "Alerts by host", empty: "No alerts" },
  {
    field: "container",
    title: "Alerts by container",
    condition: containerCondition,
  },
  { field: mainNameField("namespace"), title: "Alerts by Kubernetes namespace" },
  { field: app, ...(otherApp && { fallback: otherApp }), title: "Alerts by app" },
  { field: mainNameField("process"), title: "Alerts by process", empty: "No alerts with process information" },
  { field: mainNameField("user"), title: "Alerts by user", empty: "No alerts with user information" },
];

/** Minimum time between requests for counts, in milliseconds. */
const REFRESH_INTERVAL = 1000;
const BUCKETS = 120;

export function OverviewPage(): JSX.Element {
  const filter = filterOf(parameters.value);
  const version = useSignal(0);
  const key = filtered("", filter);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        version.value++;
      }, REFRESH_INTERVAL);
    };
    const unsubscribe = subscribe(filter, { alert: refresh, reload: refresh });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
    // The key includes the filter.
  }, [key]);

  const hasStatus = status.value !== undefined;
  const { hash } = location.value;
  useEffect(() => {
    if (hasStatus && hash === "#status") document.getElementById("status")?.scrollIntoView();
  }, [hasStatus, hash]);

  const charted = chartRange(filter, status.value?.journal.oldest);
  const overTime = useResource(
    `?${key}`,
    (signal) => api.overTime(charted, BUCKETS, signal),
    `${filtered("", charted)}#${version.value}`,
  );
  const { value, previous, failure } = overTime.value;
  const data = value ?? previous; // the chart keeps the focus while data are fetched for another filter
  const chart = chartOf(parameters.value);
  const total = value?.series.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0) ?? 0;
  return (
    <>
      <FilterBar error={failure} />
      <section class="view overview">
        <h1 class="visually-hidden">Overview</h1>
        <FirstSteps />
        <section class="panel wide" aria-labelledby="over-time">
          <header>
            <h2 id="over-time">{chart === "week" ? "Alerts by hour and weekday" : "Alerts over time"}</h2>
            <ChartChoice chart={chart} />
            <a href={filtered("/alerts", filter)}>{value === undefined ? "Alerts" : quantity(total, "alert")}</a>
            <Incomplete {...value} />
          </header>
          {chart === "week" ? (
            <LazyWeekMap filter={filter} charted={charted} version={version.value} />
          ) : data === undefined ? (
            <p class="waiting">{failure ?? "Loading…"}</p>
          ) : chart === "priority" ? (
            <LazyPriorityCharts data={data} select={(since, until) => applyFilter({ since, until })} />
          ) : (
            <OverTimeChart data={data} height={190} select={(since, until) => applyFilter({ since, until })} />
          )}
        </section>
        <OpenAlerts filter={filter} version={version.value} />
        <div class="answers">
          <Comparison filter={filter} version={version.value} />
        </div>
        <div class="breakdowns">
          <ByField {...BY_RULE} filter={filter} version={version.value} />
          <div class="breakdown-columns">
            {BREAKDOWNS.map((breakdown) => (
              <ByField key={breakdown.field} {...breakdown} filter={filter} version={version.value} />
            ))}
          </div>
        </div>
        {status.value !== undefined && (
          <div class="status-panels" id="status">
            <HealthPanel health={status.value.health} />
            <SourcesPanel sources={status.value.sources} filter={filter} />
            <OutputsPanel outputs={status.value.outputs} />
            <ResponsesPanel responses={status.value.responses} />
            <AgentPanel status={status.value} />
          </div>
        )}
      </section>
    </>
  );
}

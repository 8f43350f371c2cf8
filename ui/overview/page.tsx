import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { identifying, mainNameOf, naming } from "../../src/field/roles.ts";
import { api } from "../api/client.ts";
import { status, subscribe } from "../api/live.ts";
import { OverTimeChart } from "../chart/over-time.tsx";
import { chartRange } from "../filter/chart-range.ts";
import { comparison } from "../filter/compose.ts";
import { filtered, filterOf } from "../filter/filter.ts";
import { applyFilter, FilterBar } from "../filter/filter-bar.tsx";
import { useResource } from "../shell/resource.ts";
import { parameters } from "../shell/router.ts";
import { quantity } from "../text/number.ts";
import { Time } from "../text/time.tsx";
import { type Breakdown, ByField } from "./by-field.tsx";
import { OutputsPanel, ResponsesPanel, SensorPanel, SourcesPanel } from "./status-panels.tsx";

const [app = "", otherApp] = naming("app");
const container = [...naming("container"), ...identifying("container")];

const BY_RULE: Breakdown = { field: "rule", title: "By rule", empty: "No alert" };

/** What else alerts are counted by. */
const BREAKDOWNS: readonly Breakdown[] = [
  { field: "priority", title: "By priority", empty: "No alert" },
  { field: "source", title: "By source", empty: "No alert" },
  { field: "hostname", title: "By host", empty: "No alert" },
  {
    field: "container",
    title: "By container",
    test: (name) => `(${container.map((field) => comparison(field, name)).join(" or ")})`,
  },
  { field: mainNameOf("namespace"), title: "By Kubernetes namespace" },
  { field: app, ...(otherApp && { fallback: otherApp }), title: "By app" },
  { field: mainNameOf("process"), title: "By program", empty: "None of a process" },
  { field: mainNameOf("user"), title: "By user", empty: "None of a user" },
];

/** News come often; the numbers are asked for anew at most this often, in milliseconds. */
const REFRESH_INTERVAL = 1000;
const BUCKETS = 120;

export function OverviewPage(): JSX.Element {
  const filter = filterOf(parameters.value);
  const version = useSignal(0);
  const key = filtered("", filter);
  useEffect(() => {
    let due: ReturnType<typeof setTimeout> | undefined;
    const again = (): void => {
      due ??= setTimeout(() => {
        due = undefined;
        version.value++;
      }, REFRESH_INTERVAL);
    };
    const end = subscribe(filter, { alert: again, reload: again });
    return () => {
      clearTimeout(due);
      end();
    };
    // The filter is in the key.
  }, [key]);

  const shown = chartRange(filter, status.value?.journal.oldest);
  const overTime = useResource(`${filtered("", shown)}#${version.value}`, (signal) =>
    api.overTime(shown, BUCKETS, signal),
  );
  const { value, failure } = overTime.value;
  const total = value?.series.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0) ?? 0;
  return (
    <>
      <FilterBar error={failure} />
      <section class="view overview">
        <h1 class="unseen">Overview</h1>
        <section class="panel wide" aria-labelledby="over-time">
          <header>
            <h2 id="over-time">Alerts over time</h2>
            <a href={filtered("/alerts", filter)}>{quantity(total, "alert")}</a>
            {value?.complete === false && value.searched !== undefined && (
              <span class="quiet">
                counted back to <Time iso={value.searched} milliseconds={false} />
              </span>
            )}
          </header>
          {value !== undefined ? (
            <OverTimeChart data={value} height={190} select={(since, until) => applyFilter({ since, until })} />
          ) : (
            <p class="waiting">{failure ?? "Loading …"}</p>
          )}
        </section>
        <div class="breakdowns">
          <ByField {...BY_RULE} filter={filter} version={version.value} />
          <div class="short-ones">
            {BREAKDOWNS.map((breakdown) => (
              <ByField key={breakdown.field} {...breakdown} filter={filter} version={version.value} />
            ))}
          </div>
        </div>
        {status.value !== undefined && (
          <div class="machinery">
            <SourcesPanel sources={status.value.sources} />
            <OutputsPanel outputs={status.value.outputs} />
            <ResponsesPanel responses={status.value.responses} />
            <SensorPanel status={status.value} />
          </div>
        )}
      </section>
    </>
  );
}

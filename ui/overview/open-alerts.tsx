import type { JSX } from "preact";
import { useId, useMemo } from "preact/hooks";
import { priorities } from "../../src/rule/rule.ts";
import { api } from "../../ui-shared/api/client.ts";
import { countTogether } from "../../ui-shared/api/count-together.ts";
import { comparison, narrowed } from "../../ui-shared/filter/compose.ts";
import { type Filter, filtered } from "../../ui-shared/filter/filter.ts";
import { alertAddress, incidentAddress } from "../../ui-shared/filter/time-range.ts";
import { useShortcuts } from "../../ui-shared/page/keys.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { navigate, parameters } from "../../ui-shared/page/router.ts";
import { PriorityMark } from "../../ui-shared/text/priority.tsx";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { workloadOf } from "../alerts/workload.ts";
import { WorstWorkloads } from "./worst-workloads.tsx";

const MAX_ALERTS = 5;
/** Maximum number of groups in which workloads are counted. */
const MAX_GROUPS = 100;

interface OpenAlertsProps {
  readonly filter: Filter;
  /** The alerts are fetched again when this changes. */
  readonly version: number;
}

/** The newest open alerts of the highest priority, with links to their incidents, and their workloads. */
export function OpenAlerts({ filter, version }: OpenAlertsProps): JSX.Element | null {
  const heading = useId();
  const open: Filter = { ...filter, state: "open" };
  const fetchAlerts = async (signal: AbortSignal) => {
    const { counts } = await countTogether(open, "priority", priorities.length, signal);
    const worst = priorities.find((priority) => counts.some(({ value, count }) => value === priority && count > 0));
    if (worst === undefined) return undefined;
    const narrow = { ...open, query: narrowed(open.query, comparison("priority", worst)) };
    const [{ alerts }, groups] = await Promise.all([
      api.alerts(narrow, { limit: MAX_ALERTS }, signal),
      api.groups(narrow, { limit: MAX_GROUPS }, signal),
    ]);
    return { narrow, worst, alerts, groups };
  };
  const key = filter.state === "" || filter.state === "open" ? filtered("open", open) : "";
  const { value } = useResource(key, fetchAlerts, version).value;
  const first = value?.alerts[0]?.id;
  const shortcuts = useMemo(() => {
    const show = (): boolean => {
      if (first === undefined) return false;
      navigate(incidentAddress(first, parameters.peek()));
      return true;
    };
    return [{ keys: "i", description: "Show incident graph of the first open alert", run: show }];
  }, [first]);
  useShortcuts(shortcuts);
  if (value === undefined || key === "") return null;
  return (
    <div class="unhandled">
      <section class="panel open-alerts" aria-labelledby={heading}>
        <header>
          <h2 id={heading}>Open alerts of the highest priority</h2>
          <a href={filtered("/alerts", value.narrow)}>Show all</a>
        </header>
        <ul>
          {value.alerts.map((alert) => (
            <li key={alert.id}>
              <Time iso={alert.time} milliseconds={false} />
              <PriorityMark priority={alert.priority} />
              <a href={alertAddress(alert.id, parameters.value)}>
                <Untrusted text={alert.rule} />
              </a>
              <span class="muted">
                <Untrusted text={workloadOf(alert)} />
              </span>
              <a href={incidentAddress(alert.id, parameters.value)}>Incident graph</a>
            </li>
          ))}
        </ul>
      </section>
      <WorstWorkloads priority={value.worst} filter={value.narrow} page={value.groups} />
    </div>
  );
}

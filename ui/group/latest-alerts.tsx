import type { JSX } from "preact";
import type { GroupDetail } from "../../src/api/schemas/group.ts";
import { api } from "../../ui-shared/api/client.ts";
import { type Filter, filtered } from "../../ui-shared/filter/filter.ts";
import { alertAddress, incidentAddress } from "../../ui-shared/filter/time-range.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { parameters } from "../../ui-shared/page/router.ts";
import { integer } from "../../ui-shared/text/number.ts";
import { StateMark } from "../../ui-shared/text/priority.tsx";
import { summaryOf } from "../../ui-shared/text/summary.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { Panel } from "../alert/panel.tsx";

const MAX_ALERTS = 20;

interface LatestAlertsProps {
  readonly group: GroupDetail;
  readonly filter: Filter;
  readonly version: string;
}

/** The newest alerts of a group. */
export function LatestAlerts({ group, filter, version }: LatestAlertsProps): JSX.Element {
  const resource = useResource(
    group.query,
    (signal) => api.alerts(filter, { limit: MAX_ALERTS }, signal),
    `${version} ${group.count}`,
  );
  const { value, failure } = resource.value;
  return (
    <Panel
      title="Latest alerts"
      aside={
        <a href={incidentAddress(group.newest.id, parameters.value)} title="Incident graph of the latest alert">
          Incident graph
        </a>
      }
    >
      {failure !== undefined && <p class="failure">{failure}</p>}
      <ol class="latest-alerts">
        {(value?.alerts ?? []).map(({ id, time, state, output, hostname }) => (
          <li key={id}>
            <p class="facts">
              <Time iso={time} />
              <span class="muted">
                <Untrusted text={hostname} />
              </span>
              <StateMark state={state} />
            </p>
            <p class="clipped">
              <a href={alertAddress(id, parameters.value)}>
                <Untrusted text={summaryOf(output)} empty="(no output)" />
              </a>
            </p>
          </li>
        ))}
      </ol>
      {group.count > MAX_ALERTS && (
        <p>
          <a href={filtered("/alerts", filter)}>List all {integer(group.count)} alerts</a>
        </p>
      )}
    </Panel>
  );
}

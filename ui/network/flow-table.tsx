import type { JSX } from "preact";
import { integer } from "../../ui-shared/text/number.ts";
import { PriorityMark } from "../../ui-shared/text/priority.tsx";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { type Flow, flowQuery, localText, remoteText } from "./flow-map.ts";

/** Maximum number of rows. */
const MAX_ROWS = 500;

interface FlowTableProps {
  readonly flows: readonly Flow[];
  /** Returns the URL of the alerts of a query; undefined if the table is only for screen readers. */
  readonly addressOf: ((query: string) => string) | undefined;
}

/** Flows as a table, the most severe first. */
export function FlowTable({ flows, addressOf }: FlowTableProps): JSX.Element {
  return (
    <>
      <table class="lined">
        <caption class="visually-hidden">Flows</caption>
        <thead>
          <tr>
            <th scope="col">Workload or program</th>
            <th scope="col">Remote address</th>
            <th scope="col">Port</th>
            <th scope="col" class="number">
              Alerts
            </th>
            <th scope="col">Highest priority</th>
            <th scope="col">Last seen</th>
          </tr>
        </thead>
        <tbody>
          {flows.slice(0, MAX_ROWS).map((flow) => {
            const { from, to, count, priority, last } = flow;
            return (
              <tr key={flowQuery(flow)}>
                <th scope="row">
                  <Untrusted text={localText(from)} />
                </th>
                <td>
                  <Untrusted text={remoteText({ ...to, port: 0 })} />
                  {to.name !== "" && (
                    <span class="muted">
                      {" "}
                      <Untrusted text={to.address} />
                    </span>
                  )}
                </td>
                <td>{to.port === 0 ? "–" : to.port}</td>
                <td class="number">
                  {addressOf === undefined ? integer(count) : <a href={addressOf(flowQuery(flow))}>{integer(count)}</a>}
                </td>
                <td>
                  <PriorityMark priority={priority} />
                </td>
                <td class="nowrap">
                  <Time iso={last} milliseconds={false} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {flows.length > MAX_ROWS && <p class="muted">And {integer(flows.length - MAX_ROWS)} more.</p>}
    </>
  );
}

import type { JSX } from "preact";
import type { MachineDetail, MachineInterval } from "../../src/api/schemas/machine.ts";
import { BarChart, type BarValue } from "../../ui-shared/chart/bars.tsx";
import { Scroll } from "../../ui-shared/page/scroll.tsx";
import { compact, integer, quantity, size } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Panel } from "../alert/panel.tsx";
import { barsOf } from "./history-bars.ts";

/** Events, dropped events, backlog and memory of the last 24 hours, as charts and as a table. */
export function MachineHistory({ detail: { history, interval } }: { readonly detail: MachineDetail }): JSX.Element {
  const bars = (kind: keyof Omit<MachineInterval, "time">): BarValue[] => barsOf(history, interval, kind, Date.now());
  const most = (kind: keyof Omit<MachineInterval, "time">): number => Math.max(0, ...history.map((one) => one[kind]));
  const dropped = history.reduce((sum, one) => sum + one.dropped, 0);
  return (
    <Panel title="Last 24 hours">
      <div class="machine-history">
        <BarChart
          title="Events per second"
          summary={`maximum ${compact(most("rate"))}`}
          bars={bars("rate")}
          fill="fill-machine-rate"
        />
        <BarChart
          title="Dropped events"
          summary={quantity(dropped, "event")}
          bars={bars("dropped")}
          fill="fill-machine-dropped"
        />
        <BarChart
          title="Backlog"
          summary={`maximum ${integer(most("backlog"))}`}
          bars={bars("backlog")}
          fill="fill-machine-backlog"
        />
        <BarChart
          title="Memory"
          summary={`maximum ${size(most("memory"))}`}
          bars={bars("memory")}
          fill="fill-machine-memory"
        />
        <details>
          <summary>Show as table</summary>
          <HistoryTable history={history} />
        </details>
      </div>
    </Panel>
  );
}

function HistoryTable({ history }: Pick<MachineDetail, "history">): JSX.Element {
  return (
    <Scroll>
      <table class="lined">
        <thead>
          <tr>
            <th scope="col">Time</th>
            {["Events/s", "Dropped", "Backlog", "Memory"].map((name) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {history.toReversed().map(({ time, rate, dropped, backlog, memory }) => (
            <tr key={time}>
              <th scope="row" class="nowrap">
                <Time iso={time} milliseconds={false} />
              </th>
              {[compact(rate), integer(dropped), integer(backlog), size(memory)].map((value, i) => (
                <td key={i} class="number">
                  {value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

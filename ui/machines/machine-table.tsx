import type { ComponentChildren, JSX } from "preact";
import type { MachineRow, Machines } from "../../src/api/schemas/machine.ts";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { Ago } from "../../ui-shared/text/ago.tsx";
import { compact, size } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { machineAddress } from "./machine-filter.ts";
import { MachineStateText } from "./state-text.tsx";

/** A column after name and state. */
interface Column {
  readonly title: string;
  readonly isNumber?: true;
  readonly cell: (machine: MachineRow) => ComponentChildren;
}

const time = (iso: string | null): ComponentChildren => (iso === null ? <Missing /> : <Ago iso={iso} />);
const count = (value: number | null): ComponentChildren => (value === null ? <Missing /> : compact(value));
const lastAlert: Column = { title: "Last alert", cell: (machine) => time(machine.lastAlert) };

/** The columns by source of the list. The journal contains only the alerts of other machines, not their status. */
const columns: Readonly<Record<Machines["source"], readonly Column[]>> = {
  fleet: [
    { title: "Since", cell: ({ since }) => time(since) },
    { title: "Version", cell: ({ version }) => <Untrusted text={version} empty="–" /> },
    {
      title: "Rules",
      cell: ({ rules }) => (
        <span class="mono">
          <Untrusted text={rules} empty="–" />
        </span>
      ),
    },
    { title: "Events/s", isNumber: true, cell: ({ rate }) => count(rate) },
    {
      title: "Dropped",
      isNumber: true,
      cell: ({ dropped }) => <span class={dropped !== null && dropped > 0 ? "bad" : undefined}>{count(dropped)}</span>,
    },
    { title: "Backlog", isNumber: true, cell: ({ backlog }) => count(backlog) },
    { title: "Memory", isNumber: true, cell: ({ memory }) => (memory === null ? <Missing /> : size(memory)) },
    lastAlert,
  ],
  journal: [{ title: "Alerts", isNumber: true, cell: ({ alerts }) => count(alerts) }, lastAlert],
};

interface MachineTableProps {
  readonly machines: readonly MachineRow[];
  readonly source: Machines["source"];
}

export function MachineTable({ machines, source }: MachineTableProps): JSX.Element {
  const shown = columns[source];
  return (
    <div class="panel">
      <Cards>
        <table class={`lined machine-list ${source}`}>
          <caption class="visually-hidden">Machines, most severe states first</caption>
          <thead>
            <tr>
              <th scope="col">Machine</th>
              <th scope="col">State</th>
              {shown.map(({ title, isNumber }) => (
                <th key={title} scope="col" class={isNumber && "number"}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {machines.map((machine) => (
              <Row key={machine.id} machine={machine} columns={shown} />
            ))}
          </tbody>
        </table>
        {machines.length === 0 && <p class="muted empty">No machines match.</p>}
      </Cards>
    </div>
  );
}

function Row({
  machine,
  columns: shown,
}: {
  readonly machine: MachineRow;
  readonly columns: readonly Column[];
}): JSX.Element {
  const { id, hostname, state, level, reason } = machine;
  return (
    <tr>
      <th scope="row">
        <a href={machineAddress(id)}>
          <Untrusted text={hostname || id} />
        </a>
      </th>
      <td>
        <MachineStateText state={state} level={level} />
        {reason !== "" && (
          <div class="muted">
            <Untrusted text={reason} />
          </div>
        )}
      </td>
      {shown.map(({ title, isNumber, cell }) => (
        <td key={title} class={isNumber ? "number" : "nowrap"}>
          {cell(machine)}
        </td>
      ))}
    </tr>
  );
}

function Missing(): JSX.Element {
  return <span class="muted">–</span>;
}

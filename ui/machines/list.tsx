import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useId, useRef } from "preact/hooks";
import type { Machines } from "../../src/api/schemas/machine.ts";
import { api } from "../../ui-shared/api/client.ts";
import { LoadMore } from "../../ui-shared/page/load-more.tsx";
import { usePaged } from "../../ui-shared/page/paged.ts";
import { navigate, parameters } from "../../ui-shared/page/router.ts";
import { integer, quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { type MachineFilter, machineFilterOf, machineParameters, machinesAddress } from "./machine-filter.ts";
import { MachineTable } from "./machine-table.tsx";
import { useRefresh } from "./refresh.ts";
import { MachineStateText } from "./state-text.tsx";

const PAGE = 200;

/** All machines with their states, and counts by state. */
export function MachineList(): JSX.Element {
  const filter = machineFilterOf(parameters.value);
  const answer = useSignal<Machines | undefined>(undefined);
  const address = machinesAddress(filter);
  const tick = useRefresh();
  // The list is not fetched again after the user has loaded more machines, until the filter changes.
  const paged = useRef({ address, tick, isPaging: false });
  if (paged.current.address !== address) paged.current = { address, tick, isPaging: false };
  if (!paged.current.isPaging) paged.current.tick = tick;
  const { rows, more, failure } = usePaged(`${address}#${paged.current.tick}`, async (cursor, signal) => {
    const page = { limit: PAGE, ...(cursor !== undefined && { cursor }) };
    const answered = await api.machines({ ...machineParameters(filter), ...page }, signal);
    if (!signal.aborted) answer.value = answered;
    return { rows: answered.machines, next: answered.next };
  });
  const loadMore =
    more &&
    (() => {
      paged.current.isPaging = true;
      more();
    });
  const machines = answer.value;
  return (
    <>
      <div class="heading">
        <h1>Machines</h1>
        <p class="muted">State of the agent on each machine.</p>
      </div>
      {failure !== undefined && (
        <p class="failure" role="alert">
          <Untrusted text={failure} />
        </p>
      )}
      {machines === undefined ? (
        failure === undefined && <p class="waiting">Loading…</p>
      ) : (
        <>
          {machines.note !== null && <p class="panel machine-note">{machines.note}</p>}
          <Counts counts={machines.counts} filter={filter} />
          <Search filter={filter} />
          <p class="muted" role="status">
            {quantity(machines.total, "machine")}
            {address !== "/machines" && (machines.total === 1 ? " matches" : " match")}
            {!machines.complete && "; the list is incomplete, because there are more than 10,000 machines"}
          </p>
          <MachineTable machines={rows ?? []} source={machines.source} />
          <LoadMore more={loadMore} />
        </>
      )}
    </>
  );
}

/** Number of machines by state. A click shows only the machines in that state; a second click shows all machines. */
function Counts({
  counts,
  filter,
}: {
  readonly counts: Machines["counts"];
  readonly filter: MachineFilter;
}): JSX.Element {
  return (
    <ul class="machine-counts" aria-label="Machines by state">
      {counts.map(({ state, level, about, machines }) => (
        <li key={state}>
          <a
            href={machinesAddress({ ...filter, state: filter.state === state ? "" : state })}
            aria-current={filter.state === state ? "true" : undefined}
            title={about}
          >
            <span class="number">{integer(machines)}</span> <MachineStateText state={state} level={level} />
          </a>
        </li>
      ))}
    </ul>
  );
}

function Search({ filter }: { readonly filter: MachineFilter }): JSX.Element {
  const id = useId();
  return (
    <search class="machine-search">
      <label class="visually-hidden" for={id}>
        Search host name, version, kernel, rules or state
      </label>
      <input
        id={id}
        type="search"
        data-query
        maxLength={300}
        placeholder="Search host name, version, kernel, rules or state"
        value={filter.text}
        onInput={({ currentTarget }) => navigate(machinesAddress({ ...filter, text: currentTarget.value }), "replace")}
      />
    </search>
  );
}

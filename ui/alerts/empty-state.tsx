import type { JSX } from "preact";
import { status } from "../../ui-shared/api/live.ts";
import type { Filter } from "../../ui-shared/filter/filter.ts";
import { rangePhrase } from "../../ui-shared/filter/filter-bar.tsx";
import type { AlertRows } from "./rows.ts";

/** Describes how to raise test alerts. Shown only if this machine's agent monitors system calls. */
function DrillHint(): JSX.Element | null {
  const { watching = false, fleet = false, sources = [] } = status.value ?? {};
  if (!watching || fleet || !sources.some(({ name }) => name === "syscall")) return null;
  return (
    <>
      Run <code>sudo eyas drill</code> to raise test alerts.
    </>
  );
}

/** Shown if the list has no rows: an error, the loading state, or a message that no alerts match. */
export function EmptyState({ rows, filter }: { readonly rows: AlertRows; readonly filter: Filter }): JSX.Element {
  if (rows.failure.value !== undefined) return <p class="failure empty">{rows.failure.value}</p>;
  if (rows.more.value) return <p class="waiting empty">Loading…</p>;
  const narrowed = filter.query !== "" || filter.text !== "" || filter.state !== "";
  return (
    <p class="muted empty">
      No alerts{narrowed && " match the filter"}
      {rangePhrase(filter)}.{" "}
      {narrowed ? (
        <a href="/alerts">Clear filters</a>
      ) : (
        <>
          <DrillHint /> <a href="/alerts?since=ever">Show all alerts</a>
        </>
      )}
    </p>
  );
}

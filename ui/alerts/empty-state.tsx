import type { JSX } from "preact";
import type { Filter } from "../filter/filter.ts";
import { rangePhrase } from "../filter/filter-bar.tsx";
import type { AlertRows } from "./rows.ts";

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
          Run <code>eyas drill</code> to raise test alerts. <a href="/alerts?since=ever">Show all alerts</a>
        </>
      )}
    </p>
  );
}

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { api } from "../../ui-shared/api/client.ts";
import { completed } from "../../ui-shared/api/completed.ts";
import type { Filter } from "../../ui-shared/filter/filter.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { integer } from "../../ui-shared/text/number.ts";
import type { AlertRows } from "./rows.ts";
import type { Selection } from "./selection.ts";

interface SelectMatchingProps {
  readonly filter: Filter;
  readonly rows: AlertRows;
  readonly selection: Selection;
}

/** Buttons that select all loaded alerts, and then all alerts that match the filter. Not shown to viewers. */
export function SelectMatching({ filter, rows, selection }: SelectMatchingProps): JSX.Element | null {
  const { isAll, matching, matchCount: count, selectLoaded, selectMatching } = selection;
  const all = isAll.value;
  useEffect(() => {
    if (!all) return;
    const controller = new AbortController();
    count.value = undefined;
    const { signal } = controller;
    completed(() => api.count(filter, "priority", 1, signal), signal).then(
      ({ total, complete }) => {
        count.value = complete === false ? undefined : total;
      },
      () => {}, // the number is not shown
    );
    return () => controller.abort();
  }, [all]);
  if (!hasRole("responder") || rows.length === 0 || matching.value !== undefined) return null;
  if (all && count.value !== undefined && count.value <= selection.selected.value.size) return null; // nothing to add
  return all ? (
    <button type="button" class="primary" title="Select all that match (X)" onClick={selectMatching}>
      Select all{count.value === undefined ? "" : ` ${integer(count.value)}`} that match
    </button>
  ) : (
    <button type="button" title="Select all shown (X)" onClick={selectLoaded}>
      Select all
    </button>
  );
}

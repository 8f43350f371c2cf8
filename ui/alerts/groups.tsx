import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Searched } from "../../src/api/schemas/common.ts";
import type { AlertGroup } from "../../src/api/schemas/group.ts";
import { api } from "../../ui-shared/api/client.ts";
import { completed } from "../../ui-shared/api/completed.ts";
import { Sparkline, type SparklineSteps } from "../../ui-shared/chart/sparkline.tsx";
import type { Filter } from "../../ui-shared/filter/filter.ts";
import { alertAddress } from "../../ui-shared/filter/time-range.ts";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { LoadMore } from "../../ui-shared/page/load-more.tsx";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { parameters } from "../../ui-shared/page/router.ts";
import { Incomplete } from "../../ui-shared/text/incomplete.tsx";
import { integer, quantity } from "../../ui-shared/text/number.ts";
import { PriorityMark } from "../../ui-shared/text/priority.tsx";
import { summaryOf } from "../../ui-shared/text/summary.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { visible } from "../../ui-shared/text/visible.ts";
import { AddToCase } from "../../ui-shared/triage/case-dialog.tsx";
import { GroupActions } from "../../ui-shared/triage/group-actions.tsx";
import { GroupMarks } from "../../ui-shared/triage/group-marks.tsx";
import { groupPageAddress, keepGroupOrder } from "../../ui-shared/triage/group-order.ts";
import { endedChanges } from "./bulk-change.ts";
import { ExportMenu } from "./export-menu.tsx";
import { type GroupSelection, keyOf, useGroupSelection } from "./group-selection.ts";
import { useGroupUpdates } from "./group-updates.ts";
import { emptyText, QueueSelect, queueIn, requestOf } from "./queue.tsx";
import { TriageBar } from "./triage-bar.tsx";

const PAGE = 100;
/** Number of intervals of the sparklines. */
const TREND = 30;

/** Table of alerts grouped by rule and by app, container or program. */
export function Groups({ filter }: { readonly filter: Filter }): JSX.Element {
  const queue = queueIn(parameters.value);
  const steps = useSignal<SparklineSteps | undefined>(undefined);
  const changes = useSignal(0);
  const groups = useSignal<readonly AlertGroup[] | undefined>(undefined);
  const next = useSignal<string | null>(null);
  const searched = useSignal<Searched>({});
  const failure = useSignal("");
  const fetchMore = async (cursor?: string, signal?: AbortSignal): Promise<void> => {
    try {
      const {
        groups: more,
        next: following,
        trendFrom,
        trendStep,
        ...range
      } = await api.groups(
        filter,
        { limit: PAGE, trend: TREND, ...requestOf(queue), ...(cursor !== undefined && { cursor }) },
        signal,
      );
      groups.value = [...(cursor === undefined ? [] : (groups.peek() ?? [])), ...more];
      keepGroupOrder(groups.value);
      if (cursor === undefined && trendFrom !== undefined) steps.value = { from: trendFrom, step: trendStep ?? 1 };
      next.value = following;
      searched.value = range;
    } catch (error) {
      if (signal?.aborted !== true) failure.value = messageOf(error);
    }
  };
  // Incomplete counts continue while the user does nothing with the groups.
  const fetchAll = async (signal: AbortSignal): Promise<void> => {
    const fetchFirst = async (): Promise<Searched> => {
      if (searched.peek().continues !== true || mayUpdate()) await fetchMore(undefined, signal);
      return searched.peek();
    };
    searched.value = {};
    await completed(fetchFirst, signal).catch(() => {}); // the view was closed, or a new request began
  };
  const selection = useGroupSelection(filter, groups);
  const table = useRef<HTMLTableElement>(null);
  // Rows do not move while the user points at them, and loaded pages are kept.
  const mayUpdate = (): boolean =>
    selection.selected.peek().size === 0 &&
    (groups.peek()?.length ?? 0) <= PAGE &&
    table.current?.matches(":hover, :focus-within") !== true;
  const updates = useGroupUpdates(filter, mayUpdate, () => changes.value++);
  useEffect(() => {
    const controller = new AbortController();
    updates.clear();
    void fetchAll(controller.signal);
    return () => controller.abort();
  }, [endedChanges.value, changes.value, queue]);
  const shown = groups.value;
  return (
    <section class="groups" aria-label="Alert groups" data-keep-scroll>
      <div class="toolbar">
        <span class="muted" role="status">
          {shown !== undefined &&
            (next.value === null ? quantity(shown.length, "group") : `${integer(shown.length)}+ groups`)}
        </span>
        <Incomplete {...searched.value} />
        {updates.pending.value && (
          <button type="button" class="primary" onClick={() => changes.value++}>
            Show changes
          </button>
        )}
        <QueueSelect queue={queue} />
        <span class="gap" />
        <AddToCase kind="group" alerts={selection.targets.value.map(({ newest }) => newest.id)} />
        <GroupActions
          alerts={selection.targets.value.map(({ newest }) => newest.id)}
          dialog={selection.dialog}
          subject={quantity(selection.targets.value.length, "group")}
          snoozed={queue === "snoozed"}
          onChanged={() => {
            selection.clear();
            changes.value++;
          }}
        />
        <TriageBar
          ids={[]}
          stateOf={() => "open"}
          matching={selection.matching.value}
          selected={
            selection.selected.value.size === 0 ? "" : `${quantity(selection.selected.value.size, "group")} selected`
          }
          request={selection.request}
          onStateChange={() => {}}
          onDone={selection.clear}
        />
        <ExportMenu filter={filter} />
      </div>
      {failure.value !== "" && <p class="failure empty">{failure.value}</p>}
      {shown?.length === 0 && <p class="muted empty">{emptyText(queue, filter)}</p>}
      {shown !== undefined && shown.length > 0 && (
        <Cards>
          <table class="groups-table" ref={table}>
            <thead>
              <tr>
                <th scope="col">
                  <span class="visually-hidden">Selected</span>
                </th>
                <th scope="col" class="number">
                  Count
                </th>
                <th scope="col">Priority</th>
                <th scope="col">Rule</th>
                <th scope="col">Workload or process</th>
                <th scope="col">Trend</th>
                <th scope="col">First seen</th>
                <th scope="col">Last seen</th>
                <th scope="col">Latest alert</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((group) => (
                <tr key={keyOf(group)} class={rowClass(selection, keyOf(group))}>
                  <td class="select-group">
                    <input
                      type="checkbox"
                      data-group={keyOf(group)}
                      checked={selection.selected.value.has(keyOf(group))}
                      aria-label={visible(`Select ${group.rule}${group.key === "" ? "" : `, ${group.key}`}`)}
                      onFocus={() => selection.focus(keyOf(group))}
                      onChange={() => selection.toggle(keyOf(group))}
                    />
                  </td>
                  <td class="number">
                    {integer(group.count)}
                    {group.open !== undefined && group.open < group.count && (
                      <span class="muted open-count"> {integer(group.open)} open</span>
                    )}
                  </td>
                  <td>
                    <PriorityMark priority={group.priority} />
                  </td>
                  <th scope="row">
                    <a href={groupPageAddress(group.newest.id, parameters.value)}>
                      <Untrusted text={group.rule} />
                    </a>
                    <GroupMarks group={group} />
                  </th>
                  <td>
                    <Untrusted text={group.key} empty="–" />
                  </td>
                  <td>
                    {group.trend !== undefined && steps.value !== undefined && (
                      <Sparkline counts={group.trend} steps={steps.value} withoutTotal />
                    )}
                  </td>
                  <td class="nowrap">
                    <Time iso={group.first} milliseconds={false} />
                  </td>
                  <td class="nowrap">
                    <Time iso={group.last} milliseconds={false} />
                  </td>
                  <td class="newest">
                    <a href={alertAddress(group.newest.id, parameters.value)}>
                      <Untrusted text={summaryOf(group.newest.output)} />
                    </a>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Cards>
      )}
      <LoadMore more={next.value === null ? undefined : () => void fetchMore(next.peek() ?? undefined)} />
    </section>
  );
}

function rowClass({ selected, focused }: GroupSelection, key: string): string {
  return `${selected.value.has(key) ? "selected " : ""}${focused.value === key ? "focused" : ""}`;
}

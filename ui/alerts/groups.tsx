import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { AlertGroup } from "../../src/api/schemas/alert.ts";
import type { Searched } from "../../src/api/schemas/common.ts";
import { api } from "../api/client.ts";
import type { Filter } from "../filter/filter.ts";
import { rangePhrase } from "../filter/filter-bar.tsx";
import { alertAddress } from "../filter/time-range.ts";
import { Cards } from "../shell/cards.tsx";
import { LoadMore } from "../shell/load-more.tsx";
import { messageOf } from "../shell/resource.ts";
import { parameters } from "../shell/router.ts";
import { Incomplete } from "../text/incomplete.tsx";
import { integer, quantity } from "../text/number.ts";
import { summaryOf } from "../text/summary.ts";
import { Time } from "../text/time.tsx";
import { Untrusted } from "../text/untrusted.tsx";
import { visible } from "../text/visible.ts";
import { endedChanges } from "./bulk-change.ts";
import { ExportMenu } from "./export-menu.tsx";
import { type GroupSelection, groupAddress, keyOf, useGroupSelection } from "./group-selection.ts";
import { PriorityMark } from "./priority.tsx";
import { TriageBar } from "./triage-bar.tsx";

const PAGE = 100;

/** Table of alerts grouped by rule and by app, container or program. */
export function Groups({ filter }: { readonly filter: Filter }): JSX.Element {
  const groups = useSignal<readonly AlertGroup[] | undefined>(undefined);
  const next = useSignal<string | null>(null);
  const searched = useSignal<Searched>({});
  const failure = useSignal("");
  const fetchMore = async (cursor?: string, signal?: AbortSignal): Promise<void> => {
    try {
      const {
        groups: more,
        next: following,
        ...range
      } = await api.groups(filter, { limit: PAGE, ...(cursor !== undefined && { cursor }) }, signal);
      groups.value = [...(cursor === undefined ? [] : (groups.peek() ?? [])), ...more];
      next.value = following;
      searched.value = range;
    } catch (error) {
      if (signal?.aborted !== true) failure.value = messageOf(error);
    }
  };
  const selection = useGroupSelection(filter, groups);
  useEffect(() => {
    const controller = new AbortController();
    void fetchMore(undefined, controller.signal);
    return () => controller.abort();
  }, [endedChanges.value]);
  const shown = groups.value;
  return (
    <section class="groups" aria-label="Alert groups" data-keep-scroll>
      <div class="toolbar">
        <span class="muted" role="status">
          {shown !== undefined &&
            (next.value === null ? quantity(shown.length, "group") : `${integer(shown.length)}+ groups`)}
        </span>
        <Incomplete {...searched.value} />
        <span class="gap" />
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
      {shown?.length === 0 && <p class="muted empty">No alerts{rangePhrase(filter)}.</p>}
      {shown !== undefined && shown.length > 0 && (
        <Cards>
          <table class="groups-table">
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
                  <td class="number">{integer(group.count)}</td>
                  <td>
                    <PriorityMark priority={group.priority} />
                  </td>
                  <th scope="row">
                    <a href={groupAddress(filter, group)}>
                      <Untrusted text={group.rule} />
                    </a>
                  </th>
                  <td>
                    <Untrusted text={group.key} empty="–" />
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

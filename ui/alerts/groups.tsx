import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { AlertGroup } from "../../src/api/schemas/alert.ts";
import { api } from "../api/client.ts";
import { comparison, narrowed } from "../filter/compose.ts";
import { type Filter, filtered } from "../filter/filter.ts";
import { rangePhrase } from "../filter/filter-bar.tsx";
import { messageOf } from "../shell/resource.ts";
import { Scroll } from "../shell/scroll.tsx";
import { integer } from "../text/number.ts";
import { summaryOf } from "../text/summary.ts";
import { Time } from "../text/time.tsx";
import { Untrusted } from "../text/untrusted.tsx";
import { ExportMenu } from "./export-menu.tsx";
import { PriorityMark } from "./priority.tsx";

const PAGE = 100;

/** Repeats as one line each: what fired, whose doing it was, how often. */
export function Groups({ filter }: { readonly filter: Filter }): JSX.Element {
  const groups = useSignal<readonly AlertGroup[] | undefined>(undefined);
  const next = useSignal<string | null>(null);
  const failure = useSignal("");
  const fetchMore = async (cursor?: string, signal?: AbortSignal): Promise<void> => {
    try {
      const page = await api.groups(filter, { limit: PAGE, ...(cursor !== undefined && { cursor }) }, signal);
      groups.value = [...(cursor === undefined ? [] : (groups.peek() ?? [])), ...page.groups];
      next.value = page.next;
    } catch (error) {
      if (signal?.aborted !== true) failure.value = messageOf(error);
    }
  };
  useEffect(() => {
    const given = new AbortController();
    void fetchMore(undefined, given.signal);
    return () => given.abort();
  }, []);
  const shown = groups.value;
  return (
    <section class="groups" aria-label="Groups of alerts">
      <div class="toolbar">
        <span class="quiet" role="status">
          {shown !== undefined && `${integer(shown.length)}${next.value === null ? "" : "+"} groups`}
        </span>
        <span class="gap" />
        <ExportMenu filter={filter} />
      </div>
      {failure.value !== "" && <p class="failure empty">{failure.value}</p>}
      {shown?.length === 0 && <p class="quiet empty">No alert {rangePhrase(filter)}.</p>}
      {shown !== undefined && shown.length > 0 && (
        <Scroll>
          <table>
            <thead>
              <tr>
                <th scope="col" class="number">
                  Times
                </th>
                <th scope="col">Priority</th>
                <th scope="col">Rule</th>
                <th scope="col">Actor</th>
                <th scope="col">First</th>
                <th scope="col">Last</th>
                <th scope="col">Newest</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((group) => (
                <tr key={`${group.rule}\n${group.key}`}>
                  <td class="number">{integer(group.count)}</td>
                  <td>
                    <PriorityMark priority={group.priority} />
                  </td>
                  <th scope="row">
                    <a href={filtered("/alerts", { ...filter, query: narrowed(filter.query, testOf(group)) })}>
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
                    <a href={`/alerts/${encodeURIComponent(group.newest.id)}`}>
                      <Untrusted text={summaryOf(group.newest.output)} />
                    </a>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {next.value !== null && (
        <p class="empty">
          <button type="button" onClick={() => void fetchMore(next.peek() ?? undefined)}>
            More
          </button>
        </p>
      )}
    </section>
  );
}

/** The condition that the group's alerts fulfil. */
function testOf({ query, rule }: AlertGroup): string {
  return query ?? comparison("rule", rule);
}

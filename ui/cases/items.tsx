import type { JSX } from "preact";
import type { CaseItem } from "../../src/api/schemas/case.ts";
import { alertAddress } from "../../ui-shared/filter/time-range.ts";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { parameters } from "../../ui-shared/page/router.ts";
import { integer } from "../../ui-shared/text/number.ts";
import { PriorityMark, StateMark } from "../../ui-shared/text/priority.tsx";
import { summaryOf } from "../../ui-shared/text/summary.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { visible } from "../../ui-shared/text/visible.ts";
import { groupPageAddress } from "../../ui-shared/triage/group-order.ts";

interface CaseItemsProps {
  readonly items: readonly CaseItem[];
  /** Removes an alert or a group; undefined if the user may not. */
  readonly remove: ((item: CaseItem) => void) | undefined;
}

/** The alerts and groups of a case, in the order of their time. */
export function CaseItems({ items, remove }: CaseItemsProps): JSX.Element {
  const sorted = items.toSorted((one, other) => (timeOf(one) < timeOf(other) ? -1 : 1));
  return (
    <div class="panel">
      <Cards>
        {items.length === 0 ? (
          <p class="muted empty">
            No alerts. To add some, use <i>Add to case…</i> on the page of an alert or a group.
          </p>
        ) : (
          <table class="lined">
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Priority</th>
                <th scope="col">Rule and workload</th>
                <th scope="col">Output</th>
                <th scope="col" class="number">
                  Alerts
                </th>
                <th scope="col">State</th>
                {remove !== undefined && (
                  <th scope="col" class="no-print case-remove">
                    <span class="visually-hidden">Remove</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {sorted.map((item) => (
                <tr key={`${item.kind} ${item.id}`}>
                  <td class="nowrap">
                    <Time iso={timeOf(item)} milliseconds={false} dated />
                  </td>
                  <td>
                    {item.alert !== undefined && (
                      <PriorityMark priority={item.group?.priority ?? item.alert.priority} />
                    )}
                  </td>
                  <th scope="row">
                    <Label item={item} />
                  </th>
                  <td class="case-output">
                    {item.alert === undefined ? (
                      <span class="muted">The alert was deleted.</span>
                    ) : (
                      <Untrusted text={summaryOf(item.alert.output)} />
                    )}
                  </td>
                  <td class="number">
                    {item.kind === "alert" ? "1" : item.group === undefined ? "–" : integer(item.group.count)}
                  </td>
                  <td>
                    {item.kind === "group"
                      ? item.group?.open !== undefined && `${integer(item.group.open)} open`
                      : item.alert !== undefined && <StateMark state={item.alert.state} />}
                  </td>
                  {remove !== undefined && (
                    <td class="no-print">
                      <button
                        type="button"
                        class="plain"
                        aria-label={visible(`Remove ${item.kind === "group" ? "group " : ""}${item.label}`)}
                        onClick={() => remove(item)}
                      >
                        ✕
                      </button>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Cards>
    </div>
  );
}

function Label({ item: { id, kind, label, alert } }: { readonly item: CaseItem }): JSX.Element {
  const text = (
    <>
      {kind === "group" && <span class="muted">Group: </span>}
      <Untrusted text={label} />
    </>
  );
  if (alert === undefined) return text;
  const to = kind === "group" ? groupPageAddress(id, parameters.value) : alertAddress(id, parameters.value);
  return <a href={to}>{text}</a>;
}

/**
 * Time of an alert, or of the first alert of a group; for a deleted alert, the time at which it was added to the case.
 */
function timeOf({ alert, group, added }: CaseItem): string {
  return group?.first ?? alert?.time ?? added;
}

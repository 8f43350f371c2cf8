import type { JSX } from "preact";
import { clock, day, momentText } from "../text/clock.ts";
import { integer, quantity } from "../text/number.ts";
import { PriorityMark } from "../text/priority.tsx";
import { Untrusted } from "../text/untrusted.tsx";
import { visible } from "../text/visible.ts";
import { worstOf } from "./lanes.ts";
import type { Mark } from "./marks.ts";

/** Maximum number of rules that the text of a mark names. */
const MAX_RULES = 3;

/** Formats a range of time, such as `10:06:22.123 – 10:07:00.000`. */
export function spanText(since: number, until: number): string {
  if (since === until) return momentText(since);
  const sameDay = day(new Date(since).toISOString()) === day(new Date(until).toISOString());
  return `${momentText(since)} – ${sameDay ? clock(new Date(until).toISOString()) : momentText(until)}`;
}

function timesOf({ alerts }: Mark): string {
  return spanText(alerts[0]?.at ?? 0, alerts.at(-1)?.at ?? 0);
}

/** The rules of a mark with their number of alerts, most alerts first. */
function rulesOf({ alerts }: Mark): readonly (readonly [rule: string, count: number])[] {
  return [...Map.groupBy(alerts, ({ rule }) => rule)]
    .map(([rule, those]) => [rule, those.length] as const)
    .sort(([, a], [, b]) => b - a);
}

/** Description of a mark for screen readers. */
export function spokenMark(mark: Mark): string {
  const { alerts } = mark;
  const rules = rulesOf(mark);
  const parts = [timesOf(mark), ...rules.slice(0, MAX_RULES).map(([rule]) => visible(rule))];
  if (rules.length > MAX_RULES) parts.push(quantity(rules.length - MAX_RULES, "more rule"));
  parts.push(alerts.length > 1 ? `highest priority ${worstOf(alerts)}` : worstOf(alerts));
  if (alerts.length > 1) parts.unshift(quantity(alerts.length, "alert"));
  if (alerts.some(({ isSubject }) => isSubject)) parts.push(alerts.length > 1 ? "includes this alert" : "this alert");
  return parts.join(", ");
}

/** The time, rules and priority of a mark. */
export function MarkDetails({ mark }: { readonly mark: Mark }): JSX.Element {
  const { alerts } = mark;
  const rules = rulesOf(mark);
  return (
    <>
      <span class="nowrap">{timesOf(mark)}</span>
      <PriorityMark priority={worstOf(alerts)} />
      {rules.slice(0, MAX_RULES).map(([rule, count]) => (
        <span key={rule}>
          <Untrusted text={rule} />
          {alerts.length > 1 && <span class="muted"> ×{integer(count)}</span>}
        </span>
      ))}
      {rules.length > MAX_RULES && <span class="muted">and {quantity(rules.length - MAX_RULES, "more rule")}</span>}
    </>
  );
}

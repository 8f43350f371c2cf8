import type { JSX } from "preact";
import type { Alert } from "../../src/api/schemas/alert.ts";
import { Found } from "../../ui-shared/filter/found.tsx";
import { alertAddress } from "../../ui-shared/filter/time-range.ts";
import { narrow } from "../../ui-shared/page/narrow.ts";
import { parameters } from "../../ui-shared/page/router.ts";
import { Ago } from "../../ui-shared/text/ago.tsx";
import { clock, day, isToday } from "../../ui-shared/text/clock.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { PriorityMark, StateMark } from "../../ui-shared/text/priority.tsx";
import { summaryOf } from "../../ui-shared/text/summary.ts";
import { valueText } from "../../ui-shared/text/value.ts";
import { visible } from "../../ui-shared/text/visible.ts";
import { placeOf, workloadOf } from "./workload.ts";

/** Maximum length of a text in a cell and of its tooltip, in characters. Only the beginning is visible. */
const MAX_TEXT = 400;
const MAX_TOOLTIP = 4000;

/** Contents of the built-in columns by name. */
const CONTENTS: Readonly<Record<string, (alert: Alert) => JSX.Element>> = {
  time: ({ time }) => (narrow.value ? <Ago iso={time} /> : <RowTime iso={time} />),
  priority: ({ priority }) => <PriorityMark priority={priority} />,
  rule: ({ id, rule }) => (
    <a href={alertAddress(id, parameters.value)} tabIndex={-1}>
      <Found text={rule} />
    </a>
  ),
  output: ({ output }) => <Found text={summaryOf(output).slice(0, MAX_TEXT)} />,
  workload: (alert) => <Found text={narrow.value ? placeOf(alert) : workloadOf(alert)} />,
  state: ({ state, comments, responses }) => (
    <>
      <StateMark state={state} />
      {comments > 0 && <span title={quantity(comments, "comment")}> ✎{comments}</span>}
      {responses > 0 && <span title={quantity(responses, "response")}> ⚡{responses}</span>}
    </>
  ),
  hostname: ({ hostname }) => <Found text={hostname} />,
  source: ({ source }) => <Found text={source} />,
  tags: ({ tags }) => <Found text={tags.join(", ").slice(0, MAX_TEXT)} />,
};

/** Texts of which a cell may show only the beginning, for its tooltip. */
const TOOLTIPS: Readonly<Record<string, (alert: Alert) => string>> = {
  rule: ({ rule }) => rule,
  output: ({ output }) => output,
  workload: placeOf,
};

/** A time with the date unless it is today. The list hides the year if it is at most 1024 pixels wide. */
function RowTime({ iso }: { readonly iso: string }): JSX.Element {
  const date = day(iso);
  return (
    <time dateTime={iso} title={iso}>
      {!isToday(iso) && (
        <span class="day">
          <span class="year">{date.slice(0, -5)}</span>
          {date.slice(-5)}{" "}
        </span>
      )}
      {clock(iso, true)}
    </time>
  );
}

/** A cell of the list: a property of the alert, or the value of a field. */
export function Cell({ name, alert }: { readonly name: string; readonly alert: Alert }): JSX.Element {
  const content = Object.hasOwn(CONTENTS, name) ? CONTENTS[name] : undefined;
  if (content === undefined) return <FieldCell name={name} alert={alert} />;
  const tooltip = Object.hasOwn(TOOLTIPS, name) ? TOOLTIPS[name]?.(alert) : undefined;
  return (
    <span role="gridcell" class={`cell-${name}`} title={tooltip && visible(tooltip.slice(0, MAX_TOOLTIP))}>
      {content(alert)}
    </span>
  );
}

function FieldCell({ name, alert: { fields } }: { readonly name: string; readonly alert: Alert }): JSX.Element {
  const text = Object.hasOwn(fields, name) ? valueText(fields[name]) : undefined;
  return (
    <span role="gridcell" class="cell-field" title={text && visible(text.slice(0, MAX_TOOLTIP))}>
      <span class="narrow-label">{name} </span>
      <Found text={(text ?? "").slice(0, MAX_TEXT)} empty="–" />
    </span>
  );
}

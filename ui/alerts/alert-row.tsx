import type { JSX } from "preact";
import type { Alert } from "../../src/api/schemas/alert.ts";
import { alertAddress } from "../filter/time-range.ts";
import { parameters } from "../shell/router.ts";
import { quantity } from "../text/number.ts";
import { summaryOf } from "../text/summary.ts";
import { Time } from "../text/time.tsx";
import { Untrusted } from "../text/untrusted.tsx";
import { visible } from "../text/visible.ts";
import { PriorityMark, StateMark } from "./priority.tsx";
import type { SelectMode } from "./selection.ts";
import { workloadOf } from "./workload.ts";

/** Height of a row in pixels. Must match the height in alerts.css. */
export const ROW_HEIGHT = 26;
export const ROW_HEIGHT_NARROW = 86;

interface AlertRowProps {
  readonly index: number;
  /** The alert; undefined while it is being loaded. */
  readonly alert: Alert | undefined;
  readonly focused: boolean;
  readonly selected: boolean;
  readonly select: (id: string, mode: SelectMode) => void;
  readonly open: (id: string) => void;
}

export function AlertRow({ index, alert, focused, selected, select, open }: AlertRowProps): JSX.Element {
  if (alert === undefined) return <div class="row" role="row" aria-rowindex={index + 2} aria-busy="true" />;
  const { id, time, priority, rule, output, state, comments, responses } = alert;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys
    <div
      id={`row-${id}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      class={`row${focused ? " focused" : ""}${state === "open" ? "" : " triaged"}`}
      onClick={(event) => select(id, event.shiftKey ? "extend" : event.ctrlKey || event.metaKey ? "toggle" : "focus")}
      onDblClick={() => open(id)}
    >
      <span role="gridcell" class="cell-select">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={selected}
          aria-label="Select"
          onClick={(event) => {
            event.stopPropagation();
            select(id, event.shiftKey ? "extend" : "toggle");
          }}
        />
      </span>
      <span role="gridcell" class="cell-time">
        <Time iso={time} />
      </span>
      <span role="gridcell" class="cell-priority">
        <PriorityMark priority={priority} />
      </span>
      <span role="gridcell" class="cell-rule">
        <a href={alertAddress(id, parameters.value)} tabIndex={-1}>
          <Untrusted text={rule} />
        </a>
      </span>
      <span role="gridcell" class="cell-output" title={visible(output)}>
        <Untrusted text={summaryOf(output)} />
      </span>
      <span role="gridcell" class="cell-workload">
        <Untrusted text={workloadOf(alert)} />
      </span>
      <span role="gridcell" class="cell-state">
        <StateMark state={state} />
        {comments > 0 && <span title={quantity(comments, "comment")}> ✎{comments}</span>}
        {responses > 0 && <span title={quantity(responses, "response")}> ⚡{responses}</span>}
      </span>
    </div>
  );
}

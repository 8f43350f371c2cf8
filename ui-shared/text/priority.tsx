import type { JSX } from "preact";
import type { State } from "../../src/api/filter/state.ts";
import type { Priority } from "../../src/rule/rule.ts";
import { Swatch } from "../chart/legend.tsx";

export function PriorityMark({ priority }: { readonly priority: Priority }): JSX.Element {
  return (
    <span class="priority">
      <Swatch priority={priority} />
      {priority}
    </span>
  );
}

const SYMBOLS: Readonly<Record<State, string>> = { open: "", acknowledged: "◔", closed: "✓" };

/** State of an alert. Not shown for open alerts. */
export function StateMark({ state }: { readonly state: State }): JSX.Element | null {
  if (state === "open") return null;
  return (
    <span class={`state state-${state}`}>
      <span aria-hidden="true">{SYMBOLS[state]} </span>
      {state}
    </span>
  );
}

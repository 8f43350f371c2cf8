import type { JSX } from "preact";
import { api } from "../api/client.ts";
import type { ConditionNode } from "../api/types.ts";
import { useResource } from "../shell/resource.ts";
import { Untrusted } from "../text/untrusted.tsx";
import { valueText } from "../text/value.ts";
import { Panel } from "./panel.tsx";

/** Which parts of the rule's condition held, with what each looked at. */
export function ExplanationPanel({ id }: { readonly id: string }): JSX.Element {
  const resource = useResource(id, (signal) => api.explanation(id, signal));
  const { value, failure } = resource.value;
  return (
    <Panel title="Why it fired">
      {value === undefined ? (
        <p class="quiet">{failure ?? "One moment …"}</p>
      ) : "matched" in value ? (
        <ul class="why">
          <ConditionTree node={value.matched} />
        </ul>
      ) : (
        <p class="quiet">
          <Untrusted text={value.unavailable} />
        </p>
      )}
    </Panel>
  );
}

/** A part of a condition, what became of it, and its parts. */
export function ConditionTree({ node }: { readonly node: ConditionNode }): JSX.Element {
  const { kind, name, text, verdict, decided, values = {}, parts = [] } = node;
  const mark = verdict === null ? "·" : verdict ? "✓" : "✗";
  const said = verdict === null ? "not asked" : verdict ? "holds" : "does not hold";
  const label = kind === "and" || kind === "or" ? `${kind === "and" ? "all of" : "one of"}` : text;
  return (
    <li class={verdict === null ? "unasked" : verdict ? "holds" : "fails"}>
      <span class="verdict" aria-hidden="true">
        {mark}
      </span>
      <span class="unseen">{said}: </span>
      <span class="mono">
        {name !== undefined && name !== label && (
          <>
            <Untrusted text={name} />
            {": "}
          </>
        )}
        <Untrusted text={label} />
      </span>
      {Object.entries(values).map(([term, value]) => (
        <span key={term} class="looked-at mono">
          {" "}
          <Untrusted text={valueText(value) ?? "<NA>"} />
        </span>
      ))}
      {decided && <span class="tag">decided</span>}
      {parts.length > 0 && (
        <ul>
          {parts.map((part, index) => (
            <ConditionTree key={index} node={part} />
          ))}
        </ul>
      )}
    </li>
  );
}

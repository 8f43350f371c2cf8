import type { JSX } from "preact";
import { api } from "../../ui-shared/api/client.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { ConditionTree } from "../playground/condition-tree.tsx";
import { Panel } from "./panel.tsx";

/** Evaluation of each part of the rule's condition, with the values that were compared. */
export function ExplanationPanel({ id }: { readonly id: string }): JSX.Element {
  const resource = useResource(id, (signal) => api.explanation(id, signal));
  const { value, failure } = resource.value;
  return (
    <Panel title="Explanation">
      {value === undefined ? (
        <p class="muted">{failure ?? "Loading…"}</p>
      ) : "matched" in value ? (
        <ConditionTree condition={value.matched} />
      ) : (
        <p class="muted">
          <Untrusted text={value.unavailable} />
        </p>
      )}
    </Panel>
  );
}

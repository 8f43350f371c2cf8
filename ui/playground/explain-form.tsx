import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { visible } from "../../ui-shared/text/visible.ts";
import type { ExplainTarget, RunResult } from "./protocol.ts";

const ALL_RULES = "";

interface ExplainFormProps {
  readonly result: RunResult | undefined;
  readonly explain: (target: ExplainTarget) => void;
}

/** Explains an event by number, or the event closest to a match of a rule. */
export function ExplainForm({ result, explain }: ExplainFormProps): JSX.Element {
  const event = useId();
  const rule = useId();
  return (
    <form
      class="explain-form"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        const form = new FormData(submitted.currentTarget);
        const number = Number(form.get("event"));
        const name = String(form.get("rule") ?? ALL_RULES);
        if (number > 0) explain({ event: number, ...(name !== ALL_RULES && { rule: name }) });
        else if (name !== ALL_RULES) explain({ rule: name });
      }}
    >
      <label for={event}>Event</label>
      <input id={event} name="event" type="number" min="1" step="1" placeholder="closest match" />
      <label for={rule}>Rule</label>
      <select id={rule} name="rule">
        {result?.byRule.map(({ rule: name }) => (
          <option key={name} value={name}>
            {visible(name)}
          </option>
        ))}
        <option value={ALL_RULES}>All rules</option>
      </select>
      <button type="submit">Explain</button>
    </form>
  );
}

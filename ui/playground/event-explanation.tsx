import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { integer, quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { valueText } from "../../ui-shared/text/value.ts";
import { ConditionTree } from "./condition-tree.tsx";
import { type EventExplanationJson, parseExplanation, type RuleExplanationJson } from "./explanation-json.ts";

/** Evaluation of rules on an event: first the rules that matched, then the closest matches. */
export function EventExplanation({ json }: { readonly json: string }): JSX.Element {
  const { event, rules } = useMemo(() => parseExplanation(json), [json]);
  const fired = rules.filter(({ fires }) => fires);
  const others = rules.filter(({ fires }) => !fires);
  return (
    <div class="explanation">
      <EventFacts event={event} />
      {fired.map((rule) => (
        <RuleVerdict key={rule.rule} explained={rule} isOpen />
      ))}
      {rules.length > 1 && others.length > 0 && (
        <h4>{fired.length > 0 ? "Closest matches" : "No rules matched. Closest matches"}</h4>
      )}
      {others.map((rule) => (
        <RuleVerdict key={rule.rule} explained={rule} isOpen={rules.length === 1} />
      ))}
    </div>
  );
}

function EventFacts({ event }: Pick<EventExplanationJson, "event">): JSX.Element {
  const text = (field: string): string => valueText(event[field]) ?? "<NA>";
  const args = text("evt.args").trim();
  const container = text("container.id");
  return (
    <div class="event-facts">
      <p>
        <b>Event {integer(Number(text("evt.num")))}</b>: <span class="mono">{text("evt.type")}</span> by{" "}
        <b class="mono">
          <Untrusted text={text("proc.name")} />
        </b>{" "}
        ({text("proc.pid")}, child of <Untrusted text={text("proc.pname")} />, user{" "}
        <Untrusted text={text("user.name")} />
        {container !== "host" && container !== "<NA>" && (
          <>
            , container <Untrusted text={container} />
          </>
        )}
        )
      </p>
      {args !== "" && args !== "<NA>" && (
        <p class="muted mono arguments">
          <Untrusted text={args} />
        </p>
      )}
    </div>
  );
}

function RuleVerdict({
  explained,
  isOpen,
}: {
  readonly explained: RuleExplanationJson;
  readonly isOpen: boolean;
}): JSX.Element {
  const { rule, fires, concerned, missing, share, decided, condition } = explained;
  const distance = `${quantity(missing.length, "comparison")} not met, ${Math.round(share * 100)}% met`;
  return (
    <details open={isOpen} class="rule-verdict">
      <summary>
        <b>
          <Untrusted text={rule} />
        </b>{" "}
        <span class={fires ? "fired" : "muted"}>
          {fires ? "matched" : concerned ? distance : "not evaluated for events of this type"}
        </span>
      </summary>
      {!fires && concerned && (
        <p>
          Result determined by{" "}
          <code>
            <Untrusted text={decided.text} />
          </code>
        </p>
      )}
      <ConditionTree condition={condition} />
    </details>
  );
}

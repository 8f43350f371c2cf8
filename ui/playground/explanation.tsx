import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { quantity } from "../text/number.ts";
import { Untrusted } from "../text/untrusted.tsx";
import { valueText } from "../text/value.ts";
import { ConditionTree } from "./condition-tree.tsx";
import { type EventExplanation, parseExplanation, type RuleExplanation } from "./explanation-json.ts";

/** Why rules fired on an event, or why not. */
export function Explanation({ json }: { readonly json: string }): JSX.Element {
  const { event, rules } = useMemo(() => parseExplanation(json), [json]);
  const fired = rules.filter(({ fires }) => fires);
  const others = rules.filter(({ fires }) => !fires);
  return (
    <div class="explanation">
      <EventFacts event={event} />
      {fired.map((one) => (
        <RuleVerdict key={one.rule} told={one} isOpen />
      ))}
      {rules.length > 1 && others.length > 0 && <h4>{fired.length > 0 ? "Came nearest" : "No rule fired; nearest"}</h4>}
      {others.map((one) => (
        <RuleVerdict key={one.rule} told={one} isOpen={rules.length === 1} />
      ))}
    </div>
  );
}

function EventFacts({ event }: Pick<EventExplanation, "event">): JSX.Element {
  const text = (field: string): string => valueText(event[field]) ?? "<NA>";
  const args = text("evt.args").trim();
  const container = text("container.id");
  return (
    <div class="event-facts">
      <p>
        <b>Event {text("evt.num")}</b>: <span class="mono">{text("evt.type")}</span> by{" "}
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
        <p class="quiet mono arguments">
          <Untrusted text={args} />
        </p>
      )}
    </div>
  );
}

function RuleVerdict({ told, isOpen }: { readonly told: RuleExplanation; readonly isOpen: boolean }): JSX.Element {
  const { rule, fires, concerned, missing, share, decided, condition } = told;
  const near = `${quantity(missing.length, "test")} short, ${Math.round(share * 100)} % there`;
  return (
    <details open={isOpen} class="rule-verdict">
      <summary>
        <b>
          <Untrusted text={rule} />
        </b>{" "}
        <span class={fires ? "fired" : "quiet"}>
          {fires ? "fires" : concerned ? near : "is not asked about this type of event"}
        </span>
      </summary>
      {!fires && concerned && (
        <p>
          Decided by{" "}
          <code>
            <Untrusted text={decided.text} />
          </code>
        </p>
      )}
      <ConditionTree condition={condition} />
    </details>
  );
}

import type { JSX } from "preact";
import type { FieldValue } from "../../src/api/schema.ts";
import type { ConditionPart } from "../../src/api/schemas/alert.ts";
import { Bounded } from "../../ui-shared/text/bounded.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { valueText } from "../../ui-shared/text/value.ts";

/** Condition as a tree, with the result of each part and the values that were compared. */
export function ConditionTree({ condition }: { readonly condition: ConditionPart }): JSX.Element {
  return (
    <ul class="condition-tree">
      <Part node={condition} decisive={decisivePart(condition)} />
    </ul>
  );
}

/** Returns the part that decided the result: the innermost marked part. */
function decisivePart(node: ConditionPart): ConditionPart {
  const next = node.parts?.find(({ decided }) => decided);
  return next === undefined ? node : decisivePart(next);
}

/** Parts of a condition that share a line: `not`, macros and exceptions precede their operand. */
interface Line {
  readonly label: string;
  readonly members: readonly ConditionPart[];
  readonly values: Readonly<Record<string, FieldValue>>;
  readonly parts: readonly ConditionPart[];
  /** Whether the line is a macro or an exception, which can be collapsed. */
  readonly collapsible: boolean;
}

function lineOf(node: ConditionPart): Line {
  const members: ConditionPart[] = [];
  let label = "";
  let collapsible = false;
  let current = node;
  for (;;) {
    members.push(current);
    const { kind, name = "", parts = [], text, values = {} } = current;
    const [only] = parts;
    if (kind === "test") return { label: label + text, members, values, parts: [], collapsible };
    if (only === undefined || kind === "and" || kind === "or") {
      return { label: label + (kind === "and" ? "all of" : "any of"), members, values: {}, parts, collapsible };
    }
    if (kind === "not") label += "not ";
    else {
      label += kind === "exception" ? `exception ${name}: ` : `${name}: `;
      collapsible = true;
    }
    current = only;
  }
}

interface PartProps {
  readonly node: ConditionPart;
  readonly decisive: ConditionPart;
}

function Part({ node, decisive }: PartProps): JSX.Element {
  const { label, members, values, parts, collapsible } = lineOf(node);
  const { verdict } = node;
  const isDecisive = members.includes(decisive);
  const line = (
    <>
      <span class="verdict" aria-hidden="true">
        {verdict === null ? "·" : verdict ? "✓" : "✗"}
      </span>
      <span class="visually-hidden">{verdict === null ? "not evaluated: " : verdict ? "true: " : "false: "}</span>
      <span class="mono">
        <Untrusted text={label} />
      </span>
      {Object.entries(values).map(([term, value], _, { length }) => (
        <span key={term} class="value mono">
          {" "}
          {length > 1 && `${term} `}
          <Value text={valueText(value) ?? "<NA>"} />
        </span>
      ))}
      {isDecisive && <span class="tag">determines the result</span>}
    </>
  );
  return (
    <li class={verdict === null ? "not-evaluated" : verdict ? "is-true" : "is-false"}>
      {parts.length === 0 ? (
        line
      ) : collapsible ? (
        <details open={node.decided && !isDecisive ? true : undefined}>
          <summary>{line}</summary>
          <Parts parts={parts} decisive={decisive} />
        </details>
      ) : (
        <>
          {line}
          <Parts parts={parts} decisive={decisive} />
        </>
      )}
    </li>
  );
}

/** Length in characters above which a value has a limited height. */
const LONG = 200;

function Value({ text }: { readonly text: string }): JSX.Element {
  const shown = <Untrusted text={text} empty="“”" />;
  return text.length > LONG ? <Bounded>{shown}</Bounded> : shown;
}

interface PartsProps {
  readonly parts: readonly ConditionPart[];
  readonly decisive: ConditionPart;
}

function Parts({ parts, decisive }: PartsProps): JSX.Element {
  return (
    <ul>
      {parts.map((part, index) => (
        <Part key={index} node={part} decisive={decisive} />
      ))}
    </ul>
  );
}

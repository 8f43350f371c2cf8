import type { JSX } from "preact";
import type { FieldValue } from "../../src/api/schema.ts";
import type { ConditionPart } from "../../src/api/schemas/alert.ts";
import { Untrusted } from "../text/untrusted.tsx";
import { valueText } from "../text/value.ts";

/** A condition as it was written, with what became of each part and what each test looked at. */
export function ConditionTree({ condition }: { readonly condition: ConditionPart }): JSX.Element {
  return (
    <ul class="condition-tree">
      <Part node={condition} decided={decidingIn(condition)} />
    </ul>
  );
}

/** The part that decided: the last of those that are marked, from the root down. */
function decidingIn(node: ConditionPart): ConditionPart {
  const next = node.parts?.find(({ decided }) => decided);
  return next === undefined ? node : decidingIn(next);
}

/** Parts of a condition that share a line: `not`, macros and exceptions stand before their operand. */
interface Line {
  readonly label: string;
  readonly members: readonly ConditionPart[];
  readonly values: Readonly<Record<string, FieldValue>>;
  readonly parts: readonly ConditionPart[];
  /** Whether it stands for something that is written elsewhere, and so can be shut. */
  readonly folds: boolean;
}

function lineOf(node: ConditionPart): Line {
  const members: ConditionPart[] = [];
  let label = "";
  let folds = false;
  let current = node;
  for (;;) {
    members.push(current);
    const { kind, name = "", parts = [], text, values = {} } = current;
    const [only] = parts;
    if (kind === "test") return { label: label + text, members, values, parts: [], folds };
    if (only === undefined || kind === "and" || kind === "or") {
      return { label: label + (kind === "and" ? "all of" : "any of"), members, values: {}, parts, folds };
    }
    if (kind === "not") label += "not ";
    else {
      label += kind === "exception" ? `exception ${name}: ` : `${name}: `;
      folds = true;
    }
    current = only;
  }
}

function Part({ node, decided }: { readonly node: ConditionPart; readonly decided: ConditionPart }): JSX.Element {
  const { label, members, values, parts, folds } = lineOf(node);
  const { verdict } = node;
  const isHere = members.includes(decided);
  const line = (
    <>
      <span class="verdict" aria-hidden="true">
        {verdict === null ? "·" : verdict ? "✓" : "✗"}
      </span>
      <span class="unseen">{verdict === null ? "not asked: " : verdict ? "holds: " : "does not hold: "}</span>
      <span class="mono">
        <Untrusted text={label} />
      </span>
      {Object.entries(values).map(([term, value], _, { length }) => (
        <span key={term} class="looked-at mono">
          {" "}
          {length > 1 && `${term} `}
          <Untrusted text={valueText(value) ?? "<NA>"} empty="“”" />
        </span>
      ))}
      {isHere && <span class="tag">decided</span>}
    </>
  );
  return (
    <li class={verdict === null ? "unasked" : verdict ? "holds" : "fails"}>
      {parts.length === 0 ? (
        line
      ) : folds ? (
        <details open={node.decided && !isHere ? true : undefined}>
          <summary>{line}</summary>
          <Parts parts={parts} decided={decided} />
        </details>
      ) : (
        <>
          {line}
          <Parts parts={parts} decided={decided} />
        </>
      )}
    </li>
  );
}

function Parts({ parts, decided }: { parts: readonly ConditionPart[]; decided: ConditionPart }): JSX.Element {
  return (
    <ul>
      {parts.map((part, index) => (
        <Part key={index} node={part} decided={decided} />
      ))}
    </ul>
  );
}

import type { Condition, Literal, Test } from "./ast.ts";
import { textOf } from "./bind.ts";

/** Formats a condition on one line, with every junction in parentheses. */
export function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case "macro":
      return condition.name;
    case "not":
      return `not ${conditionText(condition.operand)}`;
    case "test":
      return testText(condition);
    default:
      return `(${condition.operands.map(conditionText).join(` ${condition.kind} `)})`;
  }
}

function testText({ left, operator, modifier, right }: Test): string {
  const start = `${textOf(left)} ${operator}`;
  if (right === undefined) return start;
  const compared = modifier === undefined ? start : `${start} ${modifier}`;
  if (right.kind === "literal") return `${compared} ${literalText(right)}`;
  if (right.kind === "list") return `${compared} (${right.items.map(literalText).join(", ")})`;
  return `${compared} ${textOf(right)}`;
}

/** A value in source form: in quotes if needed. */
function literalText({ text }: Literal): string {
  if (/^[^()"'=,\s\\]+$/.test(text)) return text;
  const escaped = text.replace(/[\\"]/g, "\\$&").replace(/[\b\f\n\r\t]/g, (c) => ESCAPES[c] ?? c);
  return `"${escaped}"`;
}

const ESCAPES: Readonly<Record<string, string>> = { "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

import type { Condition } from "../../src/condition/ast.ts";
import { ConditionError } from "../../src/condition/error.ts";
import { parse } from "../../src/condition/parse.ts";

/** Maximum length of a line, in characters. */
const WIDTH = 78;

/** Breaks a long condition into one operand per line. Invalid text is returned unchanged. */
export function formatCondition(text: string): string {
  try {
    return lines(parse(text), text, WIDTH).join("\n");
  } catch (error) {
    if (error instanceof ConditionError) return text.trim();
    throw error;
  }
}

function flat(node: Condition, text: string): string {
  switch (node.kind) {
    case "and":
    case "or":
      return node.operands.map((operand) => inside(operand, flat(operand, text))).join(` ${node.kind} `);
    case "not":
      return `not ${inside(node.operand, flat(node.operand, text))}`;
    default:
      return text.slice(node.place.start, node.place.end).replace(/\s+/g, " ").trim();
  }
}

function inside({ kind }: Condition, text: string): string {
  return kind === "and" || kind === "or" ? `(${text})` : text;
}

function lines(node: Condition, text: string, width: number): string[] {
  const whole = flat(node, text);
  if (node.kind !== "and" && node.kind !== "or") {
    return node.kind === "not" && whole.length > width ? lead("not ", group(node.operand, text, width - 4)) : [whole];
  }
  if (whole.length <= width) return [whole];
  return node.operands.flatMap((operand, i) => {
    const word = i === 0 ? "" : `${node.kind} `;
    return lead(word, group(operand, text, width - word.length));
  });
}

/** Formats a nested `and` or `or` in parentheses, on one line if it fits, otherwise with indented operands. */
function group(node: Condition, text: string, width: number): string[] {
  const whole = inside(node, flat(node, text));
  if (whole.length <= width) return [whole];
  const parts = lines(node, text, width - 2);
  if (node.kind !== "and" && node.kind !== "or") return parts;
  return ["(", ...parts.map((line) => `  ${line}`), ")"];
}

function lead(word: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => (index === 0 ? word + line : line));
}

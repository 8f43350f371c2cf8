import type { Condition } from "../../src/condition/ast.ts";
import { ConditionError } from "../../src/condition/error.ts";
import { parse } from "../../src/condition/parse.ts";

/** Characters on a line before it is broken. */
const WIDTH = 78;

/**
 * A condition with a part on each line, its names and lists as they are written; the text itself where it can't be
 * read.
 */
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

/** Junctions within others stand in parentheses: on a line where there is room, else with their parts indented. */
function group(node: Condition, text: string, width: number): string[] {
  const whole = inside(node, flat(node, text));
  if (whole.length <= width) return [whole];
  const parts = lines(node, text, width - 2);
  if (node.kind !== "and" && node.kind !== "or") return parts;
  return ["(", ...parts.map((line) => `  ${line}`), ")"];
}

function lead(word: string, [first, ...others]: readonly string[]): string[] {
  return [word + first, ...others];
}

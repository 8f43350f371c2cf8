import { isKnownName } from "./names.ts";
import { Scanner } from "./scan.ts";

/** The text of a query, and the ranges of the text that contain exactly one comparison. */
export interface Source {
  readonly text: string;
  /** Maps start offsets of these ranges to end offsets. */
  readonly comparisons: ReadonlyMap<number, number>;
}

/**
 * Joins the parts of a query. The parts are a single text from the API or the web UI, or the arguments of a command.
 */
export function sourceOf(texts: readonly string[]): Source {
  const comparisons = new Map<number, number>();
  let text = "";
  for (const each of texts) {
    const one = texts.length === 1 ? each : each.trim();
    if (text !== "") text += " ";
    const begin = text.length + one.length - one.trimStart().length;
    text += one;
    if (isOneComparison(one.trim())) comparisons.set(begin, begin + one.trim().length);
  }
  return { text, comparisons };
}

const SPACED_SIGN = /^\s+(?:[!=<>]=|[=<>~]|!~)/;
const WORD_OPERATOR = /^\s+(?:exists|[bi]?contains|b?startswith|endswith|i?glob|regex)(?=[\s()]|$)/;
const LIST_OPERATOR = /^\s+(?:in|intersects|pmatch)\s*\(/;

/**
 * Whether a text is a single comparison. The value may contain spaces without quotes, as in `rule=Terminal shell in
 * container`.
 */
function isOneComparison(text: string): boolean {
  const scanner = new Scanner(text);
  const name = scanner.takeName();
  if (name === undefined) return false;
  const sign = scanner.takeSign() ?? (isKnownName(name) ? scanner.takeColon() : undefined);
  if (sign === undefined || !["=", "!=", "~", "!~", ":"].includes(sign)) return false;
  if (sign === ":") scanner.blanks();
  const value = text.slice(scanner.at);
  if (!/\s/.test(value) || /^[\s"']/.test(value) || /\s(?:not|since|until)[\s(]/i.test(value)) return false;
  return !hasComparison(value);
}

/** Whether another comparison starts within a text, after a space or a parenthesis. */
function hasComparison(text: string): boolean {
  for (const { index } of text.matchAll(/[\s(](?=[a-zA-Z])/g)) {
    const scanner = new Scanner(text);
    scanner.at = index + 1;
    const name = scanner.takeName();
    if (name === undefined) continue;
    if (scanner.takeSign() !== undefined) return true;
    if (!isKnownName(name)) continue;
    if (scanner.takeColon() !== undefined) return true;
    const rest = text.slice(scanner.at);
    if (SPACED_SIGN.test(rest) || WORD_OPERATOR.test(rest) || LIST_OPERATOR.test(rest)) return true;
  }
  return false;
}

import { conditionTokens, type TokenKind } from "../text/condition-tokens.ts";

/** A part of a query, with its kind if it has a color. */
export interface ColoredPart {
  readonly text: string;
  readonly kind?: TokenKind;
}

/** Number of characters with colors. The API refuses longer queries. */
const MAX_LENGTH = 4000;

/** Operators before which a name is a word. */
const CONNECTIVES: ReadonlySet<string> = new Set(["and", "or", "not"]);

/** Splits a query into parts with colors. Together, the parts are the query. */
export function coloredParts(query: string): readonly ColoredPart[] {
  const parts: ColoredPart[] = [];
  let at = 0;
  const add = (to: number, kind?: TokenKind): void => {
    if (to > at) parts.push({ text: query.slice(at, to), ...(kind !== undefined && { kind }) });
    at = to;
  };
  const tokens = conditionTokens(query.slice(0, MAX_LENGTH));
  for (const [i, { kind, from, to }] of tokens.entries()) {
    const next = tokens[i + 1];
    const isCompared = next?.kind === "operator" && !CONNECTIVES.has(query.slice(next.from, next.to).toLowerCase());
    const hasColon = query[to] === ":"; // `field: value`
    add(from);
    add(to, kind === "name" && (hasColon || isCompared) ? "field" : kind); // such as `priority >= error`
    if (hasColon && (kind === "name" || kind === "field")) add(to + 1, "operator");
  }
  add(query.length);
  return parts;
}

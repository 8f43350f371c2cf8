import { conditionTokens, type TokenKind } from "../text/condition-tokens.ts";

/** A part of a query, with its kind if it has a color. */
export interface ColoredPart {
  readonly text: string;
  readonly kind?: TokenKind;
}

/** Number of characters with colors. The API refuses longer queries. */
const MAX_LENGTH = 4000;

/** Splits a query into parts with colors. Together, the parts are the query. */
export function coloredParts(query: string): readonly ColoredPart[] {
  const parts: ColoredPart[] = [];
  let at = 0;
  const add = (to: number, kind?: TokenKind): void => {
    if (to > at) parts.push({ text: query.slice(at, to), ...(kind !== undefined && { kind }) });
    at = to;
  };
  for (const { kind, from, to } of conditionTokens(query.slice(0, MAX_LENGTH))) {
    add(from);
    add(to, kind);
    if (kind === "field" && query[to] === ":") add(to + 1, "operator"); // `field: value`
  }
  add(query.length);
  return parts;
}

/** Kinds of highlighted tokens in conditions. */
export type TokenKind = "operator" | "field" | "name" | "string" | "number";

const OPERATORS = [
  ...["and", "or", "not", "exists", "in", "intersects", "pmatch", "anyof", "allof", "oneof", "regex", "glob", "iglob"],
  ...["contains", "icontains", "bcontains", "startswith", "bstartswith", "endswith", "iequals"],
];

const TOKEN = new RegExp(
  [
    /("(?:[^"\\]|\\.)*"|'[^']*')/,
    new RegExp(`((?<![\\w.])(?:${OPERATORS.join("|")})(?![\\w.])|!=|[<>=]=?)`),
    /([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+(?:\[[^\]\s]*\])?)/,
    /(?<![\w.])(\d+(?:\.\d+)*)(?![\w.])/,
    /([A-Za-z_]\w*)/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);
const KINDS: readonly TokenKind[] = ["string", "operator", "field", "number", "name"];

/** Returns the tokens of a line of a condition, with their kinds and offsets. */
export function conditionTokens(
  line: string,
): readonly { readonly kind: TokenKind; readonly from: number; readonly to: number }[] {
  return [...line.matchAll(TOKEN)].map((found) => {
    const kind = KINDS.find((_, index) => found[index + 1] !== undefined) ?? "name";
    return { kind, from: found.index, to: found.index + found[0].length };
  });
}

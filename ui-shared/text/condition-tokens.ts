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

const LISTS: ReadonlySet<string> = new Set(["in", "intersects", "pmatch", "anyof", "allof", "oneof"]);
const NO_COMPARISON: ReadonlySet<string> = new Set(["and", "or", "not", "exists"]);

/** Whether a line ends within a list of values, such as `proc.name in (nc,`. */
export function endsInList(line: string): boolean {
  return /(?:,|(?<![\w.])(?:in|intersects|pmatch)\s*\()\s*$/.test(line);
}

/**
 * Returns the tokens of a line of a condition, with their kinds and offsets. A name with a dot is a field unless it is a
 * value: `nc.traditional` in `proc.name in (nc, nc.traditional)`.
 * @param inList whether the line begins within a list of values
 */
export function conditionTokens(
  line: string,
  inList = false,
): readonly { readonly kind: TokenKind; readonly from: number; readonly to: number }[] {
  /** For each open parenthesis, whether it contains values. */
  const open: boolean[] = inList ? [true] : [];
  let operator = "";
  let at = 0;
  return [...line.matchAll(TOKEN)].map((found) => {
    const [text] = found;
    for (const character of line.slice(at, found.index)) {
      if (character === "(") open.push(LISTS.has(operator));
      else if (character === ")") open.pop();
      if (/[(),]/.test(character)) operator = "";
    }
    at = found.index + text.length;
    const kind = KINDS.find((_, index) => found[index + 1] !== undefined) ?? "name";
    const isValue = open.at(-1) === true || operator !== "";
    operator = kind === "operator" && !NO_COMPARISON.has(text) ? text : "";
    return { kind: kind === "field" && isValue ? "name" : kind, from: found.index, to: at };
  });
}

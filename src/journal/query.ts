/**
 * What `eyas alerts` is asked: conditions that all have to hold.
 *
 *   rule=Name  priority>=warning  ns!=prod  proc.cmdline~curl  since 2h  not container=web  words "in a phrase"
 */
export type Condition =
  | { readonly kind: "words"; readonly text: string; readonly prefix: boolean; readonly not: boolean }
  | {
      readonly kind: "field";
      readonly name: string;
      readonly operator: Operator;
      /** Any of them. */
      readonly values: readonly string[];
      readonly not: boolean;
    }
  /** Nanoseconds since the epoch. */
  | { readonly kind: "since" | "until"; readonly time: bigint };

export const operators = ["!=", ">=", "<=", "!~", "=", "~", ">", "<"] as const;
export type Operator = (typeof operators)[number];

/** A query that makes no sense. The message is one sentence for the user. */
export class QueryError extends Error {}

const NAME = /^[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z0-9_]+)*(?:\[[^\]]*\])?/;
const SPACE = /\s/;

/**
 * Reads a query.
 * @param words as the shell gave them: each is one condition or several. One that is nothing but `field=value` needs no
 * quotes for the spaces in its value.
 * @param now milliseconds since the epoch
 * @throws QueryError
 */
export function parseQuery(words: readonly string[], now: number = Date.now()): Condition[] {
  const tokens = words.flatMap((word) => (isOneCondition(word) ? [fieldIn(word, true)] : tokensIn(word)));
  const conditions: Condition[] = [];
  let not = false;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token.kind === "field") {
      const time = timeCondition(token, now, not);
      conditions.push(time ?? { ...token, not });
    } else if (!token.quoted && /^(since|until)$/i.test(token.text)) {
      const kind = token.text.toLowerCase() === "since" ? "since" : "until";
      let time = textOf(tokens[++i]);
      if (time === undefined)
        throw new QueryError(`"${kind}" is followed by a time: ${kind} 2h, ${kind} 2026-07-30T12:00`);
      const clock = textOf(tokens[i + 1]);
      if (/^\d{4}-\d\d-\d\d$/.test(time) && clock !== undefined && /^\d\d:\d\d/.test(clock)) {
        time += `T${clock}`;
        i++;
      }
      if (not) throw new QueryError(`"not" stands before words and fields; the opposite of since is until`);
      conditions.push({ kind, time: timeIn(time, now) });
    } else if (!token.quoted && /^(not|and)$/i.test(token.text)) {
      not = token.text.toLowerCase() === "not" ? !not : not;
      if (i === tokens.length - 1) throw new QueryError(`Nothing follows "${token.text}"`);
      continue;
    } else {
      const prefix = !token.quoted && token.text.endsWith("*");
      conditions.push({ kind: "words", text: prefix ? token.text.slice(0, -1) : token.text, prefix, not });
    }
    not = false;
  }
  return conditions;
}

type Token =
  | { readonly kind: "text"; readonly text: string; readonly quoted: boolean }
  | { readonly kind: "field"; readonly name: string; readonly operator: Operator; readonly values: readonly string[] };

function textOf(token: Token | undefined): string | undefined {
  return token?.kind === "text" ? token.text : undefined;
}

/** `rule=Terminal shell in container`, as one word of the shell's. */
function isOneCondition(word: string): boolean {
  const head = headOf(word);
  if (head === undefined || !SPACE.test(word)) return false;
  const value = word.slice(head.length);
  return (
    !/["']/.test(value[0]) &&
    !/\s(?:not|since|until)\s/i.test(value) &&
    !/\s[a-zA-Z][\w.]*(?:\[[^\]]*\])?[!<>]?[=~<>]/.test(value)
  );
}

/** The name and the operator that a text begins with. */
function headOf(
  text: string,
): { readonly name: string; readonly operator: Operator; readonly length: number } | undefined {
  const name = NAME.exec(text)?.[0];
  if (name === undefined) return undefined;
  const operator = operators.find((one) => text.startsWith(one, name.length));
  return operator && { name, operator, length: name.length + operator.length };
}

/** The field condition that a text begins with; `whole`: up to its end, spaces or not. */
function fieldIn(text: string, whole: boolean): Extract<Token, { kind: "field" }> & { readonly length: number } {
  const head = headOf(text);
  if (head === undefined) throw new QueryError(`"${text}" is no condition`);
  const { name, operator } = head;
  const values: string[] = [];
  let at = head.length;
  for (;;) {
    const { value, end } = valueAt(text, at, whole);
    values.push(value);
    at = end;
    if (text[at] !== ",") break;
    at++;
  }
  return { kind: "field", name, operator, values, length: at };
}

function valueAt(text: string, from: number, whole: boolean): { readonly value: string; readonly end: number } {
  const quote = text[from];
  if (quote === '"' || quote === "'") return quotedAt(text, from);
  let end = from;
  while (end < text.length && (whole || !SPACE.test(text[end])) && text[end] !== ",") end++;
  return { value: text.slice(from, end), end };
}

/** A quoted text; a backslash takes the meaning from the character behind it. */
function quotedAt(text: string, from: number): { readonly value: string; readonly end: number } {
  let value = "";
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === text[from]) return { value, end: at + 1 };
    if (text[at] === "\\" && at + 1 < text.length) at++;
    value += text[at];
  }
  throw new QueryError(`A quote is not closed: ${text.slice(from)}`);
}

function tokensIn(word: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < word.length) {
    if (SPACE.test(word[at])) {
      at++;
      continue;
    }
    const rest = word.slice(at);
    if (headOf(rest) !== undefined) {
      const field = fieldIn(rest, false);
      tokens.push(field);
      at += field.length;
      continue;
    }
    const quoted = word[at] === '"' || (word[at] === "'" && word.indexOf("'", at + 1) > 0);
    const { value, end } = quoted ? quotedAt(word, at) : plainAt(word, at);
    if (value !== "") tokens.push({ kind: "text", text: value, quoted });
    at = end;
  }
  return tokens;
}

function plainAt(text: string, from: number): { readonly value: string; readonly end: number } {
  let end = from;
  while (end < text.length && !SPACE.test(text[end])) end++;
  return { value: text.slice(from, end), end };
}

/** `since=2h`, `until=…`, `time>=…`. */
function timeCondition(token: Extract<Token, { kind: "field" }>, now: number, not: boolean): Condition | undefined {
  const { name, operator, values } = token;
  const kind =
    (name === "since" || name === "until") && operator === "="
      ? name
      : name === "time" && (operator === ">=" || operator === ">")
        ? "since"
        : name === "time" && (operator === "<=" || operator === "<")
          ? "until"
          : undefined;
  if (kind === undefined) {
    if (name === "time") throw new QueryError("time takes >= and <=: time>=2026-07-30T12:00, or since and until");
    return undefined;
  }
  if (not) throw new QueryError(`"not" stands before words and fields; the opposite of since is until`);
  return { kind, time: timeIn(values[0], now) };
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const MILLION = 1_000_000n;

/** Nanoseconds since the epoch: `2h` is two hours ago; dates and times without a zone are local. */
function timeIn(text: string, now: number): bigint {
  const ago = /^(\d+(?:\.\d+)?)(s|m|h|d|w)$/.exec(text);
  if (ago !== null) return BigInt(Math.round(now - Number(ago[1]) * UNITS[ago[2]] * 1000)) * MILLION;
  if (text === "now") return BigInt(now) * MILLION;
  if (text === "today" || text === "yesterday") {
    const day = new Date(now);
    day.setHours(0, 0, 0, 0);
    if (text === "yesterday") day.setDate(day.getDate() - 1);
    return BigInt(day.getTime()) * MILLION;
  }
  if (/^\d{19}$/.test(text)) return BigInt(text); // evt.time, as alerts state it
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?)?$/.exec(text);
  const zone = found?.[4]?.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2") ?? "";
  const milliseconds = found === null ? Number.NaN : Date.parse(`${found[1]}T${found[2] ?? "00:00"}${zone}`);
  if (found === null || Number.isNaN(milliseconds))
    throw new QueryError(`"${text}" is no time: 30m, 2h, 7d (ago), today, 2026-07-30, 2026-07-30T12:34:56.789Z are`);
  return BigInt(milliseconds) * MILLION + BigInt((found[3] ?? "").padEnd(9, "0") || 0);
}

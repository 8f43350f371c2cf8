/**
 * Wildcard patterns for byte strings, as in fnmatch(3) without flags: `*` matches any bytes, including slashes; `?`
 * matches one byte; `[a-z]`, `[!a-z]` and `[[:alpha:]]` match sets. A backslash escapes the next character.
 */

type Step =
  | { readonly kind: "byte"; readonly code: number }
  | { readonly kind: "any" }
  | { readonly kind: "set"; readonly codes: Uint8Array }
  | { readonly kind: "star" }
  | { readonly kind: "never" };

/** Steps for single bytes, shared by all patterns. */
const BYTES: readonly Step[] = Array.from({ length: 256 }, (_, code) => ({ kind: "byte", code }));

/** Compiles a pattern to a function that tests a text. With `ignoreCase`, the case of ASCII letters is ignored. */
export function globTest(pattern: string, ignoreCase: boolean): (text: string) => boolean {
  const steps = parseGlob(pattern, ignoreCase);
  return (ignoreCase ? undefined : simpleTest(steps)) ?? stepTest(steps, ignoreCase);
}

function stepTest(steps: readonly Step[], ignoreCase: boolean): (text: string) => boolean {
  if (ignoreCase) return (text) => matches(steps, text, true);
  const prefix = literal(steps);
  const suffix = [...literal([...steps].reverse())].reverse().join("");
  return (text) => text.startsWith(prefix) && text.endsWith(suffix) && matches(steps, text, false);
}

/** Returns the literal prefix of all texts that match a pattern. */
export function globPrefix(pattern: string): string {
  return literal(parseGlob(pattern, false));
}

/** The literal text at the start of a pattern. */
function literal(steps: readonly Step[]): string {
  let text = "";
  for (const step of steps) {
    if (step.kind !== "byte") break;
    text += String.fromCharCode(step.code);
  }
  return text;
}

/** Fast path for literal text with an optional star before and after it. */
function simpleTest(steps: readonly Step[]): ((text: string) => boolean) | undefined {
  const stars = steps.filter((step) => step.kind === "star").length;
  const bytes = steps.filter((step) => step.kind === "byte");
  if (stars + bytes.length !== steps.length) return undefined;
  const piece = bytes.map(({ code }) => String.fromCharCode(code)).join("");
  const first = steps[0]?.kind === "star";
  const last = steps.at(-1)?.kind === "star";
  if (stars === 0) return (text) => text === piece;
  if (stars === 1 && first) return (text) => text.endsWith(piece);
  if (stars === 1 && last) return (text) => text.startsWith(piece);
  if (stars === 2 && first && last) return (text) => text.includes(piece);
  return undefined;
}

function matches(steps: readonly Step[], text: string, ignoreCase: boolean): boolean {
  let step = 0;
  let at = 0;
  // After a mismatch, the last star matches one more byte, and matching continues behind it.
  let starStep = -1;
  let starAt = 0;
  while (at < text.length) {
    const current = steps[step];
    if (current?.kind === "star") {
      starStep = ++step;
      starAt = at;
    } else if (current !== undefined && stepMatches(current, foldCode(text.charCodeAt(at), ignoreCase))) {
      step++;
      at++;
    } else if (starStep >= 0) {
      step = starStep;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (steps[step]?.kind === "star") step++;
  return step === steps.length;
}

function stepMatches(step: Step, code: number): boolean {
  switch (step.kind) {
    case "byte":
      return step.code === code;
    case "any":
      return true;
    case "set":
      return step.codes[code] === 1;
    default:
      return false;
  }
}

function foldCode(code: number, ignoreCase: boolean): number {
  return ignoreCase && code >= 65 && code <= 90 ? code + 32 : code;
}

function byte(code: number): Step {
  return BYTES[code] ?? { kind: "byte", code };
}

function parseGlob(pattern: string, ignoreCase: boolean): Step[] {
  const steps: Step[] = [];
  const unclosed = new Set<number>();
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i];
    if (character === "*") {
      if (steps.at(-1)?.kind !== "star") steps.push({ kind: "star" });
    } else if (character === "?") {
      steps.push({ kind: "any" });
    } else if (character === "[") {
      const set = parseSet(pattern, i + 1, ignoreCase, unclosed);
      if (set === undefined) {
        steps.push(byte(91));
      } else {
        steps.push({ kind: "set", codes: set.codes });
        i = set.end;
      }
    } else if (character === "\\") {
      if (++i >= pattern.length) steps.push({ kind: "never" });
      else steps.push(byte(foldCode(pattern.charCodeAt(i), ignoreCase)));
    } else {
      steps.push(byte(foldCode(pattern.charCodeAt(i), ignoreCase)));
    }
  }
  return steps;
}

const CLASS_TESTS: Readonly<Record<string, RegExp>> = {
  alpha: /[A-Za-z]/,
  digit: /[0-9]/,
  alnum: /[A-Za-z0-9]/,
  upper: /[A-Z]/,
  lower: /[a-z]/,
  space: /[\t\n\v\f\r ]/,
  blank: /[\t ]/,
  punct: /[!-/:-@[-`{-~]/,
  print: /[ -~]/,
  graph: /[!-~]/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the class is made of control characters
  cntrl: /[\0-\x1f\x7f]/,
  xdigit: /[0-9A-Fa-f]/,
};

/**
 * Returns the bytes in the bracket expression at `at`, and the offset of its "]"; undefined if it is not closed.
 * @param unclosed offsets of members after which no "]" closes an expression, so that a pattern with many opening
 * brackets is not searched to its end for each bracket
 */
function parseSet(
  pattern: string,
  at: number,
  ignoreCase: boolean,
  unclosed: Set<number>,
): { codes: Uint8Array; end: number } | undefined {
  const codes = new Uint8Array(256);
  const negated = pattern[at] === "!" || pattern[at] === "^";
  let i = negated ? at + 1 : at;
  const first = i;
  const members: number[] = [];
  const add = (code: number) => {
    codes[foldCode(code, ignoreCase)] = 1;
  };
  for (; i === first || pattern[i] !== "]"; i++) {
    if (i >= pattern.length || (i > first && unclosed.has(i))) {
      for (const member of members) unclosed.add(member);
      return undefined;
    }
    if (i > first) members.push(i); // the first member can be a "]", so it depends on the beginning
    const named = /^\[:([a-z]+):\]/.exec(pattern.slice(i, i + 12));
    const test = named === null ? undefined : CLASS_TESTS[named[1]!];
    if (named !== null && test !== undefined) {
      for (let code = 0; code < 256; code++) if (test.test(String.fromCharCode(code))) add(code);
      i += named[0].length - 1;
      continue;
    }
    if (pattern[i] === "\\" && i + 1 < pattern.length) i++;
    const from = pattern.charCodeAt(i);
    let to = from;
    if (pattern[i + 1] === "-" && i + 2 < pattern.length && pattern[i + 2] !== "]") {
      i += 2;
      if (pattern[i] === "\\" && i + 1 < pattern.length) i++;
      to = pattern.charCodeAt(i);
    }
    if (from > 255 || to > 255) return undefined;
    for (let code = from; code <= to; code++) add(code);
  }
  if (negated) for (let code = 0; code < 256; code++) codes[code]! ^= 1;
  return { codes, end: i };
}

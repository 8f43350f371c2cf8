import { RE2JS, RE2JSException } from "re2js";
import { bytesOf, fromByteString } from "../event/bytes.ts";

/** Syntax outside POSIX extended expressions, which Falco would interpret differently. */
const NOT_POSIX = /\\[dDsSwWbBAzZCQEpPGk]|\(\?/;
/** A bracket expression, an escape, or several repetition operators in a row. */
const PIECE = /\[\^?\]?(?:\[:[a-z^]+:\]|\\.|[^\]\\])*\]|\\[\s\S]|[*+?]{2,}|\(\?/g;

/** Escaped punctuation, which JavaScript and RE2 interpret in the same way. */
const ESCAPE = String.raw`\\[!-/:-@[-\x60{-~]`;
/** A character of a bracket expression that is not the start of a character class. */
const LISTED = String.raw`(?:[\t\n -,.-Z_-~]|\[(?!:)|${ESCAPE})`;
const RANGE = `${LISTED}(?:-${LISTED})?`;
const BRACKETS = String.raw`\[\^?(?:\]|-?${RANGE})(?:${RANGE})*-?\]`;
/** A repetition of a single character. Repetitions of groups can multiply, and RE2 limits their size. */
const REPETITION = String.raw`(?<![)])\{[0-9]{1,2}(?:,[0-9]{0,2})?\}`;
/**
 * Expressions that RE2 accepts if JavaScript does: printable ASCII characters, tabs, line feeds, escaped punctuation,
 * bracket expressions of characters and ranges, and short repetitions of them.
 */
const COMMON = new RegExp(`^(?:[\\t\\n -Z^-z|~]|${ESCAPE}|${BRACKETS}|${REPETITION})*$`);
/** An escape, or a bracket expression. JavaScript requires an escape before `]` as its first character. */
const FIRST_BRACKET = new RegExp(String.raw`(\\.)|(\[\^?)(\]?)((?:${LISTED}|-)*\])`, "g");
/** Maximum length of such an expression. RE2 limits the depth of groups. */
const MAX_COMMON = 500;

/** Maximum number of expressions in {@link known}. */
const MAX_KNOWN = 256;
/**
 * Tests in use by expression, since rules use the same expressions through macros. Weak, because a test can take 50 MB
 * after long texts, and searches have expressions too.
 */
const known = new Map<string, WeakRef<(text: string) => boolean>>();

/**
 * Returns a function that tests whether an entire string matches a POSIX extended expression, in linear time. The
 * string and the expression are byte strings. Strings that are not valid UTF-8 never match.
 * @throws RegexError if the expression is invalid
 */
export function regexTest(expression: string): (text: string) => boolean {
  const before = known.get(expression)?.deref();
  if (before !== undefined) return before;
  const test = newTest(expression);
  if (known.size === MAX_KNOWN) known.clear();
  known.set(expression, new WeakRef(test));
  return test;
}

function newTest(expression: string): (text: string) => boolean {
  const posix = fromByteString(expression).replace(PIECE, posixPiece);
  const middle = middleOf(posix);
  let [compiled, search] = [posix, middle].map((each) =>
    each === undefined || isSurelyValid(each) ? undefined : compile(each),
  );
  return (text) => {
    const characters = charactersOf(text);
    if (characters === undefined) return false;
    // A dot does not match a line feed, so a search could find a match although the whole text does not match.
    if (middle !== undefined && !characters.includes("\n")) {
      search ??= compile(middle);
      return search.test(characters);
    }
    compiled ??= compile(posix);
    return compiled.matches(characters);
  };
}

/**
 * Whether an expression is valid, as far as can be determined without compiling it for RE2. That takes 1 ms, and many
 * rules have expressions that no event of their type reaches.
 */
export function isSurelyValid(expression: string): boolean {
  if (expression.length > MAX_COMMON || !COMMON.test(expression)) return false;
  try {
    new RegExp(expression.replace(FIRST_BRACKET, forJavaScript));
    return true;
  } catch {
    return false;
  }
}

function forJavaScript(piece: string, escaped: string | undefined, start: string, first: string, rest: string): string {
  return escaped === undefined ? `${start}${first === "" ? "" : "\\]"}${rest}` : piece;
}

/**
 * The middle of `.*middle.*`. Searching for the middle is a hundred times faster than matching the whole text, which
 * may be several megabytes long. Undefined for all other expressions.
 */
function middleOf(expression: string): string | undefined {
  const found = /^\.\*([\s\S]*[^\\])\.\*$/.exec(expression)?.[1];
  if (found === undefined || /^[*+?{]/.test(found)) return undefined;
  let depth = 0;
  for (const [piece] of found.matchAll(/\[\^?\]?(?:\[:[a-z^]+:\]|[^\]])*\]|\\[\s\S]|[\s\S]/g)) {
    if (piece === "(") depth++;
    else if (piece === ")") depth--;
    else if (piece === "|" && depth === 0) return undefined;
  }
  return found;
}

/** An invalid regular expression, with a message for the user. */
export class RegexError extends Error {}

function compile(expression: string): RE2JS {
  try {
    return RE2JS.compile(expression, RE2JS.MULTILINE);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new RegexError(`Invalid regular expression (${error.message}).`);
  }
}

function posixPiece(piece: string): string {
  const foreign = NOT_POSIX.exec(piece);
  if (foreign !== null && (piece[0] !== "[" || foreign[0] !== "(?")) {
    throw new RegexError(
      `"${foreign[0]}" is not part of POSIX extended regular expressions: use [0-9], [[:alpha:]] or similar.`,
    );
  }
  // In POSIX, `a*?` is `(a*)?`; other engines treat `a*?` as a lazy repetition, and `a**` as an error.
  if (/^[*+?]/.test(piece)) return /^(.)\1*$/.test(piece) ? piece[0]! : "*";
  return piece;
}

const NOT_ASCII = /[\x80-\xff]/;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function charactersOf(text: string): string | undefined {
  return NOT_ASCII.test(text) ? decode(text) : text;
}

function decode(text: string): string | undefined {
  try {
    return decoder.decode(bytesOf(text));
  } catch {
    return undefined;
  }
}

import { RE2JS, RE2JSException } from "re2js";
import { bytesOf, fromByteString } from "../event/bytes.ts";

/** What POSIX extended expressions don't have: each would mean something else, or nothing, to the reference. */
const NOT_POSIX = /\\[dDsSwWbBAzZCQEpPGk]|\(\?/;
/** A bracket expression, an escape, or a row of repetitions. */
const PIECE = /\[\^?\]?(?:\[:[a-z^]+:\]|\\.|[^\]\\])*\]|\\[\s\S]|[*+?]{2,}|\(\?/g;

/**
 * A test whether a whole text matches a POSIX extended expression, both byte strings; it runs in time proportional to
 * the text. Texts that are not UTF-8 match nothing.
 * @throws RegexError with a sentence where the expression is none
 */
export function regexTest(expression: string): (text: string) => boolean {
  const compiled = compile(fromByteString(expression).replace(PIECE, posixPiece));
  return (text) => {
    const characters = charactersOf(text);
    return characters !== undefined && compiled.matches(characters);
  };
}

/** The message is one sentence for the user. */
export class RegexError extends Error {}

function compile(expression: string): RE2JS {
  try {
    return RE2JS.compile(expression, RE2JS.MULTILINE);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new RegexError(`The regular expression is not valid (${error.message}).`);
  }
}

function posixPiece(piece: string): string {
  const foreign = NOT_POSIX.exec(piece);
  if (foreign !== null && (piece[0] !== "[" || foreign[0] !== "(?")) {
    throw new RegexError(
      `"${foreign[0]}" is not part of POSIX extended expressions: use [0-9], [[:alpha:]] and the like.`,
    );
  }
  // `a*?` is `(a*)?` to POSIX but a lazy star to others, and `a**` is an error to them.
  if (/^[*+?]/.test(piece)) return /^(.)\1*$/.test(piece) ? piece[0]! : "*";
  return piece;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function charactersOf(text: string): string | undefined {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return decode(text);
  return text;
}

function decode(text: string): string | undefined {
  try {
    return decoder.decode(bytesOf(text));
  } catch {
    return undefined;
  }
}

import { RE2JS, RE2JSException } from "re2js";
import { bytesOf } from "../event/bytes.ts";

/** What POSIX extended expressions don't have: each would mean something else, or nothing, to the reference. */
const NOT_POSIX = /\\[dDsSwWbBAzZCQEpPGk]|\(\?/;
/** A bracket expression, an escape, or a row of repetitions. */
const PIECE = /\[\^?\]?(?:\[:[a-z^]+:\]|\\.|[^\]\\])*\]|\\[\s\S]|[*+?]{2,}|\(\?/g;

/**
 * A test whether a whole byte string matches a POSIX extended expression; it runs in time proportional to the text.
 * @throws RegexError with a sentence where the expression is none
 */
export function regexTest(expression: string): (text: string) => boolean {
  const compiled = compile(expression.replace(PIECE, posixPiece));
  return (text) => compiled.matches(isAscii(text) ? text : bytesOf(text));
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
  if (/^[*+?]/.test(piece)) return /^(.)\1*$/.test(piece) ? piece[0] : "*";
  return piece;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

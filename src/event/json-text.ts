import { byteString } from "./bytes.ts";
import type { Json } from "./document.ts";
import { parseExact, wholeAsBigInt } from "./exact-json.ts";
import { setStackLimit } from "./stack-limit.ts";

/** Error for invalid JSON. The message states the cause and the position, but does not contain the text. */
export class JsonTextError extends Error {}

/**
 * Parses JSON from bytes. Strings in the result are byte strings, so text that is not UTF-8 is preserved.
 * @throws JsonTextError
 */
export function parseJson(bytes: Uint8Array): Json {
  return parseJsonText(byteString(bytes, 0, bytes.length));
}

/** Like {@link parseJson}, for a byte string. */
export function parseJsonText(text: string): Json {
  const plain = text.includes("\\u") ? text.replace(ESCAPE, asBytes) : text;
  // A body can have a million invalid lines, for which creating stack traces would be expensive.
  const before = setStackLimit(0);
  try {
    // parseExact returns what JSON.parse returns, or a bigint in place of a number.
    return LONG_NUMBER.test(plain) ? (parseExact(plain, wholeAsBigInt) as Json) : JSON.parse(plain);
  } catch (error) {
    throw new JsonTextError(reasonOf(error, plain));
  } finally {
    setStackLimit(before);
  }
}

/**
 * Matches all escapes, so that the second backslash of `\\` is not treated as the beginning of an escape. A surrogate
 * pair is one match.
 */
const ESCAPE = /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^u])/g;

/** Bytes of U+FFFD, which replaces an unpaired surrogate. */
const REPLACEMENT = "\xef\xbf\xbd";

/**
 * Converts the Unicode escape of a non-ASCII character to UTF-8 bytes; other escapes are unchanged. For speed, it uses
 * neither a parser nor an encoder, because a body can contain millions of escapes.
 */
function asBytes(written: string): string {
  if (written[1] !== "u") return written;
  const unit = Number.parseInt(written.slice(2, 6), 16);
  if (unit < 0x80) return written;
  if (unit < 0x800) return String.fromCharCode(0xc0 | (unit >> 6), last(unit));
  if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(0xe0 | (unit >> 12), last(unit >> 6), last(unit));
  if (written.length === 6) return REPLACEMENT;
  const point = 0x10000 + ((unit - 0xd800) << 10) + Number.parseInt(written.slice(8, 12), 16) - 0xdc00;
  return String.fromCharCode(0xf0 | (point >> 18), last(point >> 12), last(point >> 6), last(point));
}

/** Returns the UTF-8 continuation byte with the lowest six bits of a number. */
function last(bits: number): number {
  return 0x80 | (bits & 0x3f);
}

const LONG_NUMBER = /\d{16}/;
function reasonOf(error: unknown, text: string): string {
  if (text.trim() === "") return "it is empty";
  const message = error instanceof Error ? error.message : "";
  if (message.includes("end of JSON input") || message.startsWith("Unterminated")) {
    return `unexpected end of JSON after ${text.length} bytes`;
  }
  const at = /position (\d+)/.exec(message)?.[1];
  return at === undefined ? "invalid JSON" : `invalid JSON at byte ${Number(at) + 1}`;
}

/**
 * The engine stores text as *byte strings*, which have one character (0–255) for each byte of the original text,
 * regardless of its encoding. No byte is lost or replaced, comparisons use the bytes from the kernel, and V8 stores one
 * byte per character. Constants in rules are converted once by {@link toByteString}. Text that leaves the engine is
 * converted by {@link fromByteString}.
 */

type Slice = (this: Uint8Array, from: number, to: number) => string;

/** Native conversion of Node.js, which accepts any Uint8Array; undefined in browsers. */
const latin1Slice = (globalThis as { Buffer?: { prototype: { latin1Slice?: Slice } } }).Buffer?.prototype.latin1Slice;

/** Maximum length for which a loop is faster than a native call, which requires about 43 ns for any length. */
const SHORT = 6;

/** Returns the bytes from `from` (inclusive) to `to` (exclusive) as a byte string. */
export function byteString(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > SHORT) return latin1Slice === undefined ? slowly(bytes, from, to) : latin1Slice.call(bytes, from, to);
  let text = "";
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** Conversion without Node.js. Converts chunks, because the number of arguments of a call is limited. */
function slowly(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let at = from; at < to; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 4096, to)));
  }
  return text;
}

/** Returns the bytes from `from` up to the first NUL or `to` as a byte string. */
export function byteStringToNul(bytes: Uint8Array, from: number, to: number): string {
  let end = from;
  while (end < to && bytes[end] !== 0) end++;
  return byteString(bytes, from, end);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8");

/** Converts a JavaScript string, such as a constant in a rule, to a byte string in UTF-8. */
export function toByteString(text: string): string {
  if (isAscii(text)) return text;
  const bytes = encoder.encode(text);
  return byteString(bytes, 0, bytes.length);
}

/** Converts a byte string in UTF-8 to a JavaScript string. Invalid bytes are replaced by U+FFFD. */
export function fromByteString(text: string): string {
  if (isAscii(text)) return text;
  return decoder.decode(bytesOf(text));
}

/** Returns the bytes of a byte string. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

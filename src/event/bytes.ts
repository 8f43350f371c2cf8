/**
 * Text inside the engine is a *byte string*: one character (0–255) for each byte of the original, whatever
 * its encoding. Nothing is lost or replaced, comparisons see the very bytes the kernel saw, and V8 keeps one
 * byte a character. Constants of rules are turned into byte strings once ({@link toByteString}); text becomes
 * UTF-8 again only where it leaves the engine ({@link fromByteString}).
 */

interface Sliceable {
  latin1Slice?(from: number, to: number): string;
}

/** The bytes `from` (inclusive) to `to` (exclusive) as a byte string. */
export function byteString(bytes: Uint8Array, from: number, to: number): string {
  const fast = bytes as Sliceable; // a Node Buffer, where there is Node
  if (fast.latin1Slice !== undefined) return fast.latin1Slice(from, to);
  let text = "";
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i]);
  return text;
}

/** The bytes up to the first NUL, or up to `to`. */
export function byteStringToNul(bytes: Uint8Array, from: number, to: number): string {
  let end = from;
  while (end < to && bytes[end] !== 0) end++;
  return byteString(bytes, from, end);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8");

/** UTF-16 text (a rule's constant, a JSON value) as a byte string of its UTF-8 form. */
export function toByteString(text: string): string {
  if (isAscii(text)) return text;
  const bytes = encoder.encode(text);
  return byteString(bytes, 0, bytes.length);
}

/** A byte string as UTF-16 text; bytes that are not UTF-8 become U+FFFD. */
export function fromByteString(text: string): string {
  if (isAscii(text)) return text;
  return decoder.decode(bytesOf(text));
}

/** The bytes of a byte string. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

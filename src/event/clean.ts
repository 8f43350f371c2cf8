/**
 * Cleans text from events for display. Bytes that are not valid UTF-8, control characters and noncharacters are
 * replaced by U+FFFD. As Unicode recommends, each maximal subpart of an invalid sequence has one replacement character.
 */

const REPLACEMENT = "\ufffd";
const UNCLEAN = /[^ -~]/;

/** Converts a byte string to a JavaScript string that is safe to display. */
export function cleanText(bytes: string): string {
  if (!UNCLEAN.test(bytes)) return bytes;
  let text = "";
  let from = 0; // start of printable ASCII characters that have not been copied yet
  for (let at = 0; at < bytes.length; ) {
    const step = sequence(bytes, at);
    if (step === 1) {
      at++;
      continue;
    }
    text += bytes.slice(from, at);
    if (step > 0) text += String.fromCodePoint(codePoint(bytes, at, step));
    else text += REPLACEMENT;
    at += step > 0 ? step : -step;
    from = at;
  }
  return text + bytes.slice(from);
}

/** Like {@link cleanText}, but returns a byte string. */
export function cleanBytes(bytes: string): string {
  if (!UNCLEAN.test(bytes)) return bytes;
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const step = sequence(bytes, at);
    text += step > 0 ? bytes.slice(at, at + step) : "\xef\xbf\xbd";
    at += step > 0 ? step : -step;
  }
  return text;
}

/**
 * Returns the length of the UTF-8 sequence at `at` if it is valid and printable; otherwise, the negated number of bytes
 * that one replacement character replaces.
 */
export function sequence(bytes: string, at: number): number {
  const lead = bytes.charCodeAt(at);
  if (lead < 0x80) return lead >= 0x20 && lead !== 0x7f ? 1 : -1;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  if (lead < 0xe0) {
    if (!isContinuation(bytes, at + 1)) return -1;
    return codePoint(bytes, at, 2) > 0x9f ? 2 : -2; // U+0080…U+009F are control characters
  }
  // The range of the second byte excludes overlong forms, surrogates and values above U+10FFFF.
  const second = bytes.charCodeAt(at + 1);
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (!(second >= low && second <= high)) return -1;
  if (!isContinuation(bytes, at + 2)) return -2;
  if (lead < 0xf0) {
    const point = codePoint(bytes, at, 3);
    return (point >= 0xfdd0 && point <= 0xfdef) || point >= 0xfffe ? -3 : 3;
  }
  if (!isContinuation(bytes, at + 3)) return -3;
  return (codePoint(bytes, at, 4) & 0xffff) >= 0xfffe ? -4 : 4;
}

function isContinuation(bytes: string, at: number): boolean {
  return (bytes.charCodeAt(at) & 0xc0) === 0x80; // beyond the end, charCodeAt is NaN, which gives 0
}

function codePoint(bytes: string, at: number, length: number): number {
  let point = bytes.charCodeAt(at) & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) point = (point << 6) | (bytes.charCodeAt(at + i) & 0x3f);
  return point;
}

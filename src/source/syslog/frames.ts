import { type Framing, openLines, type TooLong } from "../lines.ts";

/** Maximum number of digits of a length. */
const MAX_DIGITS = 8;
/** Maximum length of a message that is skipped, in bytes. A larger number is not regarded as a length. */
const MAX_SKIPPED = 16 << 20;
/** Initial size of the buffer of a message, in bytes. A sender can announce more than it sends. */
const FIRST = 4096;
const NONE = new Uint8Array(0);
const [LF, SPACE, ZERO, NINE] = [10, 32, 48, 57];

/**
 * Splits the bytes of a connection into messages (RFC 6587), which begin with their length or end with a line feed.
 * @param most maximum size of a message, in bytes
 * @param message called with each message, which is valid only during the call
 * @param tooLong called once for each message that is too long and therefore skipped
 */
export function openFrames(most: number, message: (text: Uint8Array) => void, tooLong: TooLong): Framing {
  const lines = openLines(most, message, tooLong);
  /** Digits at the beginning of a message. They may be its length. */
  let digits: number[] = [];
  /** Current message, if its length is known. `got` is the number of received bytes, `skipping` of bytes to skip. */
  let counted: Uint8Array | undefined;
  let length = 0;
  let got = 0;
  let skipping = 0;
  let inLine = false;

  /** @returns the number of consumed bytes */
  function begin(bytes: Uint8Array, from: number): number {
    let at = from;
    for (; digits.length < MAX_DIGITS; at++) {
      const byte = bytes[at];
      if (byte === undefined || byte < ZERO || byte > NINE) break;
      digits.push(byte);
    }
    if (at === bytes.length) return at - from;
    length = digits.length > 0 && bytes[at] === SPACE ? Number(String.fromCharCode(...digits)) : 0;
    if (length === 0 || length > MAX_SKIPPED) {
      inLine = true;
      if (digits.length > 0) lines.push(Uint8Array.from(digits));
      digits = [];
      return at - from;
    }
    digits = [];
    if (length > most) {
      skipping = length;
      tooLong(NONE);
    } else {
      counted = new Uint8Array(Math.min(length, FIRST));
      got = 0;
    }
    return at - from + 1;
  }

  function fill(buffer: Uint8Array, bytes: Uint8Array, from: number): number {
    const part = bytes.subarray(from, from + length - got);
    let whole = buffer;
    if (got + part.length > whole.length) {
      whole = new Uint8Array(Math.min(length, Math.max(got + part.length, 2 * whole.length)));
      whole.set(buffer.subarray(0, got));
      counted = whole;
    }
    whole.set(part, got);
    got += part.length;
    if (got === length) {
      counted = undefined;
      message(whole.subarray(0, length));
    }
    return part.length;
  }

  function line(bytes: Uint8Array, from: number): number {
    const end = bytes.indexOf(LF, from);
    const to = end < 0 ? bytes.length : end + 1;
    lines.push(bytes.subarray(from, to));
    inLine = end < 0;
    return to - from;
  }

  return {
    get held() {
      return lines.held + (counted?.length ?? 0);
    },
    push(bytes) {
      for (let at = 0; at < bytes.length; ) {
        if (skipping > 0) {
          const part = Math.min(skipping, bytes.length - at);
          skipping -= part;
          at += part;
        } else if (counted !== undefined) at += fill(counted, bytes, at);
        else if (inLine) at += line(bytes, at);
        else at += begin(bytes, at);
      }
    },
    end() {
      lines.end();
    },
  };
}

/** Splits a stream of bytes into messages. */
export interface Framing {
  /** Size of the buffer for an incomplete message, in bytes. */
  readonly held: number;
  /** Adds bytes, and emits each complete message. A message is valid only during the call. */
  push(bytes: Uint8Array): void;
  /** Emits the remaining bytes as the last message. */
  end(): void;
}

/** Splits a stream of bytes into lines, without their line terminators. */
export interface Lines extends Framing {
  /** Number of bytes after the last line terminator. */
  readonly unfinished: number;
}

const LF = 10;
const CR = 13;
const NONE = new Uint8Array(0);
/** Maximum size of the buffer that is reused for the next line, in bytes. */
const KEPT = 65_536;
/** Number of bytes that are kept from the beginning of a line that is too long. */
export const BEGINNING = 65_536;

/** Called with the beginning of a message that is too long. The bytes are valid only during the call. */
export type TooLong = (beginning: Uint8Array) => void;

/**
 * @param most maximum length of a line, in bytes
 * @param line called with each line that is not empty
 * @param tooLong called once for each line that is too long and therefore skipped
 * @param end the byte that ends a line
 */
export function openLines(most: number, line: (text: Uint8Array) => void, tooLong: TooLong, end = LF): Lines {
  /** Buffer for the beginning of an incomplete line. */
  let held: Uint8Array = NONE;
  let heldBytes = 0;
  let unfinished = 0;
  let skipping = false;

  function give(text: Uint8Array): void {
    const length = text.length > 0 && text[text.length - 1] === CR ? text.length - 1 : text.length;
    if (length > most) tooLong(text.subarray(0, BEGINNING));
    else if (length > 0) line(length === text.length ? text : text.subarray(0, length));
  }

  function hold(bytes: Uint8Array): void {
    const wanted = heldBytes + bytes.length;
    if (wanted > held.length) {
      const larger = new Uint8Array(Math.max(wanted, Math.min(2 * held.length, most + 2)));
      larger.set(held.subarray(0, heldBytes));
      held = larger;
    }
    held.set(bytes, heldBytes);
    heldBytes = wanted;
  }

  function letGo(): void {
    heldBytes = 0;
    if (held.length > KEPT) held = NONE;
  }

  /** Stores only the first {@link BEGINNING} bytes of the line. */
  function holdBeginning(bytes: Uint8Array): void {
    if (heldBytes < BEGINNING) hold(bytes.subarray(0, BEGINNING - heldBytes));
    heldBytes = Math.min(heldBytes, BEGINNING);
    if (held.length > BEGINNING) held = held.slice(0, heldBytes);
  }

  function finish(text: Uint8Array): void {
    if (skipping || heldBytes + text.length > most + 1) {
      holdBeginning(text);
      tooLong(held.subarray(0, heldBytes));
    } else if (heldBytes === 0) give(text);
    else {
      hold(text);
      give(held.subarray(0, heldBytes));
    }
    letGo();
    unfinished = 0;
    skipping = false;
  }

  return {
    get held() {
      return heldBytes > 0 ? held.length : 0;
    },
    get unfinished() {
      return unfinished;
    },
    push(bytes) {
      let from = 0;
      for (let at = bytes.indexOf(end); at >= 0; at = bytes.indexOf(end, from)) {
        finish(bytes.subarray(from, at));
        from = at + 1;
      }
      if (from === bytes.length) return;
      unfinished += bytes.length - from;
      // The line may have one more byte for a CR at the end.
      if (skipping || unfinished > most + 1) {
        skipping = true;
        holdBeginning(bytes.subarray(from));
      } else hold(bytes.subarray(from));
    },
    end() {
      if (unfinished > 0) finish(NONE);
    },
  };
}

/** Splits a stream of bytes into texts. */
export interface Framing {
  /** Adds bytes, and emits every complete text. A text is valid during the call only. */
  push(bytes: Uint8Array): void;
  /** Emits the rest as the last text. */
  end(): void;
}

/** Splits it into lines, without their ends. */
export interface Lines extends Framing {
  /** Bytes after the last line's end. */
  readonly unfinished: number;
}

const LF = 10;
const CR = 13;
const NONE = new Uint8Array(0);
/** Bytes of memory kept between two lines. */
const KEPT = 65_536;
/** Maximum bytes of the beginning of a line that is too long. */
export const BEGINNING = 65_536;

/** Called with the beginning of a text that is too long, valid during the call only. */
export type TooLong = (beginning: Uint8Array) => void;

/**
 * @param most bytes that a line may have
 * @param line called with each line that is not empty
 * @param tooLong called once for each longer line, which is skipped
 * @param end the byte that ends a line
 */
export function openLines(most: number, line: (text: Uint8Array) => void, tooLong: TooLong, end = LF): Lines {
  /** The beginning of a line, in the first bytes of this. */
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

  /** Holds no more than the beginning of the line. */
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
      // One byte more than a line may have, for a CR at its end.
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

/** A line that is not blank. */
export interface Line {
  /** Number of the line, from 1. */
  readonly number: number;
  /** The line without its newline; undefined if it is too long. Valid until the next line. */
  readonly text: Uint8Array | undefined;
}

/** Splits bytes into numbered lines. */
export interface NumberedLines {
  push(bytes: Uint8Array): Iterable<Line>;
  /** Returns the last line if it has no newline. */
  end(): Iterable<Line>;
}

const LF = 10;
const NOTHING = new Uint8Array(0);

/** @param most maximum length of a line, in bytes */
export function linesIn(most: number): NumberedLines {
  let number = 0;
  let held: Uint8Array = NOTHING;
  let tooLong = false;

  function line(text: Uint8Array): Line | undefined {
    number++;
    const whole = held.length === 0 ? text : Buffer.concat([held, text]);
    const long = tooLong || whole.length > most;
    held = NOTHING;
    tooLong = false;
    if (long) return { number, text: undefined };
    return whole.every(isBlank) ? undefined : { number, text: whole };
  }

  return {
    *push(bytes) {
      let from = 0;
      for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, from)) {
        const whole = line(bytes.subarray(from, at));
        from = at + 1;
        if (whole !== undefined) yield whole;
      }
      if (from === bytes.length || tooLong) return;
      tooLong = held.length + bytes.length - from > most;
      held = tooLong ? NOTHING : Buffer.concat([held, bytes.subarray(from)]);
    },
    *end() {
      const last = held.length > 0 || tooLong ? line(NOTHING) : undefined;
      if (last !== undefined) yield last;
    },
  };
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 13;
}

import { byteString } from "../event/bytes.ts";
import type { Window } from "./input.ts";

/** Error for a block with inconsistent content. The reader reports the message as a warning. */
export class MalformedError extends Error {}

/**
 * Reads the fields of a block, and refills the window when required, so that a block can be larger than the window.
 * Fields are little-endian. Throws {@link MalformedError} if a field exceeds the block.
 */
export class Body {
  /** Number of unread bytes in the body. */
  left: number;
  private readonly window: Window;

  constructor(window: Window, length: number) {
    this.window = window;
    this.left = length;
  }

  u8(): number {
    return this.window.bytes[this.take(1)]!;
  }

  u16(): number {
    return this.window.view.getUint16(this.take(2), true);
  }

  u32(): number {
    return this.window.view.getUint32(this.take(4), true);
  }

  u64(): bigint {
    return this.window.view.getBigUint64(this.take(8), true);
  }

  /** Reads a signed 64-bit number that fits into a JavaScript number, such as a thread ID, a descriptor or a limit. */
  i64(): number {
    return Number(this.window.view.getBigInt64(this.take(8), true));
  }

  bytes(size: number): string {
    const at = this.take(size);
    return byteString(this.window.bytes, at, at + size);
  }

  /** Reads a text that is preceded by its length (u16). */
  text(): string {
    return this.bytes(this.u16());
  }

  skip(size: number): void {
    for (let left = size; left > 0; ) {
      const step = Math.min(left, 1 << 16);
      this.take(step);
      left -= step;
    }
  }

  private take(size: number): number {
    if (size > this.left) throw new MalformedError("a list ends in the middle of an entry");
    if (!this.window.need(size)) throw new MalformedError("the file ends in the middle of a list");
    const { at } = this.window;
    this.window.at += size;
    this.left -= size;
    return at;
  }
}

/** An entry with an explicit length. Unknown fields are skipped, and missing fields are detected. */
export class Entry {
  private readonly body: Body;
  private readonly stop: number;

  constructor(body: Body, length: number) {
    if (length > body.left) throw new MalformedError("an entry is longer than its list");
    this.body = body;
    this.stop = body.left - length;
  }

  get left(): number {
    return this.body.left - this.stop;
  }

  /** Skips the rest of the entry. Throws {@link MalformedError} if the fields that were read exceed the entry. */
  finish(): void {
    if (this.left < 0) throw new MalformedError("an entry is shorter than its fields");
    this.body.skip(this.left);
  }
}

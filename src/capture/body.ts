import { byteString } from "../event/bytes.ts";
import type { Window } from "./input.ts";

/** Inconsistent content of a block. The reader reports it as its warning. */
export class MalformedError extends Error {}

/**
 * Reads the body of one block field by field and refills the window, so that a block may be larger than memory. Fields
 * are little-endian. Throws {@link MalformedError} if a field exceeds the block.
 */
export class Body {
  /** Unread bytes of the body. */
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

  /** A small signed 64-bit number: a thread ID, a descriptor, a limit. */
  i64(): number {
    return Number(this.window.view.getBigInt64(this.take(8), true));
  }

  bytes(size: number): string {
    const at = this.take(size);
    return byteString(this.window.bytes, at, at + size);
  }

  /** Text preceded by its length (u16). */
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

/** Reads an entry that states its length: unknown fields are skipped, missing fields are detected. */
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

  /** Skips to the end of the entry. Throws {@link MalformedError} if more bytes were read than the entry has. */
  finish(): void {
    if (this.left < 0) throw new MalformedError("an entry is shorter than its fields");
    this.body.skip(this.left);
  }
}

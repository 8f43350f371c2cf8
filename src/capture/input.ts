/** Bytes to read, already inflated. Whoever implements it throws an {@link InputError} where reading fails. */
export interface ByteInput {
  /**
   * Fills some of `into` between `from` and `to`; the number of bytes read, 0 only at the end. Where bytes are still to
   * come, {@link NOTHING_YET}: only between two blocks of a capture.
   */
  read(into: Uint8Array, from: number, to: number): number;
}

/** That an input has no bytes at the moment: asked again, it may have some. */
export const NOTHING_YET = -1;

/** The input can't be read further: torn compression, a failing disk. The message says which. */
export class InputError extends Error {}

/** Space behind the window's last byte, so that a reading beyond an event's end stays inside the memory. */
const SLACK = 64;
const FIRST_SIZE = 1 << 18;

/**
 * A window onto an input: one buffer in which the next bytes lie in a row. What is not consumed moves to the front
 * before the buffer is filled again.
 */
export class Window {
  bytes = new Uint8Array(FIRST_SIZE + SLACK);
  view = new DataView(this.bytes.buffer);
  /** Where the next byte lies in `bytes`, and where the read bytes end. */
  at = 0;
  end = 0;
  /** Why no more bytes come, once {@link need} has said so: undefined at a plain end. */
  failure: string | undefined;
  private readonly input: ByteInput;
  private base = 0;
  private over = false;

  constructor(input: ByteInput) {
    this.input = input;
  }

  /** True where more bytes may come, although {@link need} had none. */
  get waits(): boolean {
    return !this.over;
  }

  /** Offset of the next byte in the inflated input. */
  get offset(): number {
    return this.base + this.at;
  }

  /** True once `size` bytes lie at `at`; false where the input ends or fails before. */
  need(size: number): boolean {
    return this.end - this.at >= size || this.fill(size);
  }

  private fill(size: number): boolean {
    this.bytes.copyWithin(0, this.at, this.end);
    this.base += this.at;
    this.end -= this.at;
    this.at = 0;
    while (this.end < size) {
      if (this.over) return false;
      if (this.end === this.bytes.length - SLACK) this.grow(size);
      try {
        const got = this.input.read(this.bytes, this.end, this.bytes.length - SLACK);
        if (got === NOTHING_YET) return false;
        if (got <= 0) this.over = true;
        this.end += got;
      } catch (error) {
        this.over = true;
        this.failure = error instanceof Error ? error.message : String(error);
      }
    }
    return true;
  }

  /** Doubles, so that a length that lies costs no more memory than the input has bytes. */
  private grow(size: number): void {
    const bytes = new Uint8Array(Math.min(size, 2 * this.bytes.length) + SLACK);
    bytes.set(this.bytes.subarray(0, this.end));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

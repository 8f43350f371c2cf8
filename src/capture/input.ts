/** A source of inflated bytes. Throws {@link InputError} if reading fails. */
export interface ByteInput {
  /**
   * Fills part of `into` between `from` and `to` and returns the number of bytes read; 0 only at the end. Returns
   * {@link NOTHING_YET} if more bytes may arrive later, but only between two blocks of a capture.
   */
  read(into: Uint8Array, from: number, to: number): number;
}

/** The input currently has no bytes; a later call may return some. */
export const NOTHING_YET = -1;

/**
 * The input is unreadable, for example because of damaged compression or a failing disk. The message states the cause.
 */
export class InputError extends Error {}

/** Extra bytes after the window, so that a read beyond the end of an event stays in memory. */
const SLACK = 64;
const FIRST_SIZE = 1 << 18;

/** A buffer for an input. Unconsumed bytes move to the front before the buffer is refilled. */
export class Window {
  bytes = new Uint8Array(FIRST_SIZE + SLACK);
  view = new DataView(this.bytes.buffer);
  /** Offsets in `bytes` of the next byte and of the end. */
  at = 0;
  end = 0;
  /** Why the input ended, after {@link need} has returned false; undefined after a regular end. */
  failure: string | undefined;
  private readonly input: ByteInput;
  private base = 0;
  private over = false;

  constructor(input: ByteInput) {
    this.input = input;
  }

  /** True if more bytes may arrive, although {@link need} returned false. */
  get waits(): boolean {
    return !this.over;
  }

  /** Offset of the next byte in the inflated input. */
  get offset(): number {
    return this.base + this.at;
  }

  /** True once `size` bytes are available at `at`; false if the input ends or fails first. */
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

  /** Doubles the buffer, so that an invalid length never allocates more than the input has. */
  private grow(size: number): void {
    const bytes = new Uint8Array(Math.min(size, 2 * this.bytes.length) + SLACK);
    bytes.set(this.bytes.subarray(0, this.end));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

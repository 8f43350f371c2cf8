/** A source of decompressed bytes. */
export interface ByteInput {
  /**
   * Reads bytes into `into`, from offset `from` up to at most `to`. Returns the number of bytes; 0 only at the end of
   * the input. Between two blocks of a capture, returns {@link NOTHING_YET} if more bytes may arrive later.
   * @throws InputError if reading fails
   */
  read(into: Uint8Array, from: number, to: number): number;
}

/** Result of {@link ByteInput.read} if no bytes are available yet. A later call may return bytes. */
export const NOTHING_YET = -1;

/**
 * Error for an unreadable input, for example because of damaged compression or a failing disk. The message states the
 * cause.
 */
export class InputError extends Error {}

/** Number of bytes after the content of the window, since decoders may read beyond the end of an event. */
const SLACK = 64;
const FIRST_SIZE = 1 << 18;

/** A buffer for reading an input. Before a refill, unread bytes are moved to the beginning of the buffer. */
export class Window {
  bytes = new Uint8Array(FIRST_SIZE + SLACK);
  view = new DataView(this.bytes.buffer);
  /** Offset in `bytes` of the next byte, and of the end of the content. */
  at = 0;
  end = 0;
  /** Reason why the input cannot be read, after {@link need} has returned false; undefined if there was no error. */
  failure: string | undefined;
  private readonly input: ByteInput;
  private base = 0;
  private over = false;

  constructor(input: ByteInput) {
    this.input = input;
  }

  /** Whether more bytes may arrive after {@link need} has returned false. */
  get waits(): boolean {
    return !this.over;
  }

  /** Offset of the next byte in the decompressed input. */
  get offset(): number {
    return this.base + this.at;
  }

  /** Reads until `size` bytes are available at `at`. Returns false if fewer bytes are available or reading fails. */
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

  /** Enlarges the buffer to at most twice its size, so that an invalid length does not cause a large allocation. */
  private grow(size: number): void {
    const bytes = new Uint8Array(Math.min(size, 2 * this.bytes.length) + SLACK);
    bytes.set(this.bytes.subarray(0, this.end));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

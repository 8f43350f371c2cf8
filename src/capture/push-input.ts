import { BLOCK_FRAME, BLOCK_HEAD } from "./blocks.ts";
import { type ByteInput, InputError, NOTHING_YET } from "./input.ts";

/** Maximum size of a block, in bytes. A block is buffered in memory until it is complete. */
const LARGEST_BLOCK = 1 << 28;

/**
 * An input for data that arrives in chunks, such as a stream in a browser. It never blocks: it provides only complete
 * blocks, and returns {@link NOTHING_YET} if the next block is incomplete.
 */
export class PushInput implements ByteInput {
  private readonly chunks: Uint8Array[] = [];
  /** Number of bytes that were read from the first chunk. */
  private used = 0;
  /** Number of received bytes, of received bytes in complete blocks, and of bytes that were read. */
  private come = 0;
  private whole = 0;
  private given = 0;
  /** Number of missing bytes of the current block, if its header is complete; otherwise 0. */
  private missing = 0;
  private readonly head = new DataView(new ArrayBuffer(BLOCK_HEAD));
  private headSize = 0;
  private over = false;
  private failure: string | undefined;

  /** Whether subsequent bytes are ignored: after the end, or after an invalid block. */
  get isOver(): boolean {
    return this.over;
  }

  /** Adds the next bytes. The caller must not change them afterwards. */
  push(chunk: Uint8Array): void {
    if (this.over || chunk.length === 0) return;
    this.chunks.push(chunk);
    const begin = this.come;
    this.come += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      if (this.missing > 0) {
        const size = Math.min(this.missing, chunk.length - at);
        at += size;
        this.missing -= size;
      } else {
        this.head.setUint8(this.headSize++, chunk[at++]!);
        if (this.headSize < BLOCK_HEAD) continue;
        this.headSize = 0;
        const size = this.head.getUint32(4, true);
        if (size < BLOCK_FRAME || size > LARGEST_BLOCK) {
          this.end(size > LARGEST_BLOCK ? `a block has ${size} bytes, more than the reader supports` : undefined);
          return;
        }
        this.missing = size - BLOCK_HEAD;
      }
      if (this.missing === 0) this.whole = begin + at;
    }
  }

  /**
   * Ends the input.
   * @param failure error that ended the input
   */
  end(failure?: string): void {
    if (this.over) return;
    this.over = true;
    this.failure = failure;
    this.whole = this.come;
  }

  read(into: Uint8Array, from: number, to: number): number {
    const { chunks } = this;
    if (this.given === this.whole) {
      if (!this.over) return NOTHING_YET;
      if (this.failure !== undefined) throw new InputError(this.failure);
      return 0;
    }
    const first = chunks[0]!; // there is a chunk, since unread bytes are available
    const size = Math.min(to - from, first.length - this.used, this.whole - this.given);
    into.set(first.subarray(this.used, this.used + size), from);
    this.used += size;
    this.given += size;
    if (this.used === first.length) {
      chunks.shift();
      this.used = 0;
    }
    return size;
  }
}

import { BLOCK_FRAME, BLOCK_HEAD } from "./blocks.ts";
import { type ByteInput, InputError, NOTHING_YET } from "./input.ts";

/** Maximum block size in bytes, since a complete block is held in memory before it is read. */
const LARGEST_BLOCK = 1 << 28;

/**
 * An input for data that arrives in chunks, such as a stream in a browser. Never blocks: returns complete blocks only,
 * and {@link NOTHING_YET} between blocks.
 */
export class PushInput implements ByteInput {
  private readonly chunks: Uint8Array[] = [];
  /** Number of bytes of the first chunk that have been read. */
  private used = 0;
  /** Offsets in the input: end of received bytes, end of complete blocks, end of read bytes. */
  private come = 0;
  private whole = 0;
  private given = 0;
  /** Missing bytes of the current block, once its header is complete. */
  private missing = 0;
  private readonly head = new DataView(new ArrayBuffer(BLOCK_HEAD));
  private headSize = 0;
  private over = false;
  private failure: string | undefined;

  /** True if no more bytes are accepted: at the end, or after an invalid block. */
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
   * @param failure the reason for an irregular end
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
    const first = chunks[0]!; // unread complete bytes are always in a chunk
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

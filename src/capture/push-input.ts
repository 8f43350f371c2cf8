import { BLOCK_FRAME, BLOCK_HEAD } from "./blocks.ts";
import { type ByteInput, InputError, NOTHING_YET } from "./input.ts";

/** Blocks that claim more are not waited for: all of a block is in memory before it is read. */
const LARGEST_BLOCK = 1 << 28;

/**
 * An input for bytes that come when they come, as from a browser's streams, where the reader can't wait. It hands out
 * whole blocks only, so the reader never stands in the middle of one with nothing to read; between blocks it says
 * {@link NOTHING_YET}.
 */
export class PushInput implements ByteInput {
  private readonly chunks: Uint8Array[] = [];
  /** Bytes of the first chunk that were handed out. */
  private used = 0;
  /** Offsets in the whole input: what came, what may be handed out, what was. */
  private come = 0;
  private whole = 0;
  private given = 0;
  /** Bytes of the block at hand that are still to come, once its head has come. */
  private missing = 0;
  private readonly head = new DataView(new ArrayBuffer(BLOCK_HEAD));
  private headSize = 0;
  private over = false;
  private failure: string | undefined;

  /** True once no further bytes are of use: the end, or a block that can't be right. */
  get isOver(): boolean {
    return this.over;
  }

  /** Takes the next bytes, which nobody may change after that. */
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
          this.end(size > LARGEST_BLOCK ? `a block has ${size} bytes, more than can be read here` : undefined);
          return;
        }
        this.missing = size - BLOCK_HEAD;
      }
      if (this.missing === 0) this.whole = begin + at;
    }
  }

  /** Says that no more bytes come. @param failure why, where that is no plain end */
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
    const first = chunks[0]!; // what may be handed out and was not is in a chunk
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

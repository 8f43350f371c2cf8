import { BLOCK_FRAME, BLOCK_HEAD, Block } from "../capture/blocks.ts";
import type { Event } from "../event/event.ts";
import { EventFlag } from "../event/schema.ts";
import { eventFlags } from "../event/types.ts";

/** Size of the CPU number and of the flags that precede an event in its block, in bytes. */
const [CPU, FLAGS] = [2, 4];

const { copy } = Buffer.prototype;

/** A buffer of events in the form of capture blocks. Events are copied into the buffer without allocation. */
export class Chunk {
  readonly bytes: Uint8Array;
  /** Size of the content, in bytes. */
  end = 0;
  private readonly view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Appends the event at the cursor. @returns false if it does not fit */
  append(event: Event): boolean {
    const { view, bytes, end: at } = this;
    const { size, type, flags } = event;
    const total = sizeInCapture(event);
    if (at + total > bytes.length) return false;
    const large = (eventFlags[type]! & EventFlag.largePayload) !== 0;
    let to = at + BLOCK_HEAD;
    if (flags === 0) view.setUint32(at, large ? Block.event2Large : Block.event2, true);
    else view.setUint32(at, large ? Block.flaggedEvent2Large : Block.flaggedEvent2, true);
    view.setUint32(at + BLOCK_HEAD / 2, total, true);
    view.setUint16(to, event.cpu, true);
    to += CPU;
    if (flags !== 0) {
      view.setUint32(to, flags, true);
      to += FLAGS;
    }
    copy.call(event.bytes, bytes, to, event.at, event.at + size);
    to += size;
    const last = at + total - (BLOCK_FRAME - BLOCK_HEAD);
    while (to < last) bytes[to++] = 0;
    view.setUint32(last, total, true);
    this.end = at + total;
    return true;
  }

  /** Inserts an event before the event at an offset. @returns false if it does not fit */
  insert(event: Event, at: number): boolean {
    const { bytes, end } = this;
    const total = sizeInCapture(event);
    if (end + total > bytes.length) return false;
    bytes.copyWithin(at + total, at, end);
    this.end = at;
    this.append(event);
    this.end = end + total;
    return true;
  }

  /** Returns a copy of this chunk with `more` bytes of free space. */
  larger(more: number): Chunk {
    const copied = new Chunk(this.end + more);
    copied.bytes.set(this.bytes.subarray(0, this.end));
    copied.end = this.end;
    return copied;
  }
}

/** Returns the size of the block of an event, in bytes. It is a multiple of 4. */
export function sizeInCapture({ size, flags }: Event): number {
  return (BLOCK_FRAME + CPU + (flags === 0 ? 0 : FLAGS) + size + 3) & ~3;
}

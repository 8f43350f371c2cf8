import { byteString, byteStringToNul } from "./bytes.ts";
import type { Document } from "./document.ts";

/** Bytes of an event header: time u64, thread id u64, length u32, type u16, number of parameters u32. */
export const HEADER_SIZE = 26;

/** No event has more parameters than this. */
export const MAX_PARAMETERS = 64;

/** Bits of {@link Event.flags}. `STATE_ONLY`: recorded because state needs it; rules don't see it. */
export const EventNote = { STATE_ONLY: 1 } as const;

const TWO_32 = 2 ** 32;
const NO_BYTES = new Uint8Array(0);

/**
 * A cursor over one event in a buffer: the binary block that captures hold and the kernel writes (little-endian).
 * {@link place} points it at a header; nothing is decoded until asked. One cursor serves a whole stream, so what
 * is to outlive the event must be copied out of it.
 *
 * A parameter may be empty or absent: {@link length} tells, and numbers must only be asked for where it is right. (They
 * don't fail, if there are 16 bytes of memory behind the event, but say nothing.)
 */
export class Event {
  bytes: Uint8Array = NO_BYTES;
  view: DataView = new DataView(NO_BYTES.buffer);
  /** Offset of the header in `bytes`. */
  at = 0;
  /** Position in the stream, from 1. */
  num = 0;
  cpu = 0;
  /** The event's code: an index into the table of event types. */
  type = 0;
  /** The thread that caused it, as the host sees it. */
  tid = 0;
  /** How many parameters it carries. */
  count = 0;
  /** {@link EventNote} bits that a capture keeps beside the event. */
  flags = 0;
  /** Bytes of one entry in the table of lengths: 2, or 4 for events with large payloads. */
  lengthSize: 2 | 4 = 2;
  /** What happened, where another source than the kernel tells it: the block is then only a frame for its time. */
  document: Document["value"] | undefined = undefined;
  /** The machine that the document is of, and what it is called, where it says so. */
  host: string | undefined = undefined;
  kind: string | undefined = undefined;
  private readonly offsets = new Int32Array(MAX_PARAMETERS + 1);
  private known = 0;

  /** Points the cursor at the event whose header is at `at`. The caller has checked that it is whole. */
  place(bytes: Uint8Array, view: DataView, at: number, cpu: number, lengthSize: 2 | 4): void {
    this.bytes = bytes;
    this.view = view;
    this.at = at;
    this.cpu = cpu;
    this.tid = readI64(view, at + 8);
    this.type = view.getUint16(at + 20, true);
    this.count = view.getUint32(at + 22, true);
    this.lengthSize = lengthSize;
    this.offsets[0] = at + HEADER_SIZE + this.count * lengthSize;
    this.known = 0;
  }

  /**
   * {@link place} for bytes that nobody vouches for: false, and the cursor is not to be used, unless the header, the
   * table of lengths and all parameters lie in the `room` bytes from `at`.
   */
  placeWithin(bytes: Uint8Array, view: DataView, at: number, room: number, cpu: number, lengthSize: 2 | 4): boolean {
    if (room < HEADER_SIZE) return false;
    const end = at + view.getUint32(at + 16, true);
    const count = view.getUint32(at + 22, true);
    if (end > at + room || count > MAX_PARAMETERS) return false;
    const { offsets } = this;
    let entry = at + HEADER_SIZE;
    let offset = entry + count * lengthSize;
    if (offset > end) return false;
    offsets[0] = offset;
    if (lengthSize === 2) {
      for (let i = 1; i <= count; i++) {
        offset += view.getUint16(entry, true);
        offsets[i] = offset;
        entry += 2;
      }
    } else {
      for (let i = 1; i <= count; i++) {
        offset += view.getUint32(entry, true);
        if (offset > end) return false;
        offsets[i] = offset;
        entry += 4;
      }
    }
    if (offset > end) return false;
    this.bytes = bytes;
    this.view = view;
    this.at = at;
    this.cpu = cpu;
    this.tid = readI64(view, at + 8);
    this.type = view.getUint16(at + 20, true);
    this.count = count;
    this.lengthSize = lengthSize;
    this.known = count;
    return true;
  }

  /** Bytes from the header's first to the last parameter's last. */
  get size(): number {
    return this.view.getUint32(this.at + 16, true);
  }

  /** Nanoseconds since the epoch, exactly. */
  get time(): bigint {
    return this.view.getBigUint64(this.at, true);
  }

  /** Nanoseconds since the epoch as a number: right to about 256 ns. */
  get timeNumber(): number {
    return this.view.getUint32(this.at, true) + this.view.getUint32(this.at + 4, true) * TWO_32;
  }

  /** Bytes of parameter `i`; 0 where it is absent or empty. */
  length(i: number): number {
    if (i >= this.count) return 0;
    const at = this.at + HEADER_SIZE + i * this.lengthSize;
    return this.lengthSize === 2 ? this.view.getUint16(at, true) : this.view.getUint32(at, true);
  }

  /** Where parameter `i` (below `count`) begins in `bytes`. */
  offset(i: number): number {
    const { offsets } = this;
    let { known } = this;
    if (known < i) {
      let at = offsets[known]!;
      while (known < i) {
        at += this.length(known);
        offsets[++known] = at;
      }
      this.known = known;
    }
    return offsets[i]!;
  }

  u8(i: number): number {
    return this.bytes[this.offset(i)]!;
  }

  u16(i: number): number {
    return this.view.getUint16(this.offset(i), true);
  }

  u32(i: number): number {
    return this.view.getUint32(this.offset(i), true);
  }

  i32(i: number): number {
    return this.view.getInt32(this.offset(i), true);
  }

  /** A 64-bit signed number as a JavaScript number: exact up to 2^53, which results and descriptors are. */
  i64(i: number): number {
    return readI64(this.view, this.offset(i));
  }

  /** A 64-bit unsigned number as a JavaScript number: exact up to 2^53. */
  u64(i: number): number {
    const at = this.offset(i);
    const high = this.view.getUint32(at + 4, true);
    const low = this.view.getUint32(at, true);
    return high === 0 ? low : low + high * TWO_32;
  }

  bigU64(i: number): bigint {
    return this.view.getBigUint64(this.offset(i), true);
  }

  bigI64(i: number): bigint {
    return this.view.getBigInt64(this.offset(i), true);
  }

  /** Text up to its NUL, as a byte string. */
  text(i: number): string {
    const at = this.offset(i);
    return byteStringToNul(this.bytes, at, at + this.length(i));
  }

  /** All bytes, NULs included, as a byte string. */
  raw(i: number): string {
    const at = this.offset(i);
    return byteString(this.bytes, at, at + this.length(i));
  }
}

/** Small numbers, which nearly all are, stay integers for V8. */
function readI64(view: DataView, at: number): number {
  const low = view.getInt32(at, true);
  const high = view.getInt32(at + 4, true);
  return high === low >> 31 ? low : (low >>> 0) + high * TWO_32;
}

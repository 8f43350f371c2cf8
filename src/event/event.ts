import { byteString, byteStringToNul } from "./bytes.ts";
import type { Document } from "./document.ts";

/** Size of an event header, in bytes: time u64, thread ID u64, length u32, type u16, number of parameters u32. */
export const HEADER_SIZE = 26;

/** Maximum number of parameters of an event. */
export const MAX_PARAMETERS = 64;

/**
 * Bits of {@link Event.flags}. `STATE_ONLY`: the event only updates the state of the machine. Rules are not evaluated
 * against it.
 */
export const EventNote = { STATE_ONLY: 1 } as const;

const TWO_32 = 2 ** 32;
const NO_BYTES = new Uint8Array(0);

/**
 * A cursor on an event in a buffer, in the binary format of captures and of the probe (little-endian). {@link place}
 * points the cursor at an event header. Parameters are decoded on access. A source uses the same cursor for all events,
 * so values that are required later must be copied.
 *
 * A parameter may be empty or absent, so check {@link length} before reading a number. Otherwise, the value is
 * undefined, and reading fails unless 16 bytes of memory follow the event.
 */
export class Event {
  bytes: Uint8Array = NO_BYTES;
  view: DataView = new DataView(NO_BYTES.buffer);
  /** Offset of the header in `bytes`. */
  at = 0;
  /** Number of the event in its source, from 1. */
  num = 0;
  cpu = 0;
  /** Code of the event type, which is an index into the table of event types. */
  type = 0;
  /** ID of the thread that caused the event, in the host's PID namespace. */
  tid = 0;
  /** Number of parameters. */
  count = 0;
  /** {@link EventNote} bits that a capture stores with the event. */
  flags = 0;
  /** Size of an entry in the table of parameter lengths, in bytes: 2, or 4 for event types with large payloads. */
  lengthSize: 2 | 4 = 2;
  /** Document of an event from a document source. The bytes of the event contain only the time. */
  document: Document["value"] | undefined = undefined;
  /** Host of the document, if it has one. */
  host: string | undefined = undefined;
  /** Kind of the document, if it has one. */
  kind: string | undefined = undefined;
  /** Returns the identity of a document, by which repetitions are recognized; undefined if the source has none. */
  identify: ((document: Document) => string | undefined) | undefined = undefined;
  private readonly offsets = new Int32Array(MAX_PARAMETERS + 1);
  private known = 0;

  /** Points the cursor at the event whose header is at `at`. The event must be complete. */
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
   * Like {@link place}, for untrusted bytes. Returns false and makes the cursor invalid unless the header, the table of
   * lengths and all parameters are within `room` bytes from `at`.
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

  /** Size in bytes, from the header to the end of the last parameter. */
  get size(): number {
    return this.view.getUint32(this.at + 16, true);
  }

  /** Time in nanoseconds since the epoch. */
  get time(): bigint {
    return this.view.getBigUint64(this.at, true);
  }

  /** Time in nanoseconds since the epoch as a JavaScript number, with a resolution of about 256 ns. */
  get timeNumber(): number {
    return this.view.getUint32(this.at, true) + this.view.getUint32(this.at + 4, true) * TWO_32;
  }

  /** Size of parameter `i` in bytes; 0 if it is absent or empty. */
  length(i: number): number {
    if (i >= this.count) return 0;
    const at = this.at + HEADER_SIZE + i * this.lengthSize;
    return this.lengthSize === 2 ? this.view.getUint16(at, true) : this.view.getUint32(at, true);
  }

  /** Offset of parameter `i` (below `count`) in `bytes`. */
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

  /** Reads a signed 64-bit number as a JavaScript number, exact up to 2^53. Results and descriptors are smaller. */
  i64(i: number): number {
    return readI64(this.view, this.offset(i));
  }

  /** Reads an unsigned 64-bit number as a JavaScript number. Exact up to 2^53. */
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

  /** Reads text up to its first NUL, as a byte string. */
  text(i: number): string {
    const at = this.offset(i);
    return byteStringToNul(this.bytes, at, at + this.length(i));
  }

  /** Reads all bytes of a parameter, including NULs, as a byte string. */
  raw(i: number): string {
    const at = this.offset(i);
    return byteString(this.bytes, at, at + this.length(i));
  }
}

/** Reads a signed 64-bit number. Values with at most 32 bits, which are the most common, are small integers in V8. */
function readI64(view: DataView, at: number): number {
  const low = view.getInt32(at, true);
  const high = view.getInt32(at + 4, true);
  return high === low >> 31 ? low : (low >>> 0) + high * TWO_32;
}

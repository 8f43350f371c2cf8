import { BLOCK_HEAD } from "./blocks.ts";

/** A growing buffer for little-endian fields. */
export class Output {
  memory: Uint8Array;
  /** Size of the content in bytes. */
  end = 0;
  private view: DataView;

  constructor(size: number) {
    this.memory = new Uint8Array(size);
    this.view = new DataView(this.memory.buffer);
  }

  /** Begins a block. Returns its offset, for {@link close}. */
  open(type: number): number {
    const at = this.end;
    this.u32(type);
    this.u32(0);
    return at;
  }

  /** Ends a block: pads it to a multiple of 4 and writes its length at both ends. */
  close(at: number): void {
    while ((this.end - at) % 4 !== 0) this.u8(0);
    const size = this.end - at + 4;
    this.u32(size);
    this.view.setUint32(at + BLOCK_HEAD - 4, size, true);
  }

  u8(value: number): void {
    this.memory[this.take(1)] = value;
  }

  u16(value: number): void {
    const at = this.take(2);
    this.view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.take(4);
    this.view.setUint32(at, value, true);
  }

  u64(value: bigint): void {
    const at = this.take(8);
    this.view.setBigUint64(at, value, true);
  }

  i64(value: number): void {
    const at = this.take(8);
    this.view.setBigInt64(at, BigInt(value), true);
  }

  bytes(from: Uint8Array, at: number, size: number): void {
    const to = this.take(size);
    this.memory.set(from.subarray(at, at + size), to);
  }

  /** Writes a byte string, truncated to `most` bytes. */
  raw(text: string, most: number = text.length): void {
    const size = Math.min(text.length, most);
    let to = this.take(size);
    for (let i = 0; i < size; i++) this.memory[to++] = text.charCodeAt(i);
  }

  /** Writes a byte string preceded by its length, truncated to `most` bytes. */
  text(text: string, most: number): void {
    this.u16(Math.min(text.length, most));
    this.raw(text, most);
  }

  /** Overwrites the u32 at offset `at`, such as the length of an entry. */
  patch(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  private take(size: number): number {
    const at = this.end;
    if (at + size > this.memory.length) {
      const memory = new Uint8Array(Math.max(2 * this.memory.length, at + size));
      memory.set(this.memory.subarray(0, at));
      this.memory = memory;
      this.view = new DataView(memory.buffer);
    }
    this.end = at + size;
    return at;
  }
}

import { GAP } from "../../../journal/schema.ts";

/** Number of alerts per block; a power of two. The high bits of an alert's sequence number select its block. */
export const SIZE = GAP;
const NONE = new Map<number, number>();

/** The priority of rows without an alert. */
export const ABSENT = 255;

/**
 * One column of a block, dictionary-encoded. Memory per alert: no bytes if the column has a single value, one byte for
 * up to 256 values, otherwise two bytes.
 */
export class Column {
  /** Distinct values as word IDs; 0 represents alerts without a value. */
  values: number[] | Uint32Array = [];
  private codes = new Map<number, number>();
  private bytes: Uint8Array | Uint16Array | undefined;
  private lastValue = -1;
  private lastCode = 0;

  set(row: number, value: number): void {
    let code = value === this.lastValue ? this.lastCode : this.codes.get(value);
    if (code === undefined) {
      code = this.values.length;
      if (Array.isArray(this.values)) this.values.push(value);
      this.codes.set(value, code);
    }
    this.lastValue = value;
    this.lastCode = code;
    if (code === 0 && this.bytes === undefined) return;
    if (this.bytes === undefined) this.bytes = new Uint8Array(SIZE);
    else if (code === 256 && this.bytes.BYTES_PER_ELEMENT === 1) this.bytes = Uint16Array.from(this.bytes);
    this.bytes[row] = code;
  }

  /** Frees the memory that is needed only by {@link set}. */
  seal(): void {
    this.values = Uint32Array.from(this.values);
    this.codes = NONE;
  }

  /** Serializes the column for {@link unpack}. */
  pack(): Uint8Array {
    const { values, bytes } = this;
    const head = Uint32Array.of(values.length, bytes?.BYTES_PER_ELEMENT ?? 0);
    return Buffer.concat([
      bytesOf(head),
      bytesOf(Uint32Array.from(values)),
      ...(bytes === undefined ? [] : [bytesOf(bytes)]),
    ]);
  }

  /** @returns the offset after the column */
  unpack(packed: Uint8Array, at: number): number {
    const [count = 0, width = 0] = numbersAt(packed, at, 2);
    this.values = numbersAt(packed, at + 8, count);
    this.codes = NONE;
    const from = at + 8 + count * 4;
    const end = from + width * SIZE;
    const bytes = packed.slice(from, end);
    if (width === 1) this.bytes = bytes;
    else if (width === 2) this.bytes = new Uint16Array(bytes.buffer, bytes.byteOffset, SIZE);
    return end;
  }

  /** The code of an alert's value: the index of the value in {@link values}. */
  get(row: number): number {
    return this.bytes?.[row] ?? 0;
  }

  /** The word ID of an alert's value. */
  word(row: number): number {
    return this.values[this.get(row)] ?? 0;
  }

  /** The code of each alert; undefined if all alerts have the first value. */
  get all(): Uint8Array | Uint16Array | undefined {
    return this.bytes;
  }
}

/** The columns of up to {@link SIZE} alerts, for counting and filtering. */
export class Block {
  /** Sequence number of the first alert. */
  readonly base: number;
  readonly priority = new Uint8Array(SIZE).fill(ABSENT);
  /** Times of the alerts, in microseconds since the epoch. */
  readonly time = new Float64Array(SIZE);
  readonly columns: readonly Column[];
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  /** Number of alerts. */
  live = 0;
  sealed = false;

  constructor(base: number, columns: number) {
    this.base = base;
    this.columns = Array.from({ length: columns }, () => new Column());
  }

  /** The column at an index. @throws RangeError */
  column(at: number): Column {
    const column = this.columns[at];
    if (column === undefined) throw new RangeError(`A block has no column ${at}.`);
    return column;
  }

  /** Ends writing, and frees the memory that is needed only for writing. */
  seal(): void {
    if (this.sealed) return;
    this.sealed = true;
    for (const column of this.columns) column.seal();
  }

  /** The sealed block as bytes in native byte order. */
  pack(): Uint8Array {
    const { time, priority, columns } = this;
    return Buffer.concat([bytesOf(time), priority, ...columns.map((column) => column.pack())]);
  }

  /** Reads a block. @throws RangeError for invalid bytes */
  static unpack(base: number, packed: Uint8Array, columns: number): Block {
    const block = new Block(base, columns);
    block.time.set(new Float64Array(packed.slice(0, SIZE * 8).buffer));
    block.priority.set(packed.subarray(SIZE * 8, SIZE * 9));
    let at = SIZE * 9;
    for (const column of block.columns) at = column.unpack(packed, at);
    if (at !== packed.length) throw new RangeError("the bytes are not a valid block");
    for (let row = 0; row < SIZE; row++) {
      const time = block.priority[row] === ABSENT ? undefined : block.time[row];
      if (time === undefined) continue;
      block.live++;
      block.first = Math.min(block.first, time);
      block.last = Math.max(block.last, time);
    }
    block.sealed = true;
    return block;
  }

  /** Sets time and priority of a row; columns are set separately. */
  set(row: number, time: number, priority: number): void {
    if (this.priority[row] === ABSENT) this.live++;
    this.time[row] = time;
    this.priority[row] = priority;
    if (time < this.first) this.first = time;
    if (time > this.last) this.last = time;
  }
}

function bytesOf({
  buffer,
  byteOffset,
  byteLength,
}: Uint8Array | Uint16Array | Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function numbersAt(packed: Uint8Array, at: number, count: number): Uint32Array {
  return new Uint32Array(packed.slice(at, at + count * 4).buffer);
}

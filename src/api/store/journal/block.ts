/** Alerts of a block: those whose numbers begin alike. A power of two. */
export const SIZE = 8192;
const NONE = new Map<number, number>();

/** What stands for the priority of a number that no alert has. */
export const ABSENT = 255;

/**
 * One column of a block: which of the block's values each alert has. Most columns have few values, many have one; so an
 * alert takes a byte, two, or none.
 */
export class Column {
  /** Numbers of words; 0 for alerts that have none. */
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

  /** Nothing more comes: what was needed to set values is let go. */
  seal(): void {
    this.values = Uint32Array.from(this.values);
    this.codes = NONE;
  }

  /** The code of an alert's value: its place among {@link values}. */
  get(row: number): number {
    return this.bytes === undefined ? 0 : this.bytes[row];
  }

  /** Each alert's code; undefined where all alerts have the first value. */
  get all(): Uint8Array | Uint16Array | undefined {
    return this.bytes;
  }
}

/** What counting and choosing looks at, of up to {@link SIZE} alerts. */
export class Block {
  /** The number of the first alert. */
  readonly base: number;
  readonly priority = new Uint8Array(SIZE).fill(ABSENT);
  /** Microseconds since the epoch. */
  readonly time = new Float64Array(SIZE);
  readonly columns: readonly Column[];
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  sealed = false;

  constructor(base: number, columns: number) {
    this.base = base;
    this.columns = Array.from({ length: columns }, () => new Column());
  }

  /** Nothing more comes. */
  seal(): void {
    if (this.sealed) return;
    this.sealed = true;
    for (const column of this.columns) column.seal();
  }

  /** Its columns are set one by one. */
  set(row: number, time: number, priority: number): void {
    this.time[row] = time;
    this.priority[row] = priority;
    if (time < this.first) this.first = time;
    if (time > this.last) this.last = time;
  }
}

import { ABSENT, Block, SIZE } from "./block.ts";

/** A sealed block with few alerts. Uses about 100 bytes per alert; a full block uses about 100 kB. */
export class SparseBlock {
  readonly base: number;
  readonly first: number;
  readonly last: number;
  /** Number of alerts. */
  readonly live: number;
  private readonly rows: Uint16Array;
  private readonly time: Float64Array;
  private readonly priority: Uint8Array;
  private readonly words: Uint32Array;
  private readonly columns: number;

  constructor(block: Block) {
    this.base = block.base;
    this.first = block.first;
    this.last = block.last;
    this.columns = block.columns.length;
    this.rows = Uint16Array.from(rowsIn(block));
    this.live = this.rows.length;
    this.time = Float64Array.from(this.rows, (row) => block.time[row] ?? 0);
    this.priority = Uint8Array.from(this.rows, (row) => block.priority[row] ?? ABSENT);
    this.words = new Uint32Array(this.live * this.columns);
    for (const [i, row] of this.rows.entries())
      for (const [at, column] of block.columns.entries()) this.words[i * this.columns + at] = column.word(row);
  }

  /** The block with all its rows. */
  expand(): Block {
    const block = new Block(this.base, this.columns);
    for (const [i, row] of this.rows.entries()) {
      block.set(row, this.time[i] ?? 0, this.priority[i] ?? ABSENT);
      for (const [at, column] of block.columns.entries()) column.set(row, this.words[i * this.columns + at] ?? 0);
    }
    block.seal();
    return block;
  }
}

function* rowsIn({ priority }: Block): Generator<number> {
  for (let row = 0; row < SIZE; row++) if (priority[row] !== ABSENT) yield row;
}

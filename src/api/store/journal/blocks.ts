import { endianness } from "node:os";
import type { DatabaseSync } from "node:sqlite";
import { aboutFields } from "../../../alert/about.ts";
import { wordColumns } from "../../../journal/columns.ts";
import { firstSeq, lastSeq } from "../../../journal/damaged-rows.ts";
import { rowUnlessDamaged } from "../../../journal/decode.ts";
import { ABSENT, Block, SIZE } from "./block.ts";
import { SparseBlock } from "./sparse-block.ts";

/** Table columns that are kept in memory. */
const held: readonly string[] = [...wordColumns.map(({ column }) => column), "tags", "shape"];
/** The column indexes of {@link aboutFields}. */
const about = aboutFields.map(columnOf);

function columnOf(name: string): string {
  const found = wordColumns.find(({ field }) => field === name);
  if (found === undefined) throw new Error(`No column has the field ${name}.`);
  return found.column;
}

/** Indexes of columns in a block. */
export const columnIndexes: ReadonlyMap<string, number> = new Map([...held, "who"].map((name, i) => [name, i]));
/** The index of a column. @throws Error for an unknown column */
export function columnIndex(column: string): number {
  const at = columnIndexes.get(column);
  if (at === undefined) throw new Error(`Unknown column ${column}.`);
  return at;
}

const WHO = columnIndex("who");
const CONTAINER = columnIndex("container_name");
const ABOUT = about.map(columnIndex);
/** Duration of a step of loading, and pause between two steps, in milliseconds. */
const SLICE = 20;
const REST = 1;
/** Number of alerts per read. */
const STEP = 1024;
/** A block with fewer alerts is held in sparse form. */
const SPARSE = SIZE / 16;

/** A block as stored in the journal. */
export interface StoredBlock {
  readonly base: number;
  /** Sequence number of the last alert. */
  readonly last: number;
  readonly layout: string;
  readonly bytes: Uint8Array;
}

/** Version of the layout; stored blocks with a different version are ignored. */
const LAYOUT = `1 ${SIZE} ${[...columnIndexes.keys()].join(" ")} of ${about.join(" ")} ${endianness()}`;

function unpacked(base: number, bytes: Uint8Array): Block | undefined {
  try {
    return Block.unpack(base, bytes, columnIndexes.size);
  } catch {
    return undefined; // the alerts are read again
  }
}

/**
 * The columns of all alerts in memory, about twenty bytes per alert, so that a million alerts can be counted and
 * filtered in a few milliseconds. The newest alerts are loaded first. Older alerts are loaded in steps; requests are
 * handled between two steps.
 */
export class Blocks {
  private readonly blocks = new Map<number, Block | SparseBlock>();
  private readonly read: (from: number, to: number) => number;
  /** Word ID of the container name `host`; 0 if no alert has this name. */
  private readonly host: () => number;
  private readonly kept: (base: number) => Block | undefined;
  private readonly keep: (block: StoredBlock) => void;
  private readonly unkept: Block[] = [];
  /** Bases of loaded blocks with alerts that were deleted or recovered after loading. */
  private readonly changed = new Set<number>();
  private readonly changes: (after: number) => { readonly bases: readonly number[]; readonly version: number };
  private readonly before: (seq: number) => number;
  private readonly ends: () => { readonly first: number; readonly last: number };
  /** Range of loaded sequence numbers; both bounds are inclusive. */
  from = 0;
  to = 0;
  private oldest = 0;
  /** Version of the last processed row of the table `gap`, which lists blocks with deleted or recovered alerts. */
  private gaps = 0;
  /** Increased each time a block is reread, or all blocks are. */
  version = 0;
  /** Whether loading was stopped, for example because the journal was replaced. */
  isClosed = false;
  private timer: NodeJS.Timeout | undefined;

  /** @param keep called to store a block, so that its alerts need not be read again */
  constructor(db: DatabaseSync, keep: (block: StoredBlock) => void = () => {}) {
    this.keep = keep;
    const kept = db.prepare("SELECT bytes FROM block WHERE base = ? AND layout = ?");
    this.kept = (base) => {
      const bytes = kept.get(base, LAYOUT)?.bytes;
      return bytes instanceof Uint8Array ? unpacked(base, bytes) : undefined;
    };
    const columns = held.map((name) => `"${name}"`).join(", ");
    const rows = db.prepare(
      `SELECT seq, time / 1000, priority, ${columns} FROM alert WHERE seq BETWEEN ? AND ? ORDER BY seq`,
    );
    rows.setReturnArrays(true);
    const hostWord = db.prepare("SELECT id FROM word WHERE kind = 'container_name' AND text = 'host'");
    let host = 0;
    this.host = () => {
      if (host === 0) host = Number(hostWord.get()?.id ?? 0);
      return host;
    };
    this.ends = () => ({ first: firstSeq(db), last: lastSeq(db) });
    const versions = db.prepare(`SELECT (SELECT ifnull(max(version), 0) FROM gap) AS version,
      (SELECT value FROM state WHERE name = 'gaps') AS complete`);
    const gaps = db.prepare("SELECT base FROM gap WHERE version > ?");
    this.changes = (after) => {
      const { version, complete } = versions.get() ?? {};
      const next = Number(version ?? 0);
      if (after < Number(complete ?? 0) || next < after) this.forget(); // rows of `gap` may have been removed
      const bases = next > after ? gaps.all(after).map(({ base }) => Number(base)) : [];
      return { bases, version: next };
    };
    const before = db.prepare("SELECT max(seq) AS seq FROM alert WHERE seq < ?");
    this.before = (seq) => Number((rowUnlessDamaged(() => before.get(seq) ?? {}) ?? { seq: seq - 1 }).seq ?? 0);
    this.read = (from, to) => {
      // With setReturnArrays, each row is an array, although the declared type is an object.
      let found: readonly unknown[] | undefined = rowUnlessDamaged(() => rows.all(from, to));
      // Alerts near a damaged page of the database are read one by one.
      found ??= Array.from({ length: to - from + 1 }, (_, i) => from + i).flatMap(
        (seq): unknown[] => rowUnlessDamaged(() => rows.all(seq, seq)) ?? [],
      );
      for (const row of found) if (Array.isArray(row)) this.add(row);
      return found.length;
    };
  }

  /** Whether all alerts of the journal are loaded. */
  get complete(): boolean {
    return this.from <= this.oldest;
  }

  /** Sequence number of the oldest alert in the journal. */
  get first(): number {
    return this.oldest;
  }

  /** Loads new and recovered alerts, and removes deleted alerts. */
  refresh(): void {
    this.readChanges();
    const { first, last } = this.ends();
    if (last < this.to || (first === 0 && this.to > 0)) this.forget(); // the journal was replaced
    if (this.to === 0 && last > 0) {
      this.to = last;
      this.from = last + 1;
      this.oldest = first;
      this.back(SLICE);
    }
    if (last - this.to > 16 * SIZE) this.forget(); // far behind: reload from the end
    if (this.to === 0 && last > 0) {
      this.to = last;
      this.from = last + 1;
    }
    while (this.to < last) {
      const next = Math.min(last, this.to + STEP);
      this.read(this.to + 1, next);
      this.to = next;
    }
    this.seal();
    if (first > this.oldest) {
      this.oldest = first;
      for (const [key, { base }] of this.blocks) if (base + SIZE <= first) this.blocks.delete(key);
      this.from = Math.max(this.from, Math.min(first, this.to + 1));
    } else if (first > 0 && first < this.oldest) this.oldest = first; // recovered alerts
    this.reread(SLICE);
    if (this.hasWork) this.goOn();
  }

  /** Loaded blocks in order. A sparse block is expanded only while it is in use. */
  *each(order: "newest" | "oldest"): Generator<Block> {
    const sign = order === "newest" ? -1 : 1;
    const sorted = [...this.blocks.values()].sort((a, b) => sign * (a.base - b.base));
    for (const block of sorted) yield expanded(block);
  }

  /** The block of an alert, if it is loaded. */
  of(seq: number): Block | undefined {
    const block = this.blocks.get(Math.floor(seq / SIZE));
    return block && expanded(block);
  }

  /** Number of loaded alerts. */
  get count(): number {
    let count = 0;
    for (const block of this.blocks.values()) count += block.base >= this.oldest ? block.live : this.liveOf(block);
    return count;
  }

  /** Time of the earliest loaded alert in microseconds since the epoch; Infinity if no alert is loaded. */
  get earliest(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const block of this.blocks.values())
      earliest = Math.min(earliest, block.base >= this.oldest ? block.first : this.earliestOf(block));
    return earliest;
  }

  /** Stops loading. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private forget(): void {
    this.version++; // the sequence numbers may belong to other alerts now
    this.blocks.clear();
    this.changed.clear();
    this.unkept.length = 0;
    this.to = 0;
    this.from = 0;
    this.oldest = 0;
  }

  private goOn(): void {
    if (this.isClosed) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      try {
        if (this.changed.size > 0) this.reread(SLICE);
        else if (this.complete) this.keepOne();
        else this.back(SLICE);
      } catch {
        return; // the journal is being replaced: the next request opens the new one
      }
      if (this.hasWork) this.goOn();
    }, REST).unref();
  }

  private get hasWork(): boolean {
    return !this.complete || this.unkept.length > 0 || this.changed.size > 0;
  }

  private readChanges(): void {
    const { bases, version } = this.changes(this.gaps);
    this.gaps = version;
    for (const base of bases) if (base <= this.to && base + SIZE > this.from) this.changed.add(base);
  }

  /** Rereads blocks in which alerts were deleted or recovered, for at most `budget` milliseconds. */
  private reread(budget: number): void {
    const end = performance.now() + budget;
    for (const base of this.changed) {
      if (performance.now() > end) return;
      this.changed.delete(base);
      const from = Math.max(base, this.from);
      const to = Math.min(base + SIZE - 1, this.to);
      this.blocks.delete(base / SIZE);
      if (from <= to) this.read(from, to);
      this.version++;
      const at = this.unkept.findIndex((one) => one.base === base);
      if (at >= 0) this.unkept.splice(at, 1);
      const block = this.blocks.get(base / SIZE);
      if (!(block instanceof Block) || !this.isWhole(block)) continue;
      block.seal();
      this.slim(block);
    }
  }

  /** Number of alerts in the block that contains the oldest alert, without deleted alerts. */
  private liveOf(block: Block | SparseBlock): number {
    const { base, priority } = expanded(block);
    let count = 0;
    for (let row = Math.max(0, this.oldest - base); row < SIZE; row++) if (priority[row] !== ABSENT) count++;
    return count;
  }

  /** Time of the earliest alert in the block that contains the oldest alert, without deleted alerts. */
  private earliestOf(block: Block | SparseBlock): number {
    const { base, priority, time } = expanded(block);
    let earliest = Number.POSITIVE_INFINITY;
    for (let row = Math.max(0, this.oldest - base); row < SIZE; row++)
      if (priority[row] !== ABSENT) earliest = Math.min(earliest, time[row] ?? earliest);
    return earliest;
  }

  private isWhole({ base }: Block): boolean {
    return base >= this.from && base + SIZE <= this.to + 1;
  }

  /** Replaces a block with few alerts with its sparse form. */
  private slim(block: Block): void {
    if (block.live < SPARSE) this.blocks.set(block.base / SIZE, new SparseBlock(block));
  }

  /** Loads older alerts for at most `budget` milliseconds. */
  private back(budget: number): void {
    const end = performance.now() + budget;
    while (this.from > this.oldest && performance.now() < end) {
      this.from = Math.max(this.oldest, this.before(this.from) + 1);
      if (this.from <= this.oldest) break;
      const base = Math.floor((this.from - 1) / SIZE) * SIZE;
      const known = this.from === base + SIZE ? this.kept(base) : undefined;
      if (known !== undefined) {
        this.blocks.set(base / SIZE, known);
        this.from = Math.max(base, this.oldest);
        continue;
      }
      const from = Math.max(this.oldest, base, this.from - STEP);
      this.read(from, this.from - 1);
      this.from = from;
    }
    this.seal();
  }

  private keepOne(): void {
    const block = this.unkept.pop();
    if (block === undefined || block.base < this.oldest) return;
    this.keep({ base: block.base, last: block.base + SIZE - 1, layout: LAYOUT, bytes: block.pack() });
  }

  private seal(): void {
    for (const block of this.blocks.values())
      if (block instanceof Block && !block.sealed && this.isWhole(block)) {
        block.seal();
        // Blocks with deleted alerts are not stored, because each deletion would require writing the block again.
        if (block.live === SIZE) this.unkept.push(block);
        this.slim(block);
      }
  }

  private add(row: readonly unknown[]): void {
    const seq = Number(row[0]);
    const key = Math.floor(seq / SIZE);
    const known = this.blocks.get(key);
    let block = known instanceof SparseBlock ? known.expand() : known;
    if (block === undefined) {
      block = new Block(key * SIZE, columnIndexes.size);
      this.blocks.set(key, block);
    }
    const at = seq - block.base;
    block.set(at, Number(row[1]), Number(row[2]));
    for (let i = 0; i < WHO; i++) block.column(i).set(at, wordIn(row, i));
    block.column(WHO).set(at, this.subject(row));
  }

  /** Word ID of the workload or process of a row; the container name `host` is ignored. */
  private subject(row: readonly unknown[]): number {
    for (const at of ABOUT) {
      const word = wordIn(row, at);
      if (word !== 0 && (at !== CONTAINER || word !== this.host())) return word;
    }
    return 0;
  }
}

function expanded(block: Block | SparseBlock): Block {
  return block instanceof SparseBlock ? block.expand() : block;
}

/** Word ID in a column of a row. Sequence number, time and priority precede the columns. */
function wordIn(row: readonly unknown[], column: number): number {
  const word = row[column + 3];
  return typeof word === "number" ? word : 0;
}

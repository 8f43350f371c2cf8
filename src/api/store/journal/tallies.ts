import { type JournalAlert, plainValue } from "../../../alert/entry.ts";
import { columnNamed } from "../../../journal/decode.ts";
import { priorities } from "../../../rule/rule.ts";
import type { Filter } from "../../filter/filter.ts";
import { SIZE } from "./block.ts";
import { columnIndex } from "./blocks.ts";
import type { Connection } from "./connection.ts";
import { type BlockMatch, rowsOf, type Search } from "./search.ts";
import { timeLimit } from "./time-limit.ts";

/** Maximum CPU time of a count after it has read an alert, in milliseconds. */
const BUDGET = 220;
/** The same of a count that reads no alert. */
const MAX_BUDGET = 4 * BUDGET;
/** Number of alerts that are read between checks of the time limit. */
const STRIDE = 64;

/** Start of the counted range of an incomplete count; undefined if all alerts are counted. */
export type Reach =
  | {
      /** In microseconds since the epoch. */
      readonly time: number;
      /** Whether the same count, requested again, includes more alerts. */
      readonly continues: boolean;
    }
  | undefined;

/**
 * Limits the time of a count. The time begins when the first alert is read, so that a repeated count, for which earlier
 * ones have read alerts, includes more of them.
 */
class Limit {
  private readonly search: Search;
  private readonly budget: number;
  private readonly began: number;
  private checked: number;
  private readonly isFarOver = timeLimit(MAX_BUDGET);
  private isBudgetOver: (() => boolean) | undefined;
  /** The row of a block before which the count stopped. */
  stopped: number | undefined;

  /** @param share part of the time limit, above 0 up to 1 */
  constructor(search: Search, share: number) {
    this.search = search;
    this.budget = BUDGET * share;
    this.began = search.reads;
    this.checked = search.reads;
  }

  get hasRead(): boolean {
    return this.search.reads > this.began;
  }

  isOver(): boolean {
    if (!this.hasRead) return this.isFarOver();
    this.isBudgetOver ??= timeLimit(this.budget);
    return this.isBudgetOver();
  }

  /** Whether the limit is exceeded, checked only after every {@link STRIDE} alerts that are read. */
  isOverAfterRead(): boolean {
    if (this.search.reads < this.checked + STRIDE) return false;
    this.checked = this.search.reads;
    return this.isOver();
  }
}

/**
 * Calls `take` for each block with an exact mask of the matching alerts, newest first.
 * @param take sets the row of the limit if it exceeds the limit
 * @param share part of the time limit to use, above 0 up to 1
 * @returns the start of the covered range
 */
export function eachBlock(
  { blocks, search }: Connection,
  filter: Filter,
  take: (found: BlockMatch, limit: Limit) => void,
  share = 1,
): Reach {
  const limit = new Limit(search, share);
  for (const found of search.blocks(filter, "newest")) {
    const { block, mask, test } = found;
    if (test !== undefined) {
      for (const row of rowsOf(mask, "newest")) {
        if (limit.isOverAfterRead()) {
          mask.fill(0, 0, row + 1);
          limit.stopped = row;
          break;
        }
        if (!test(row)) mask[row] = 0;
      }
    }
    take(found, limit);
    if (limit.stopped !== undefined) return { time: block.time[limit.stopped] ?? block.first, continues: true };
    if (block.base > blocks.first && limit.isOver()) return { time: block.first, continues: limit.hasRead };
  }
  if (blocks.complete) return undefined;
  const oldest = blocks.of(blocks.from); // undefined if no alert has been loaded yet
  return { time: oldest?.time[blocks.from - oldest.base] ?? Date.now() * 1000, continues: true };
}

/** Numbers of alerts by value. The key of alerts without a value is undefined. */
export type ByValue = Map<string | undefined, number>;

/** A count that may be incomplete. */
interface Counted {
  readonly counts: ByValue;
  readonly reach: Reach;
}

/**
 * Counts alerts by a property or a field.
 * @param share part of the time limit that the count may use, above 0 up to 1
 */
export function countBy(connection: Connection, filter: Filter, by: string, share = 1): Counted {
  const { decoder, search } = connection;
  const counts: ByValue = new Map();
  const add = (value: string | undefined, count: number): void => {
    if (count > 0) counts.set(value, (counts.get(value) ?? 0) + count);
  };
  if (by === "priority") {
    const sums = new Uint32Array(256);
    const tally = ({ block, mask }: BlockMatch): void => {
      for (let i = 0; i < SIZE; i++) if (mask[i] === 1) increment(sums, block.priority[i]);
    };
    const reach = eachBlock(connection, filter, tally, share);
    for (const [i, priority] of priorities.entries()) add(priority, sums[i] ?? 0);
    return { counts, reach };
  }
  if (by === "container") return countContainers(connection, filter, share);
  const column = columnNamed(by) ?? (by === "tags" ? "tags" : undefined);
  if (column !== undefined) {
    const sums = new Map<number, number>();
    const tally = ({ block, mask }: BlockMatch): void => {
      const { values, all } = block.column(columnIndex(column));
      const own = new Uint32Array(values.length);
      if (all === undefined) own[0] = countOf(mask);
      else for (let i = 0; i < SIZE; i++) if (mask[i] === 1) increment(own, all[i]);
      for (const [code, word] of values.entries()) {
        const count = own[code] ?? 0;
        if (count > 0) sums.set(word, (sums.get(word) ?? 0) + count);
      }
    };
    const reach = eachBlock(connection, filter, tally, share);
    for (const [word, count] of sums) {
      const text = word === 0 ? undefined : decoder.word(word);
      if (by !== "tags") add(text, count);
      else for (const tag of (text ?? "").split("\n")) add(tag === "" ? undefined : tag, count);
    }
    return { counts, reach };
  }
  const values = search.valuesOf(by);
  const sums: number[] = [];
  const tally = ({ block: { base }, mask }: BlockMatch, limit: Limit): void => {
    const codes = values.codes(base);
    for (let row = SIZE - 1; row >= 0; row--) {
      if (mask[row] !== 1) continue;
      const known = codes[row] ?? 0;
      if (known === 0 && limit.isOverAfterRead()) {
        limit.stopped = row;
        return;
      }
      const text = known === 0 ? valueIn(search.alert(base + row), by) : undefined;
      const code = known || values.set(base, row, text);
      if (code === undefined) add(text, 1);
      else sums[code] = (sums[code] ?? 0) + 1;
    }
  };
  const reach = eachBlock(connection, filter, tally, share);
  for (const [code, count = 0] of sums.entries()) add(values.text(code), count);
  return { counts, reach: reach && { ...reach, continues: reach.continues && values.isComplete } };
}

function valueIn(alert: JournalAlert | undefined, field: string): string | undefined {
  return plainValue(alert?.values[alert.names.indexOf(field)]);
}

/** Counts alerts by the name of their container, or by its ID if the name is missing. */
function countContainers(connection: Connection, filter: Filter, share: number): Counted {
  const sums = new Map<number, number>();
  const nameAt = columnIndex("container_name");
  const idAt = columnIndex("container_id");
  const tally = ({ block, mask }: BlockMatch): void => {
    const name = block.column(nameAt);
    const id = block.column(idAt);
    for (let i = 0; i < SIZE; i++) {
      if (mask[i] !== 1) continue;
      const word = name.word(i) || id.word(i);
      sums.set(word, (sums.get(word) ?? 0) + 1);
    }
  };
  const reach = eachBlock(connection, filter, tally, share);
  const counts: ByValue = new Map();
  for (const [word, count] of sums) {
    const text = word === 0 ? undefined : connection.decoder.word(word);
    counts.set(text, (counts.get(text) ?? 0) + count); // a container's name can equal the ID of another
  }
  return { counts, reach };
}

function countOf(mask: Uint8Array): number {
  let count = 0;
  for (const one of mask) count += one;
  return count;
}

/** Adds one to an element of an array. Positions outside the array are ignored. */
export function increment(sums: Uint32Array, at = 0): void {
  sums[at] = (sums[at] ?? 0) + 1;
}

/** Counts alerts per priority and time step. */
export function overTime(
  connection: Connection,
  filter: Filter,
  from: number,
  step: number,
  buckets: number,
): { readonly sums: readonly Uint32Array[]; readonly reach: Reach } {
  const sums = priorities.map(() => new Uint32Array(buckets));
  const reach = eachBlock(connection, filter, ({ block, mask }) => {
    const { time, priority } = block;
    for (let i = 0; i < SIZE; i++) {
      if (mask[i] !== 1) continue;
      const bucket = Math.floor(((time[i] ?? 0) - from) / step);
      const own = sums[priority[i] ?? 0];
      if (own !== undefined && bucket >= 0 && bucket < buckets) increment(own, bucket);
    }
  });
  return { sums, reach };
}

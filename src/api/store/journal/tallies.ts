import { plainValue } from "../../../alert/entry.ts";
import { columnNamed } from "../../../journal/decode.ts";
import { priorities } from "../../../rule/rule.ts";
import type { Filter } from "../../filter/filter.ts";
import { SIZE } from "./block.ts";
import { columnIndex } from "./blocks.ts";
import type { Connection } from "./connection.ts";
import { type BlockMatch, rowsOf } from "./search.ts";
import { timeLimit } from "./time-limit.ts";

/** Maximum CPU time of a count, in milliseconds. If exceeded, the start of the counted range is returned. */
const BUDGET = 220;
/** Number of alerts between checks of the time limit. */
const STRIDE = 64;

/** Start of the counted range in microseconds since the epoch; undefined if all alerts are counted. */
export type Reach = number | undefined;

/**
 * Calls `take` for each block with an exact mask of the matching alerts, newest first.
 * @returns the start of the covered range
 */
export function eachBlock(connection: Connection, filter: Filter, take: (found: BlockMatch) => void): Reach {
  const isOver = timeLimit(BUDGET);
  const { blocks, search } = connection;
  for (const found of search.blocks(filter, "newest")) {
    if (found.test !== undefined) {
      let looked = 0;
      for (const row of rowsOf(found.mask, "newest")) {
        if (++looked % STRIDE === 0 && isOver()) {
          found.mask.fill(0, 0, row + 1);
          take(found);
          return found.block.time[row];
        }
        if (!found.test(row)) found.mask[row] = 0;
      }
    }
    take(found);
    if (isOver()) return found.block.first;
  }
  return blocks.complete ? undefined : timeOf(connection, blocks.from);
}

function timeOf({ blocks }: Connection, seq: number): Reach {
  const block = blocks.of(seq);
  return block === undefined ? undefined : block.time[seq - block.base];
}

/** Numbers of alerts by value. The key of alerts without a value is undefined. */
export type ByValue = Map<string | undefined, number>;

/** Counts alerts by a property or a field. */
export function countBy(
  connection: Connection,
  filter: Filter,
  by: string,
): { readonly counts: ByValue; readonly reach: Reach } {
  const { decoder, search } = connection;
  const counts: ByValue = new Map();
  const add = (value: string | undefined, count: number): void => {
    if (count > 0) counts.set(value, (counts.get(value) ?? 0) + count);
  };
  if (by === "priority") {
    const sums = new Uint32Array(256);
    const reach = eachBlock(connection, filter, ({ block, mask }) => {
      for (let i = 0; i < SIZE; i++) if (mask[i] === 1) increment(sums, block.priority[i]);
    });
    for (const [i, priority] of priorities.entries()) add(priority, sums[i] ?? 0);
    return { counts, reach };
  }
  if (by === "container") return countContainers(connection, filter);
  const column = columnNamed(by) ?? (by === "tags" ? "tags" : undefined);
  if (column !== undefined) {
    const sums = new Map<number, number>();
    const reach = eachBlock(connection, filter, ({ block, mask }) => {
      const { values, all } = block.column(columnIndex(column));
      const own = new Uint32Array(values.length);
      if (all === undefined) own[0] = countOf(mask);
      else for (let i = 0; i < SIZE; i++) if (mask[i] === 1) increment(own, all[i]);
      for (const [code, word] of values.entries()) {
        const count = own[code] ?? 0;
        if (count > 0) sums.set(word, (sums.get(word) ?? 0) + count);
      }
    });
    for (const [word, count] of sums) {
      const text = word === 0 ? undefined : decoder.word(word);
      if (by !== "tags") add(text, count);
      else for (const tag of (text ?? "").split("\n")) add(tag === "" ? undefined : tag, count);
    }
    return { counts, reach };
  }
  const isOver = timeLimit(BUDGET);
  let reach: Reach;
  for (const { block, mask, test } of search.blocks(filter, "newest")) {
    for (const row of rowsOf(mask, "newest")) {
      if (isOver()) return { counts, reach: block.time[row] };
      if (test !== undefined && !test(row)) continue;
      const alert = search.alert(block.base + row);
      add(plainValue(alert?.values[alert.names.indexOf(by)]), 1);
    }
    reach = block.first;
  }
  return { counts, reach: connection.blocks.complete ? undefined : reach };
}

/** Counts alerts by the name of their container, or by its ID if the name is missing. */
function countContainers(connection: Connection, filter: Filter): { readonly counts: ByValue; readonly reach: Reach } {
  const sums = new Map<number, number>();
  const nameAt = columnIndex("container_name");
  const idAt = columnIndex("container_id");
  const reach = eachBlock(connection, filter, ({ block, mask }) => {
    const name = block.column(nameAt);
    const id = block.column(idAt);
    for (let i = 0; i < SIZE; i++) {
      if (mask[i] !== 1) continue;
      const word = name.word(i) || id.word(i);
      sums.set(word, (sums.get(word) ?? 0) + 1);
    }
  });
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

import type { DatabaseSync } from "node:sqlite";
import type { JournalAlert } from "../../../alert/entry.ts";
import { alertColumns, type Decoder, rowUnlessDamaged } from "../../../journal/decode.ts";
import { narrow, openFullText } from "../../../journal/full-text.ts";
import type { AlertQuery } from "../../../query/ast.ts";
import { type AlertTest, alertTest } from "../../../query/match.ts";
import { type Filter, states } from "../../filter/filter.ts";
import type { Order } from "../store.ts";
import { type Block, SIZE } from "./block.ts";
import type { Blocks } from "./blocks.ts";
import { selectFor } from "./select.ts";
import { type FieldValues, Memory } from "./tested.ts";
import type { Triage } from "./triage.ts";

/** The alerts of a block that may match a filter. */
export interface BlockMatch {
  readonly block: Block;
  /** One byte per row of the block: 1 if the alert may match, otherwise 0. */
  readonly mask: Uint8Array;
  /** Tests whether an alert matches; undefined if all alerts in the mask match. */
  readonly test: ((row: number) => boolean) | undefined;
}

/** Bounds of sequence numbers, both exclusive. */
export interface Bounds {
  readonly after?: number;
  readonly before?: number;
}

/** Searches alerts with columns in memory, full-text search, and tests of individual alerts. */
export interface Search {
  /** Yields the possible matches of each block. A block is searched only when it is requested. */
  blocks(filter: Filter, order: Order, bounds?: Bounds): Generator<BlockMatch>;
  /** The alert with this sequence number; undefined if there is no such alert or the alert is damaged. */
  alert(seq: number): JournalAlert | undefined;
  /** Number of alerts that were read so far. */
  readonly reads: number;
  /** The known values of a field without a column. */
  valuesOf(field: string): FieldValues;
}

/** @param seqOf returns the sequence number of the alert with this ID */
export function openSearch(
  db: DatabaseSync,
  decoder: Decoder,
  blocks: Blocks,
  triage: Triage,
  seqOf: (id: string) => number | undefined,
): Search {
  const one = db.prepare(`SELECT ${alertColumns} FROM alert a WHERE seq = ?`);
  one.setReadBigInts(true);
  const memory = new Memory(blocks);

  let reads = 0;
  function alert(seq: number): JournalAlert | undefined {
    reads++;
    const row = rowUnlessDamaged(() => one.get(seq));
    return row === undefined ? undefined : decoder.alert(row);
  }

  /** Sequence numbers from full-text search, grouped by block. */
  function* matches(match: string, order: Order, { after, before }: Bounds): Generator<readonly [number, Uint8Array]> {
    const rows = db.prepare(
      `SELECT rowid FROM search WHERE search MATCH ? AND rowid > ? AND rowid < ? ORDER BY rowid ${order === "newest" ? "DESC" : "ASC"}`,
    );
    rows.setReturnArrays(true);
    let key = -1;
    let mask = new Uint8Array(0);
    const found: Iterable<unknown> = rows.iterate(match, after ?? -1, before ?? blocks.to + 1);
    for (const row of found) {
      const seq = Array.isArray(row) ? Number(row[0]) : 0;
      const own = Math.floor(seq / SIZE);
      if (own !== key) {
        if (key >= 0) yield [key, mask];
        key = own;
        mask = new Uint8Array(SIZE);
      }
      mask[seq - own * SIZE] = 1;
    }
    if (key >= 0) yield [key, mask];
  }

  function* all(order: Order): Generator<readonly [Block, Uint8Array | undefined]> {
    for (const block of blocks.each(order)) yield [block, undefined];
  }

  function* matching(match: string, order: Order, bounds: Bounds): Generator<readonly [Block, Uint8Array | undefined]> {
    for (const [key, mask] of matches(match, order, bounds)) {
      const block = blocks.of(key * SIZE);
      if (block !== undefined) yield [block, mask];
    }
  }

  /** Removes alerts that are out of bounds, deleted, or in another state. */
  function trim(
    block: Block,
    mask: Uint8Array,
    { state }: Filter,
    { after = -1, before = Number.POSITIVE_INFINITY }: Bounds,
  ): void {
    const low = Math.max(after + 1, blocks.first) - block.base;
    if (low > 0) mask.fill(0, 0, Math.min(low, SIZE));
    const high = before - block.base;
    if (high < SIZE) mask.fill(0, Math.max(0, high));
    if (state === undefined) return;
    const wanted = states.indexOf(state);
    const codes = triage.statesIn(block.base);
    if (codes === undefined) {
      if (state !== "open") mask.fill(0);
      return;
    }
    for (let row = 0; row < SIZE; row++) if (codes[row] !== wanted) mask[row] = 0;
  }

  /** Narrows bounds to the alerts with the IDs that a query requires; undefined if no such alert exists. */
  function withinIds(query: AlertQuery | undefined, bounds: Bounds): Bounds | undefined {
    const ids = query && idsIn(query);
    if (ids === undefined) return bounds;
    const found = ids.map(seqOf).filter((seq) => seq !== undefined);
    if (found.length === 0) return undefined;
    return {
      after: Math.max(bounds.after ?? -1, Math.min(...found) - 1),
      before: Math.min(bounds.before ?? Number.POSITIVE_INFINITY, Math.max(...found) + 1),
    };
  }

  return {
    alert,
    get reads() {
      return reads;
    },
    valuesOf: (field) => memory.valuesOf(field),
    *blocks(filter, order, wanted = {}) {
      const bounds = withinIds(filter.condition, wanted);
      if (bounds === undefined) return;
      const select = selectFor(filter, decoder.word);
      const { condition, words } = filter;
      const fullText = openFullText(db);
      const { match, tests } = narrow(fullText, words, condition);
      const whole: AlertTest[] = [...tests, ...(condition ? [alertTest(condition, fullText.test)] : [])];
      const steps = match === undefined ? all(order) : matching(match, order, bounds);
      const textTests = tests.length > 0;
      const results = memory.resultsOf(filter);
      for (const [block, found] of steps) {
        if (bounds.before !== undefined && block.base >= bounds.before) continue;
        if (bounds.after !== undefined && block.base + SIZE <= bounds.after) continue;
        const selected = select(block);
        if (selected === undefined) continue;
        const { mask, exact } = selected;
        if (found !== undefined) for (let i = 0; i < SIZE; i++) if (found[i] === 0) mask[i] = 0;
        trim(block, mask, filter, bounds);
        const looked = (!exact || textTests) && !results.narrow(block.base, mask);
        const test = (row: number): boolean =>
          results.test(block.base, row, () => {
            const seen = alert(block.base + row);
            return seen && whole.every((test) => test(seen));
          });
        yield { block, mask, test: looked ? test : undefined };
      }
    },
  };
}

/** The IDs that a query allows; undefined if the query may allow any ID. */
function idsIn(query: AlertQuery): readonly string[] | undefined {
  if (query.kind === "and") return query.parts.map(idsIn).find((ids) => ids !== undefined);
  const names = query.kind === "test" && query.name === "id" && (query.operator === "=" || query.operator === "in");
  return names ? query.values : undefined;
}

/** The selected rows of a mask in a given order. */
export function* rowsOf(mask: Uint8Array, order: Order): Generator<number> {
  if (order === "newest") {
    for (let row = SIZE - 1; row >= 0; row--) if (mask[row] === 1) yield row;
  } else for (let row = 0; row < SIZE; row++) if (mask[row] === 1) yield row;
}

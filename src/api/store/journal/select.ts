import { columnNamed } from "../../../alert/journal/decode.ts";
import type { Ask, AskTest } from "../../filter/ask.ts";
import type { Filter } from "../../filter/filter.ts";
import { valueTest, wantedPriorities } from "../../filter/value.ts";
import { ABSENT, type Block, SIZE } from "./block.ts";
import { placeOf } from "./blocks.ts";

/** Which alerts of a block there are for a filter: 1 where one may be. */
export interface Selected {
  readonly mask: Uint8Array;
  /** Whether those are all and only those that are wanted; else each has to be looked at. */
  readonly exact: boolean;
}

/** Chooses among the alerts of a block by its columns; undefined where none can be wanted. */
export type Select = (block: Block) => Selected | undefined;

type Choose = (block: Block) => { mask: Uint8Array; exact: boolean };

/**
 * Prepares choosing by columns. Text and triage are not looked at.
 * @param word the text of a word's number
 */
export function selectFor({ ask, since, until }: Filter, word: (number: number) => string): Select {
  const choose = ask === undefined ? undefined : chooser(ask, word);
  const from = since === undefined ? Number.NEGATIVE_INFINITY : Number(since / 1000n);
  const to = until === undefined ? Number.POSITIVE_INFINITY : Number(until / 1000n);
  return (block) => {
    if (block.last < from || block.first > to) return undefined;
    const { mask, exact } = choose?.(block) ?? { mask: new Uint8Array(SIZE).fill(1), exact: true };
    const { priority, time } = block;
    if (block.first >= from && block.last <= to) {
      for (let i = 0; i < SIZE; i++) if (priority[i] === ABSENT) mask[i] = 0;
    } else {
      for (let i = 0; i < SIZE; i++) if (priority[i] === ABSENT || time[i] < from || time[i] > to) mask[i] = 0;
    }
    return { mask, exact };
  };
}

function chooser(ask: Ask, word: (number: number) => string): Choose {
  if (ask.kind === "test") return testChooser(ask, word);
  if (ask.kind === "not") {
    const inner = chooser(ask.part, word);
    return (block) => {
      const { mask, exact } = inner(block);
      if (!exact) return { mask: mask.fill(1), exact };
      for (let i = 0; i < SIZE; i++) mask[i] ^= 1;
      return { mask, exact };
    };
  }
  const parts = ask.parts.map((part) => chooser(part, word));
  const isAnd = ask.kind === "and";
  return (block) => {
    const [first, ...others] = parts;
    const result = first(block);
    for (const other of others) {
      const { mask, exact } = other(block);
      if (isAnd) for (let i = 0; i < SIZE; i++) result.mask[i] &= mask[i];
      else for (let i = 0; i < SIZE; i++) result.mask[i] |= mask[i];
      result.exact &&= exact;
    }
    return result;
  };
}

function testChooser(test: AskTest, word: (number: number) => string): Choose {
  const { name, operator } = test;
  if (name === "priority") {
    const wanted = wantedPriorities(test);
    return ({ priority }) => {
      const mask = new Uint8Array(SIZE);
      for (let i = 0; i < SIZE; i++) mask[i] = wanted[priority[i]] ? 1 : 0;
      return { mask, exact: true };
    };
  }
  const holds = valueTest(test);
  const column = columnNamed(name);
  if (column !== undefined)
    return columnChooser(placeOf(column), true, (value) => holds(value === 0 ? undefined : word(value)));
  if (name === "tags") {
    return columnChooser(placeOf("tags"), true, (value) => {
      const tags = word(value) === "" ? [] : word(value).split("\n");
      return operator === "!=" ? tags.every(holds) : tags.some(holds);
    });
  }
  if (name === "output" || name === "id") return () => ({ mask: new Uint8Array(SIZE).fill(1), exact: false });
  // Whether there is such a field at all says the list of the alert's fields.
  const has = (value: number): boolean => word(value).split("\n").includes(name);
  if (operator === "!=") return () => ({ mask: new Uint8Array(SIZE).fill(1), exact: false });
  return columnChooser(placeOf("shape"), false, has);
}

/** Asks once for each value of a column that is in the block, and remembers what was said. */
function columnChooser(at: number, exact: boolean, holds: (value: number) => boolean): Choose {
  const known = new Map<number, boolean>();
  return (block) => {
    const column = block.columns[at];
    const wanted = new Uint8Array(column.values.length);
    for (const [code, value] of column.values.entries()) {
      let answer = known.get(value);
      if (answer === undefined) {
        answer = holds(value);
        known.set(value, answer);
      }
      wanted[code] = answer ? 1 : 0;
    }
    const mask = new Uint8Array(SIZE);
    const codes = column.all;
    if (codes === undefined) mask.fill(wanted[0] ?? 0);
    else for (let i = 0; i < SIZE; i++) mask[i] = wanted[codes[i]];
    return { mask, exact };
  };
}

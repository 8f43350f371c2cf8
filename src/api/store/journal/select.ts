import { columnNamed } from "../../../journal/decode.ts";
import type { AlertQuery, FieldTest } from "../../../query/ast.ts";
import { valueTest, wantedPriorities } from "../../../query/value.ts";
import type { Filter } from "../../filter/filter.ts";
import { ABSENT, type Block, SIZE } from "./block.ts";
import { columnIndex } from "./blocks.ts";

/** The alerts of a block that may match a filter. */
export interface Selected {
  readonly mask: Uint8Array;
  /** Whether all selected alerts match. Otherwise, each selected alert must be tested. */
  readonly exact: boolean;
}

/** Selects alerts of a block by its columns; undefined if no alert can match. */
export type Select = (block: Block) => Selected | undefined;

/** Selects alerts of a block by one condition; undefined if no alert can match. */
type Choose = (block: Block) => { mask: Uint8Array; exact: boolean } | undefined;

/**
 * Compiles a filter, without words and triage, to a selection by columns.
 * @param word returns the text of a word ID
 */
export function selectFor({ condition, since, until }: Filter, word: (number: number) => string): Select {
  const choose = condition === undefined ? undefined : chooser(condition, word);
  const from = since === undefined ? Number.NEGATIVE_INFINITY : Number(since / 1000n);
  const to = until === undefined ? Number.POSITIVE_INFINITY : Number(until / 1000n);
  return (block) => {
    if (block.last < from || block.first > to) return undefined;
    const chosen = choose === undefined ? { mask: all(), exact: true } : choose(block);
    if (chosen === undefined) return undefined;
    const { mask, exact } = chosen;
    const { priority, time } = block;
    if (block.first >= from && block.last <= to) {
      for (let i = 0; i < SIZE; i++) if (priority[i] === ABSENT) mask[i] = 0;
    } else {
      for (let i = 0; i < SIZE; i++) {
        const at = time[i] ?? Number.NaN;
        if (priority[i] === ABSENT || !(at >= from && at <= to)) mask[i] = 0;
      }
    }
    return { mask, exact };
  };
}

function chooser(query: AlertQuery, word: (number: number) => string): Choose {
  if (query.kind === "test") return testChooser(query, word);
  if (query.kind === "words" || query.kind === "since" || query.kind === "until")
    return () => ({ mask: all(), exact: false });
  if (query.kind === "not") {
    const inner = chooser(query.part, word);
    return (block) => {
      const chosen = inner(block);
      if (chosen === undefined) return { mask: all(), exact: true };
      const { mask, exact } = chosen;
      if (!exact) return { mask: mask.fill(1), exact };
      for (let i = 0; i < SIZE; i++) mask[i] = mask[i] === 1 ? 0 : 1;
      return { mask, exact };
    };
  }
  const parts = query.parts.map((part) => chooser(part, word));
  return query.kind === "and" ? allOf(parts) : anyOf(parts);
}

function allOf(parts: readonly Choose[]): Choose {
  return (block) => {
    let result: ReturnType<Choose>;
    for (const part of parts) {
      const chosen = part(block);
      if (chosen === undefined) return undefined;
      if (result === undefined) result = chosen;
      else {
        for (let i = 0; i < SIZE; i++) if (chosen.mask[i] === 0) result.mask[i] = 0;
        result.exact &&= chosen.exact;
      }
    }
    return result;
  };
}

function anyOf(parts: readonly Choose[]): Choose {
  return (block) => {
    let result: ReturnType<Choose>;
    for (const part of parts) {
      const chosen = part(block);
      if (chosen === undefined) continue;
      if (result === undefined) result = chosen;
      else {
        for (let i = 0; i < SIZE; i++) if (chosen.mask[i] === 1) result.mask[i] = 1;
        result.exact &&= chosen.exact;
      }
    }
    return result;
  };
}

function all(): Uint8Array {
  return new Uint8Array(SIZE).fill(1);
}

function testChooser(test: FieldTest, word: (number: number) => string): Choose {
  const { name, operator } = test;
  if (name === "priority") {
    const wanted = wantedPriorities(test);
    return ({ priority }) => {
      const mask = new Uint8Array(SIZE);
      for (let i = 0; i < SIZE; i++) mask[i] = wanted[priority[i] ?? ABSENT] ? 1 : 0;
      return { mask, exact: true };
    };
  }
  const holds = valueTest(test);
  const column = columnNamed(name);
  if (column !== undefined) {
    return columnChooser(columnIndex(column), true, (value) => {
      const text = value === 0 ? undefined : word(value);
      // The value is a list, whose members are compared, or a string that looks like a list.
      return text?.startsWith("[") ? undefined : holds(text);
    });
  }
  if (name === "tags") {
    return columnChooser(columnIndex("tags"), true, (value) => {
      const tags = word(value) === "" ? [] : word(value).split("\n");
      return operator === "!=" ? tags.every(holds) : tags.some(holds);
    });
  }
  if (name === "output" || name === "id") return () => ({ mask: all(), exact: false });
  // The list of an alert's fields shows whether the alert has the field.
  const has = (value: number): boolean => word(value).split("\n").includes(name);
  if (operator === "!=") return () => ({ mask: all(), exact: false });
  return columnChooser(columnIndex("shape"), false, has);
}

const UNKNOWN = 2;

/**
 * Tests each value of a column once and caches the result.
 * @param holds whether a value matches; undefined if this depends on the whole alert
 */
function columnChooser(at: number, exact: boolean, holds: (value: number) => boolean | undefined): Choose {
  const known = new Map<number, 0 | 1 | typeof UNKNOWN>();
  return (block) => {
    const column = block.column(at);
    const wanted = new Uint8Array(column.values.length);
    let some = 0;
    for (const [code, value] of column.values.entries()) {
      let answer = known.get(value);
      if (answer === undefined) {
        const held = holds(value);
        answer = held === undefined ? UNKNOWN : held ? 1 : 0;
        known.set(value, answer);
      }
      wanted[code] = answer === 0 ? 0 : 1;
      some |= answer;
    }
    if (some === 0) return undefined;
    const mask = new Uint8Array(SIZE);
    const codes = column.all;
    if (codes === undefined) mask.fill(wanted[0] ?? 0);
    else for (let i = 0; i < SIZE; i++) mask[i] = wanted[codes[i] ?? 0] ?? 0;
    return { mask, exact: exact && (some & UNKNOWN) === 0 };
  };
}

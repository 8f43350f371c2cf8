import { type Filter, states } from "../../filter/filter.ts";
import type { TimeSteps } from "../time-steps.ts";
import { SIZE } from "./block.ts";
import { columnIndex } from "./blocks.ts";
import type { Connection } from "./connection.ts";
import { PairIndex } from "./pair-index.ts";
import { eachBlock, increment, type Reach } from "./tallies.ts";

/** Code of the state `open` in blocks. */
const OPEN = states.indexOf("open");

/**
 * Groups of alerts as parallel arrays, because there can be as many groups as alerts. Groups with newer alerts come
 * first.
 */
export interface Groups {
  readonly length: number;
  /** Word IDs; 0 if missing. */
  readonly rule: readonly number[];
  readonly who: readonly number[];
  readonly count: readonly number[];
  /** Numbers of open alerts. */
  readonly open: readonly number[];
  /** Indexes of the most severe priorities. */
  readonly worst: readonly number[];
  /** Times of the first and last alert, in microseconds since the epoch. */
  readonly first: readonly number[];
  readonly last: readonly number[];
  /** Sequence numbers of the newest alerts. */
  readonly newest: readonly number[];
}

/** Groups alerts by rule and workload. */
export function groupsOf(connection: Connection, filter: Filter): { readonly groups: Groups; readonly reach: Reach } {
  const index = new PairIndex();
  const ruleAt = columnIndex("rule");
  const whoAt = columnIndex("who");
  const rule: number[] = [];
  const who: number[] = [];
  const count: number[] = [];
  const open: number[] = [];
  const worst: number[] = [];
  const first: number[] = [];
  const last: number[] = [];
  const newest: number[] = [];
  const reach = eachBlock(connection, filter, ({ block, mask }) => {
    const { time, base, priority } = block;
    const codes = connection.triage.statesIn(base);
    const rules = block.column(ruleAt);
    const subjects = block.column(whoAt);
    for (let i = SIZE - 1; i >= 0; i--) {
      if (mask[i] !== 1) continue;
      const what = rules.word(i);
      const subject = subjects.word(i);
      const at = time[i] ?? 0;
      const isOpen = codes === undefined || codes[i] === OPEN ? 1 : 0;
      const severity = priority[i] ?? 0;
      const group = index.number(what, subject);
      if (group === newest.length) {
        rule.push(what);
        who.push(subject);
        count.push(1);
        open.push(isOpen);
        worst.push(severity);
        first.push(at);
        last.push(at);
        newest.push(base + i);
        continue;
      }
      count[group] = (count[group] ?? 0) + 1;
      open[group] = (open[group] ?? 0) + isOpen;
      if (severity < (worst[group] ?? severity)) worst[group] = severity;
      if (at < (first[group] ?? at)) first[group] = at;
      else if (at > (last[group] ?? at)) last[group] = at;
    }
  });
  return { groups: { length: newest.length, rule, who, count, open, worst, first, last, newest }, reach };
}

/** Counts the alerts of groups per time step. @param pairs rule and workload of each group @returns counts by group */
export function groupTimes(
  connection: Connection,
  filter: Filter,
  pairs: readonly (readonly [rule: number, who: number])[],
  { from, step, number }: TimeSteps,
): { readonly series: readonly Uint32Array[]; readonly reach: Reach } {
  const series = pairs.map(() => new Uint32Array(number));
  const byRule = new Map<number, Map<number, Uint32Array>>();
  for (const [i, [rule, who]] of pairs.entries()) {
    const own = byRule.get(rule) ?? new Map<number, Uint32Array>();
    own.set(who, series[i] ?? new Uint32Array(number));
    byRule.set(rule, own);
  }
  const ruleAt = columnIndex("rule");
  const whoAt = columnIndex("who");
  const reach = eachBlock(connection, filter, ({ block, mask }) => {
    const rules = block.column(ruleAt);
    if (!rules.values.some((rule) => byRule.has(rule))) return;
    const subjects = block.column(whoAt);
    for (let i = 0; i < SIZE; i++) {
      const counts = mask[i] === 1 ? byRule.get(rules.word(i))?.get(subjects.word(i)) : undefined;
      if (counts !== undefined) increment(counts, Math.floor(((block.time[i] ?? 0) / 1000 - from) / step));
    }
  });
  return { series, reach };
}

import type { ContainerView, ProcessView, RuleView, TopView } from "../../agent/top/rates.ts";
import { padded, textWidth } from "../../output/terminal/width.ts";
import { visible } from "../../telemetry/visible.ts";

/** A column of a table. */
interface Column<Row> {
  readonly title: string;
  /** Whether the column has text, which is left-aligned and sorted alphabetically. Numbers are sorted in descending order. */
  readonly text?: true;
  readonly value: (row: Row) => number | string | null;
  readonly shown: (row: Row) => string;
}

interface Table<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: (view: TopView) => readonly Row[];
  /** Text that is printed if there are no rows. */
  readonly empty: string;
}

export const tableNames = ["processes", "containers", "rules"] as const;
export type TableName = (typeof tableNames)[number];

/** Returns the table to show first: processes if system calls are watched, otherwise rules. */
export function usualTable({ processes, sources }: TopView): TableName {
  return processes.length > 0 || sources.some(({ name }) => name === "syscall") ? "processes" : "rules";
}

/** The order of rows: number of the sort column, from 0, and whether the usual order is reversed. */
export interface Order {
  readonly column: number;
  readonly reversed: boolean;
}

export const usualOrder: Order = { column: 0, reversed: false };

const NO_CALLS = "No samples: system calls are not watched, or no event has been sampled yet.";

const processes: Table<ProcessView> = {
  columns: [
    numbers("EVENTS/S", (row) => row.events_per_second, rateText),
    numbers("ALERTS", (row) => row.alerts, countText),
    numbers(
      "PID",
      (row) => row.pid,
      (pid, { many }) => (many ? "several" : pid < 0 ? "–" : String(pid)),
    ),
    texts("PROCESS", (row) => row.name || "(unknown)"),
    texts("CONTAINER", (row) => row.container || "–"),
  ],
  rows: (view) => view.processes,
  empty: NO_CALLS,
};

const containers: Table<ContainerView> = {
  columns: [
    numbers("EVENTS/S", (row) => row.events_per_second, rateText),
    numbers("ALERTS", (row) => row.alerts, countText),
    texts("CONTAINER", (row) => (row.id === "" ? "(host)" : row.name || row.id)),
    texts("POD", (row) => row.pod || "–"),
    texts("IMAGE", (row) => row.image || "–"),
  ],
  rows: (view) => view.containers,
  empty: NO_CALLS,
};

const rules: Table<RuleView> = {
  columns: [
    numbers("CPU", (row) => row.cpu, percentText),
    numbers("TIME/EVENT", (row) => row.evaluation_seconds, durationText),
    numbers("EVENTS/S", (row) => row.events_per_second, rateText),
    numbers("MATCHES", (row) => row.matches, countText),
    numbers("ALERTS", (row) => row.alerts, countText),
    texts("RULE", (row) => row.name),
    texts("SOURCE", (row) => row.source),
  ],
  rows: (view) => view.rules,
  empty: "No rules are loaded.",
};

function numbers<Row>(
  title: string,
  value: (row: Row) => number | null,
  shown: (value: number, row: Row) => string,
): Column<Row> {
  return {
    ...{ title, value },
    shown(row) {
      const number = value(row);
      return number === null ? "–" : shown(number, row);
    },
  };
}

function texts<Row>(title: string, value: (row: Row) => string): Column<Row> {
  return { title, text: true, value, shown: (row) => visible(value(row)) };
}

/** Returns the number of columns of a table. */
export function columnsOf(name: TableName): number {
  return { processes, containers, rules }[name].columns.length;
}

/** Returns a table as lines. The first line contains the titles. Values are escaped. */
export function tableText(name: TableName, view: TopView, order: Order): string[] {
  if (name === "processes") return linesOf(processes, view, order);
  if (name === "containers") return linesOf(containers, view, order);
  return linesOf(rules, view, order);
}

function linesOf<Row>({ columns, rows, empty }: Table<Row>, view: TopView, { column, reversed }: Order): string[] {
  const sorted = [...rows(view)].sort((a, b) => {
    const by = columns[column] ?? columns[0];
    const order = by === undefined ? 0 : compare(by.value(a), by.value(b));
    return reversed ? -order : order;
  });
  if (sorted.length === 0) return [empty];
  const mark = (i: number): string => (i === column ? (reversed ? "▲" : "▼") : "");
  return aligned(
    [columns.map(({ title }, i) => title + mark(i)), ...sorted.map((row) => columns.map(({ shown }) => shown(row)))],
    columns.map(({ text }) => text === true),
  );
}

/** Compares values: numbers in descending order, missing numbers last; text in alphabetical order. */
function compare(a: number | string | null, b: number | string | null): number {
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  return Number(b ?? -1) - Number(a ?? -1);
}

/** Maximum width of a column other than the last, in columns of the terminal. */
const MAX_CELL = 40;

/** Aligns the cells of rows. @param left whether each column is left-aligned */
export function aligned(rows: readonly (readonly string[])[], left: readonly boolean[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, Math.min(MAX_CELL, textWidth(cell)));
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const width = widths[i] ?? 0;
        if (!left[i]) return " ".repeat(Math.max(0, width - textWidth(cell))) + cell;
        return i === row.length - 1 ? cell : padded(cell, width);
      })
      .join("  ")
      .trimEnd(),
  );
}

export function countText(count: number): string {
  return count.toLocaleString("en");
}

/** Formats a rate per second. Small rates have a decimal place. */
export function rateText(rate: number): string {
  return rate > 0 && rate < 10 ? rate.toFixed(1) : countText(Math.round(rate));
}

/** Formats a fraction of one CPU as a percentage. */
export function percentText(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 0.01 ? "<0.01%" : `${percent.toFixed(percent < 1 ? 2 : 1)}%`;
}

function durationText(seconds: number): string {
  const nanoseconds = seconds * 1e9;
  if (nanoseconds < 1000) return `${Math.round(nanoseconds)} ns`;
  return nanoseconds < 1e6 ? `${(nanoseconds / 1e3).toFixed(1)} µs` : `${(nanoseconds / 1e6).toFixed(1)} ms`;
}

import { columnsOf, type Order, type TableName, usualOrder } from "./tables.ts";

/** Table, order and scroll position of the screen. */
export interface ScreenState {
  readonly table: TableName;
  /** Order of the rows of each table. */
  readonly orders: Readonly<Record<TableName, Order>>;
  /** Number of rows above the first visible row. */
  readonly scroll: number;
}

/** The effect of a key: a new state or a command. */
export type KeyEffect = ScreenState | "quit" | "suspend" | "redraw";

export function firstState(table: TableName): ScreenState {
  return { table, orders: { processes: usualOrder, containers: usualOrder, rules: usualOrder }, scroll: 0 };
}

const TABLES: ReadonlyMap<string, TableName> = new Map([
  ["p", "processes"],
  ["c", "containers"],
  ["r", "rules"],
]);

/** Number of rows by which keys scroll. */
const SCROLLS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    "\u001b[A": -1,
    "\u001bOA": -1,
    k: -1,
    "\u001b[B": 1,
    "\u001bOB": 1,
    j: 1,
    "\u001b[5~": -10,
    "\u001b[6~": 10,
  }),
);

/** Number of columns by which keys move the sort column. */
const MOVES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    "\u001b[D": -1,
    "\u001bOD": -1,
    "<": -1,
    "\u001b[C": 1,
    "\u001bOC": 1,
    ">": 1,
  }),
);

const COMMANDS: ReadonlyMap<string, Exclude<KeyEffect, ScreenState>> = new Map([
  ["q", "quit"],
  ["Q", "quit"],
  ["\u0003", "quit"], // Ctrl-C
  ["\u001a", "suspend"], // Ctrl-Z
  ["\u000c", "redraw"], // Ctrl-L
]);

const ESCAPE = "\u001b";
/** Matches an escape sequence of a key, or a character. */
const KEY = new RegExp(`${ESCAPE}\\[[0-9;]*[A-Za-z~]|${ESCAPE}O[A-Za-z]|.`, "gsu");

/** Splits input into keys: escape sequences and characters. */
export function keysIn(input: string): string[] {
  return input.match(KEY) ?? [];
}

/** Returns the effect of a key. Keys without a meaning return the same state. */
export function afterKey(state: ScreenState, key: string): KeyEffect {
  const command = COMMANDS.get(key);
  if (command !== undefined) return command;
  const other = TABLES.get(key);
  if (other !== undefined) return { ...state, table: other, scroll: 0 };
  const rows = SCROLLS.get(key);
  if (rows !== undefined) return { ...state, scroll: Math.max(0, state.scroll + rows) };
  const { table, orders } = state;
  const columns = columnsOf(table);
  const order = orders[table];
  const sortBy = (column: number): ScreenState => {
    const reversed = column === order.column && !order.reversed;
    return { ...state, orders: { ...orders, [table]: { column, reversed } }, scroll: 0 };
  };
  const moved = MOVES.get(key);
  if (moved !== undefined) return sortBy((order.column + moved + columns) % columns);
  if (/^[1-9]$/.test(key) && Number(key) <= columns) return sortBy(Number(key) - 1);
  return state;
}

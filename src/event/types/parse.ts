import { EVENT_TYPES, EventCode } from "../code.ts";
import { flagTable } from "../flags.ts";
import { tableRows } from "../rows.ts";
import {
  Category,
  EventFlag,
  type EventType,
  type FlagTable,
  Origin,
  type Param,
  ParamKind,
  type PrintFormat,
} from "../schema.ts";
import { syscallId, syscallName } from "../syscalls.ts";
import { dynamicVariants } from "./dynamic.ts";

/**
 * Parses tables of event types. `[category origin]` sets the category and origin of the following rows. A row is
 *
 *     code key name flag… [from syscall,…][: parameter, …]
 *
 * and a parameter is `name TYPE [format] [table | @index]`: the number format, and the flag table, set of variants or
 * index of the parameter with the base directory. Without `from`, system calls have the same name as their event type.
 */
export function parseTypes(tables: readonly string[]): EventType[] {
  const types: EventType[] = [];
  for (const table of tables) {
    let category = 0;
    for (const row of tableRows(table)) {
      if (row.startsWith("[")) category = categoryOf(row.slice(1, -1));
      else {
        const type = parseType(row, category);
        types[type.code] = type;
      }
    }
  }
  for (let code = 0; code < EVENT_TYPES; code++) types[code] ??= emptyHalf(code);
  return claimGeneric(types);
}

const flagWords: ReadonlyMap<string, number> = new Map(
  Object.entries({
    creates: EventFlag.createsFd,
    destroys: EventFlag.destroysFd,
    uses: EventFlag.usesFd,
    reads: EventFlag.readsFromFd,
    writes: EventFlag.writesToFd,
    state: EventFlag.modifiesState,
    unused: EventFlag.unused,
    waits: EventFlag.waits,
    keeps: EventFlag.skipsParserReset,
    old: EventFlag.oldVersion,
    large: EventFlag.largePayload,
    converted: EventFlag.converted,
  }),
);

const categories = new Map<string, number>(Object.entries(Category));
const origins = new Map<string, number>(Object.entries(Origin));
const kinds = new Map<string, number>(Object.entries(ParamKind));

function categoryOf(words: string): number {
  const [what = "", origin] = words.split(" ");
  return known(categories, what) | (origin === undefined ? 0 : known(origins, origin));
}

function parseType(row: string, category: number): EventType {
  const colon = row.indexOf(": ");
  const words = (colon < 0 ? row : row.slice(0, colon)).split(" ");
  const [code, key = "", name = ""] = words;
  const from = words.indexOf("from");
  let flags = 0;
  for (const word of words.slice(3, from < 0 ? words.length : from)) flags |= known(flagWords, word);
  const made = category & (Origin.syscall | Origin.tracepoint);
  const calls = from < 0 ? (made === 0 ? [] : [name]) : (words[from + 1] ?? "").split(",");
  return {
    code: Number(code),
    key,
    name,
    enter: Number(code) % 2 === 0,
    category,
    flags,
    params:
      colon < 0
        ? []
        : row
            .slice(colon + 2)
            .split(", ")
            .map(parseParam),
    syscalls: calls.filter((call) => call !== "syscall").map((call) => known(syscallId, call)),
  };
}

const DECIMAL = /^(U?INT|ERRNO|FD|PID|SYSCALLID|SIG|RELTIME|ABSTIME|ENUMFLAGS|FLAGS8|UID|GID|DYN)/;
const HEXADECIMAL = /^(FLAGS|IPV|PORT)/;

/** Parses a parameter of a row. */
export function parseParam(text: string): Param {
  const [name = "", type = "", ...rest] = text.split(" ");
  const kind = known(kinds, type);
  let format: PrintFormat = DECIMAL.test(type)
    ? "dec"
    : HEXADECIMAL.test(type)
      ? "hex"
      : type === "MODE"
        ? "oct"
        : "na";
  let flags: FlagTable | undefined;
  let table: string | undefined;
  let variants: Param[] | undefined;
  let dirfd: number | undefined;
  for (const word of rest) {
    if (word === "na" || word === "dec" || word === "hex" || word === "oct") format = word;
    else if (word.startsWith("@")) dirfd = Number(word.slice(1));
    else if (type === "DYN") variants = known(dynamicVariants, word).map(parseParam);
    else {
      flags = known(flagTable, word);
      table = word;
    }
  }
  return { name, type: type as Param["type"], kind, format, flags, flagTable: table, variants, dirfd };
}

function emptyHalf(code: number): EventType {
  return {
    code,
    key: "",
    name: "NA",
    enter: code % 2 === 0,
    category: Category.unknown,
    flags: EventFlag.unused,
    params: [],
    syscalls: [],
  };
}

/** Assigns all calls without their own event type to the generic event types. */
function claimGeneric(types: EventType[]): EventType[] {
  const claimed = new Set(types.flatMap((type) => type.syscalls));
  const syscalls = syscallName.map((_, id) => id).filter((id) => id > 0 && syscallName[id] !== "" && !claimed.has(id));
  for (const code of [EventCode.GENERIC_E, EventCode.GENERIC_X]) types[code] = { ...types[code]!, syscalls };
  return types;
}

function known<T>(table: ReadonlyMap<string, T>, key: string): T {
  const value = table.get(key);
  if (value === undefined) throw new Error(`the schema tables name "${key}", which no table has`);
  return value;
}

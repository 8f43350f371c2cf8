import { cleanText } from "../event/clean.ts";
import { EventCode } from "../event/code.ts";
import { AT_FDCWD } from "../event/constants.ts";
import { genericParamIndexes, genericParams } from "../event/generic.ts";
import { type Param, ParamKind } from "../event/schema.ts";
import { eventTypes, paramCount } from "../event/types.ts";
import type { Observed } from "../machine/observed.ts";
import { joinPath } from "../machine/path.ts";
import { fdTable, workingDirectory } from "../machine/thread.ts";
import {
  type Field,
  FieldArgumentError,
  type FieldType,
  type NumberFormat,
  type Printing,
  type Reader,
  type Scalar,
  type Shown,
} from "./field.ts";
import { parameterOf, rendered, renderParameter, textOf } from "./parameter.ts";
import { bufferText, plainPrinting, valueJson, valueText } from "./print.ts";
import { resultOf } from "./result.ts";
import { REQUIRED, row, rowWith, wholeNumber } from "./row.ts";

const NONE = -1;

/** Cache of {@link places} by name, since rules share fields through macros. */
const cachedIndexes = new Map<string, Int8Array>();

/** Index of the parameter with the given name, by event type; -1 if there is none. */
function places(name: string): Int8Array {
  let at = cachedIndexes.get(name);
  if (at === undefined) {
    at = Int8Array.from(eventTypes, (type) => type.params.findIndex((param) => param.name === name));
    cachedIndexes.set(name, at);
  }
  return at;
}

/** The first parameter with each name. Parameters of the event format precede Eyas-specific ones. */
const named: ReadonlyMap<string, Param> = new Map(
  [...eventTypes.flatMap((type) => type.params), ...genericParams].reverse().map((param) => [param.name, param]),
);

/** Number of parameters that can be read: present in the event and known for its type. */
function readable(event: Observed): number {
  return Math.min(event.count, paramCount[event.type]!);
}

/** Returns the index of a parameter in an event; -1 if there is none. */
type Locator = (event: Observed) => number;

function byName(name: string): Locator {
  const at = places(name);
  const generic = genericParamIndexes(name);
  if (generic === undefined) {
    return (event) => {
      const i = at[event.type]!;
      return i < readable(event) ? i : NONE;
    };
  }
  return (event) => {
    if (event.type === EventCode.GENERIC_X) return ownParamIndex(event, generic);
    const i = at[event.type]!;
    return i < readable(event) ? i : NONE;
  };
}

/** Index of an Eyas-specific parameter of a generic event, by its call ID. */
function ownParamIndex(event: Observed, generic: Int8Array): number {
  if (event.length(0) !== 2) return NONE;
  const i = generic[event.u16(0)] ?? NONE;
  return i < event.count ? i : NONE;
}

function byNumber(number: number): Locator {
  return (event) => (number < readable(event) ? number : NONE);
}

function locator(argument: string | undefined): Locator {
  if (argument === undefined) {
    throw new FieldArgumentError(
      "evt.arg requires the name or the number of a parameter, for example evt.arg.flags or evt.arg[0].",
    );
  }
  const number = wholeNumber(argument);
  if (number !== undefined && number >= 0) return byNumber(number);
  if (!named.has(argument)) throw new FieldArgumentError(`No event has a parameter "${argument}".`);
  return byName(argument);
}

/** Text of a parameter: its meaning or, if it has none, its value. */
function argumentText(find: Locator, printing: Printing): (event: Observed) => string | undefined {
  return (event) => {
    const i = find(event);
    if (i < 0) return undefined;
    renderParameter(event, i, printing);
    return rendered.meaning === "" ? rendered.text : rendered.meaning;
  };
}

/** Prints a string whose text depends on the format of buffers. */
function shownText(read: (event: Observed) => string | undefined): Shown {
  return {
    text: (event) => {
      const value = read(event);
      return value === undefined ? undefined : cleanText(value);
    },
    json: (event) => {
      const value = read(event);
      return value === undefined ? "null" : JSON.stringify(cleanText(value));
    },
  };
}

/** All parameters: `name=text(meaning)`, separated by spaces. */
function allArguments(event: Observed, printing: Printing): string {
  if (event.type === EventCode.GENERIC_X) return "";
  const { params } = eventTypes[event.type]!;
  const count = readable(event);
  let text = "";
  for (let i = 0; i < count; i++) {
    renderParameter(event, i, printing);
    const one = rendered.meaning === "" ? rendered.text : `${rendered.text}(${rendered.meaning})`;
    text += i === 0 ? `${params[i]!.name}=${one}` : ` ${params[i]!.name}=${one}`;
  }
  return text;
}

function argumentsField(name: string, description: string): Field {
  return row(name, "CHARBUF", (event) => allArguments(event, plainPrinting), description, {
    heavy: true,
    show: (_argument, printing) => shownText((event) => allArguments(event, printing)),
  });
}

/** Field types of raw parameters, by type of the parameter. The values of all other parameters are bytes. */
const VALUE_TYPES: Partial<Record<string, FieldType>> = {
  INT8: "INT8",
  INT16: "INT16",
  INT32: "INT32",
  INT64: "INT64",
  UINT8: "UINT8",
  UINT16: "UINT16",
  UINT32: "UINT32",
  UINT64: "UINT64",
  ERRNO: "INT64",
  FD: "INT64",
  PID: "INT64",
  SYSCALLID: "UINT16",
  SIGTYPE: "UINT8",
  SIGSET: "UINT32",
  RELTIME: "RELTIME",
  ABSTIME: "ABSTIME",
  FLAGS8: "UINT8",
  FLAGS16: "UINT16",
  FLAGS32: "UINT32",
  ENUMFLAGS8: "UINT8",
  ENUMFLAGS16: "UINT16",
  ENUMFLAGS32: "UINT32",
  MODE: "UINT32",
  UID: "UINT32",
  GID: "UINT32",
  CHARBUF: "CHARBUF",
  FSPATH: "FSPATH",
  FSRELPATH: "FSRELPATH",
  BYTEBUF: "BYTEBUF",
};

/** The raw value of a parameter; undefined if the parameter is empty or too short for its type. */
function rawValue(event: Observed, i: number): Scalar | undefined {
  const { kind } = parameterOf(event, i);
  switch (kind) {
    case ParamKind.CHARBUF:
    case ParamKind.FSPATH:
    case ParamKind.FSRELPATH:
      return textOf(event, i);
  }
  const length = event.length(i);
  if (length === 0) return undefined;
  switch (kind) {
    case ParamKind.INT8:
      return event.view.getInt8(event.offset(i));
    case ParamKind.INT16:
      return length < 2 ? undefined : event.view.getInt16(event.offset(i), true);
    case ParamKind.INT32:
      return length < 4 ? undefined : event.i32(i);
    case ParamKind.INT64:
    case ParamKind.ERRNO:
    case ParamKind.FD:
    case ParamKind.PID:
      return length < 8 ? undefined : exact(event.i64(i), event, i, true);
    case ParamKind.UINT64:
    case ParamKind.RELTIME:
    case ParamKind.ABSTIME:
      return length < 8 ? undefined : exact(event.u64(i), event, i, false);
    case ParamKind.UINT8:
    case ParamKind.SIGTYPE:
    case ParamKind.FLAGS8:
    case ParamKind.ENUMFLAGS8:
      return event.u8(i);
    case ParamKind.UINT16:
    case ParamKind.SYSCALLID:
    case ParamKind.FLAGS16:
    case ParamKind.ENUMFLAGS16:
      return length < 2 ? undefined : event.u16(i);
    case ParamKind.UINT32:
    case ParamKind.FLAGS32:
    case ParamKind.ENUMFLAGS32:
    case ParamKind.MODE:
    case ParamKind.UID:
    case ParamKind.GID:
    case ParamKind.SIGSET:
      return length < 4 ? undefined : event.u32(i);
    default:
      return event.raw(i);
  }
}

/** Returns a bigint if the number would not be exact. */
function exact(value: number, event: Observed, i: number, signed: boolean): number | bigint {
  if (Number.isSafeInteger(value)) return value;
  return signed ? event.bigI64(i) : event.bigU64(i);
}

/** Number formats of fields by format of the parameter. */
const FORMATS: Readonly<Record<Param["format"], NumberFormat>> = { na: "none", dec: "dec", hex: "hex", oct: "oct" };

function rawName(argument: string | undefined): string {
  if (argument === undefined || !named.has(argument)) {
    throw new FieldArgumentError(
      argument === undefined || wholeNumber(argument) !== undefined
        ? "evt.rawarg requires the name of a parameter, for example evt.rawarg.res."
        : `No event has a parameter "${argument}".`,
    );
  }
  return argument;
}

function rawReader(argument: string | undefined): Reader {
  const find = byName(rawName(argument));
  return (event) => {
    const i = find(event);
    return i < 0 ? undefined : rawValue(event, i);
  };
}

function showRaw(argument: string | undefined, printing: Printing): Shown {
  const find = byName(rawName(argument));
  const show = <T>(event: Observed, none: T, how: (value: Scalar, type: FieldType, format: NumberFormat) => T): T => {
    const i = find(event);
    if (i < 0) return none;
    const value = rawValue(event, i);
    const param = parameterOf(event, i);
    return value === undefined ? none : how(value, VALUE_TYPES[param.type] ?? "BYTEBUF", FORMATS[param.format]);
  };
  return {
    text: (event) =>
      show<string | undefined>(event, undefined, (v, type, format) => valueText(v, type, format, printing)),
    json: (event) => show(event, "null", (v, type, format) => valueJson(v, type, format, printing)),
  };
}

/** Parameters with a directory descriptor and a relative path, by event type; one pair per path. */
const AT_PATHS: Readonly<Record<number, readonly (readonly [dirfd: string, path: string])[]>> = {
  [EventCode.RENAMEAT_X]: [
    ["olddirfd", "oldpath"],
    ["newdirfd", "newpath"],
  ],
  [EventCode.RENAMEAT2_X]: [
    ["olddirfd", "oldpath"],
    ["newdirfd", "newpath"],
  ],
  [EventCode.LINKAT_2_X]: [
    ["olddir", "oldpath"],
    ["newdir", "newpath"],
  ],
  [EventCode.SYMLINKAT_X]: [["linkdirfd", "linkpath"]],
  [EventCode.OPENAT_2_X]: [["dirfd", "name"]],
  [EventCode.OPENAT2_X]: [["dirfd", "name"]],
  [EventCode.UNLINKAT_2_X]: [["dirfd", "name"]],
  [EventCode.MKDIRAT_X]: [["dirfd", "path"]],
  [EventCode.FCHMODAT_X]: [["dirfd", "filename"]],
  [EventCode.FCHOWNAT_X]: [["dirfd", "pathname"]],
};

/** Indices of the two parameters of a path, by event type. */
function indexesAt(end: number): ReadonlyMap<number, readonly [number, number]> {
  return new Map(
    Object.entries(AT_PATHS).map(([code, pairs]) => {
      const type = Number(code);
      const [dirfd, path] = pairs[Math.min(end, pairs.length - 1)]!;
      const number = (name: string) => eventTypes[type]!.params.findIndex((param) => param.name === name);
      return [type, [number(dirfd), number(path)]];
    }),
  );
}

const ENDS = [indexesAt(0), indexesAt(1)];

/** Reads the absolute path of a call with a directory descriptor and a name as parameters. */
function absolutePath(argument: string | undefined): Reader {
  if (argument !== undefined && argument !== "src" && argument !== "dst") {
    throw new FieldArgumentError("evt.abspath takes only .src or .dst.");
  }
  const end = ENDS[argument === "dst" ? 1 : 0]!;
  return (event) => {
    const { thread, type } = event;
    if (thread === undefined) return undefined;
    if (type === EventCode.OPEN_BY_HANDLE_AT_X) {
      return (resultOf(event) ?? 0) > 0 ? joinPath("", textOf(event, 3)) : undefined;
    }
    const place = end.get(type);
    if (place === undefined) return undefined;
    const [dirfd, name] = place;
    if (dirfd >= event.count || name >= event.count || event.length(dirfd) !== 8 || event.length(name) === 0) {
      return undefined;
    }
    const text = textOf(event, name);
    if (text.startsWith("/")) return joinPath("", text);
    const fd = event.i64(dirfd);
    if (fd === AT_FDCWD) return joinPath(workingDirectory(thread), text);
    const directory = fd < 0 ? undefined : fdTable(thread)?.get(fd);
    return joinPath(directory === undefined ? "<UNKNOWN>/" : `${directory.name}/`, text);
  };
}

const findData = byName("data");

/** The recorded part of the data that a call read or wrote. */
const buffer: Field = row(
  "evt.buffer",
  "BYTEBUF",
  (event) => {
    const i = findData(event);
    return i < 0 ? undefined : event.raw(i);
  },
  "The recorded bytes that a call read or wrote. Use contains or bcontains to search the bytes.",
  {
    heavy: true,
    show: (_argument, printing) => {
      const read = (event: Observed) => {
        const i = findData(event);
        return i < 0 || event.length(i) === 0 ? undefined : bufferText(event.raw(i), printing);
      };
      return shownText(read);
    },
  },
);

/** Fields about the parameters of an event. */
export const argumentFields: readonly Field[] = [
  argumentsField("evt.args", "All parameters: name=value, with the meaning of the value in brackets."),
  argumentsField("evt.info", "The same as evt.args."),
  rowWith(
    "evt.arg",
    "CHARBUF",
    (argument) => argumentText(locator(argument), plainPrinting),
    "One parameter as text, by name or number: evt.arg.flags, evt.arg[0]. Descriptors, errors, flags, users and " +
      "similar values are shown by name.",
    {
      argument: { ...REQUIRED, dot: "too" },
      heavy: true,
      show: (argument, printing) => shownText(argumentText(locator(argument), printing)),
    },
  ),
  rowWith("evt.rawarg", "DYNAMIC", rawReader, "One parameter as a typed value, by name: evt.rawarg.res.", {
    argument: { ...REQUIRED, dot: "only" },
    heavy: true,
    noRight: true,
    noTransformer: true,
    typeOf: (argument) => named.get(rawName(argument))?.type ?? "DYNAMIC",
    show: showRaw,
  }),
  buffer,
  rowWith(
    "evt.abspath",
    "CHARBUF",
    absolutePath,
    "The absolute path of a call such as openat; evt.abspath.src and evt.abspath.dst for calls with two.",
    { argument: { ...REQUIRED, dot: "only" }, heavy: true },
  ),
];

/**
 * Kinds of parameters: names and numbers in the capture format. The number in the names of `INT8`–`UINT64`, `FLAGS*`,
 * `ENUMFLAGS*`, `FD32` and `PID32` is the size in bits. Of the other kinds of fixed size, `ERRNO`, `FD`, `PID`,
 * `RELTIME`, `ABSTIME` and `DOUBLE` have 8 bytes; `UID`, `GID`, `SIGSET`, `MODE`, `BOOL` and `IPV4ADDR` have 4;
 * `SYSCALLID` and `PORT` have 2; `SIGTYPE`, `L4PROTO` and `SOCKFAMILY` have 1; `IPV6ADDR` has 16. `DYN` consists of a
 * byte that selects a variant, and the value. Strings and buffers have a variable size.
 */
export const ParamKind = {
  NONE: 0,
  INT8: 1,
  INT16: 2,
  INT32: 3,
  INT64: 4,
  UINT8: 5,
  UINT16: 6,
  UINT32: 7,
  UINT64: 8,
  CHARBUF: 9,
  BYTEBUF: 10,
  ERRNO: 11,
  SOCKADDR: 12,
  SOCKTUPLE: 13,
  FD: 14,
  PID: 15,
  FDLIST: 16,
  FSPATH: 17,
  SYSCALLID: 18,
  SIGTYPE: 19,
  RELTIME: 20,
  ABSTIME: 21,
  PORT: 22,
  L4PROTO: 23,
  SOCKFAMILY: 24,
  BOOL: 25,
  IPV4ADDR: 26,
  DYN: 27,
  FLAGS8: 28,
  FLAGS16: 29,
  FLAGS32: 30,
  UID: 31,
  GID: 32,
  DOUBLE: 33,
  SIGSET: 34,
  CHARBUFARRAY: 35,
  CHARBUF_PAIR_ARRAY: 36,
  IPV4NET: 37,
  IPV6ADDR: 38,
  IPV6NET: 39,
  IPADDR: 40,
  IPNET: 41,
  MODE: 42,
  FSRELPATH: 43,
  ENUMFLAGS8: 44,
  ENUMFLAGS16: 45,
  ENUMFLAGS32: 46,
  FD32: 47,
  PID32: 48,
} as const;
export type ParamType = keyof typeof ParamKind;

/** Formats for numbers: decimal, hexadecimal, octal, or `na` for parameters that are not printed as numbers. */
export type PrintFormat = "na" | "dec" | "hex" | "oct";

/** Names of flags or enumeration values with their numbers, in print order. */
export type FlagTable = readonly (readonly [name: string, value: number])[];

export interface Param {
  readonly name: string;
  readonly type: ParamType;
  /** Number of `type` in {@link ParamKind}. */
  readonly kind: number;
  readonly format: PrintFormat;
  /** Names of flags or values, for `FLAGS*`, `ENUMFLAGS*`, `MODE` and some integers. */
  readonly flags: FlagTable | undefined;
  /** Name of the table in `flags`. */
  readonly flagTable: string | undefined;
  /** Variants of a `DYN` parameter, indexed by its first byte. */
  readonly variants: readonly Param[] | undefined;
  /** For an `FSRELPATH`, the index of the parameter that contains the descriptor of the base directory. */
  readonly dirfd: number | undefined;
}

/** Kinds of operations. They are the low bits of {@link EventType.category}. */
export const Category = {
  unknown: 0,
  other: 1,
  file: 2,
  net: 3,
  ipc: 4,
  memory: 5,
  process: 6,
  sleep: 7,
  system: 8,
  signal: 9,
  user: 10,
  time: 11,
  processing: 12,
  io_read: 32,
  io_write: 33,
  io_other: 34,
  wait: 64,
  scheduler: 128,
  internal: 256,
} as const;

/** Origins of events. They are the high bits of {@link EventType.category}. */
export const Origin = {
  syscall: 1 << 9,
  tracepoint: 1 << 10,
  plugin: 1 << 11,
  meta: 1 << 12,
  iter: 1 << 13,
} as const;

/** Mask for the low bits of {@link EventType.category}. */
export const CATEGORY_MASK = (1 << 9) - 1;

/** Bits of {@link EventType.flags}. */
export const EventFlag = {
  createsFd: 1 << 0,
  destroysFd: 1 << 1,
  usesFd: 1 << 2,
  readsFromFd: 1 << 3,
  writesToFd: 1 << 4,
  modifiesState: 1 << 5,
  /** Reserved code of an enter or exit event that does not exist. */
  unused: 1 << 6,
  waits: 1 << 7,
  /** The event does not replace the stored last event of its thread. */
  skipsParserReset: 1 << 8,
  /** The event occurs only in old captures. */
  oldVersion: 1 << 9,
  /** The lengths of parameters are 32 bits wide. */
  largePayload: 1 << 11,
  /** The event has a different form in old captures, from which `src/capture` converts it. */
  converted: 1 << 12,
} as const;

/** A row of the table of event types. */
export interface EventType {
  readonly code: number;
  /** The key of `code` in `EventCode`; `""` for unused codes. */
  readonly key: string;
  /** Name in rules, such as `open`. Generic events have the name of their system call instead. */
  readonly name: string;
  /** True for enter events of calls (in old captures) and for events that are not calls; false for exit events. */
  readonly enter: boolean;
  readonly category: number;
  readonly flags: number;
  readonly params: readonly Param[];
  /** IDs of the system calls or tracepoints that cause the event. */
  readonly syscalls: readonly number[];
}

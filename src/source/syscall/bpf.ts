import { addressOf, bpf, closeDescriptor } from "./libc.ts";

/**
 * Access to BPF objects through bpf(2). Unless stated otherwise, a numeric result is a descriptor or 0, or a negated
 * errno.
 */

const Command = {
  MAP_CREATE: 0,
  MAP_LOOKUP_ELEM: 1,
  MAP_UPDATE_ELEM: 2,
  PROG_LOAD: 5,
  PROG_RUN: 10,
  OBJ_GET_INFO_BY_FD: 15,
  RAW_TRACEPOINT_OPEN: 17,
  BTF_LOAD: 18,
  MAP_FREEZE: 22,
} as const;
const MapType = { ARRAY: 2, RINGBUF: 27 } as const;
const [PROG_TYPE_RAW_TRACEPOINT, PROG_TYPE_SYSCALL] = [17, 31];
const F_SLEEPABLE = 1 << 4;

/** Sizes of an instruction, and of the description of a function (struct bpf_func_info), in bytes. */
const [INSTRUCTION_SIZE, FUNCTION_SIZE] = [8, 8];

/** Size of the attributes of all commands in this file. Bytes that the kernel does not support must be zero. */
const ATTRIBUTES = 152;

function attributes(): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(ATTRIBUTES);
  return { bytes, view: new DataView(bytes.buffer) };
}

function createMap(type: number, keySize: number, valueSize: number, entries: number): number {
  const { bytes, view } = attributes();
  view.setUint32(0, type, true);
  view.setUint32(4, keySize, true);
  view.setUint32(8, valueSize, true);
  view.setUint32(12, entries, true);
  return bpf(Command.MAP_CREATE, bytes);
}

/** A map to create: values of enum bpf_map_type and flags as in include/uapi/linux/bpf.h. */
export interface MapShape {
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly entries: number;
  readonly flags: number;
  /** For a map of maps: descriptor of a map like those that it contains. */
  readonly innerMap?: number;
}

/** Creates a map of any type. */
export function createMapOf({ name, type, keySize, valueSize, entries, flags, innerMap = 0 }: MapShape): number {
  const { bytes, view } = attributes();
  [type, keySize, valueSize, entries, flags, innerMap].forEach((value, i) => {
    view.setUint32(4 * i, value, true);
  });
  bytes.set(objectName(name), 28);
  return bpf(Command.MAP_CREATE, bytes.subarray(0, 48));
}

/** Returns the name of an object in the kernel, which has up to 15 bytes and a NUL. */
function objectName(name: string): Uint8Array {
  return Buffer.from(name.slice(0, 15), "latin1");
}

/** Creates a ring buffer of `size` bytes, a power of two and a multiple of the page size. */
export function createRing(size: number): number {
  return createMap(MapType.RINGBUF, 0, 0, size);
}

export function updateMap(map: number, key: number, value: Uint8Array): number {
  return elementCommand(Command.MAP_UPDATE_ELEM, map, key, value);
}

/** Reads an element into `value`, which has the size of the map's values. */
export function lookUp(map: number, key: number, value: Uint8Array): number {
  return elementCommand(Command.MAP_LOOKUP_ELEM, map, key, value);
}

function elementCommand(command: number, map: number, key: number, value: Uint8Array): number {
  const keyBytes = new Uint8Array(128);
  new DataView(keyBytes.buffer).setUint32(0, key, true);
  const { bytes, view } = attributes();
  view.setUint32(0, map, true);
  view.setBigUint64(8, addressOf(keyBytes), true);
  view.setBigUint64(16, addressOf(value), true);
  return bpf(command, bytes);
}

/**
 * Makes a map permanently read-only for user space. eBPF programs can still write to it. The map must not be mapped for
 * writing.
 */
export function freezeMap(map: number): number {
  const { bytes, view } = attributes();
  view.setUint32(0, map, true);
  return bpf(Command.MAP_FREEZE, bytes.subarray(0, 4));
}

/**
 * Returns the ID of a map, program or link, and for a link, the ID of the attached program. Undefined for other
 * descriptors.
 */
export function objectInfo(fd: number): { readonly id: number; readonly program: number } | undefined {
  const found = readInfo(fd, 128); // in all three structures, the ID follows the type (include/uapi/linux/bpf.h)
  return found && { id: found.getUint32(4, true), program: found.getUint32(8, true) };
}

/** Offset of `recursion_misses` in `struct bpf_prog_info`, and the size of the structure up to its end. */
const [RECURSION_MISSES, UNTIL_MISSES] = [208, 216];

/**
 * Returns how often the kernel skipped a program because another run of it on the same CPU had not ended; 0 before Linux
 * 5.12.
 */
export function skippedRuns(program: number): number {
  return Number(readInfo(program, UNTIL_MISSES)?.getBigUint64(RECURSION_MISSES, true) ?? 0);
}

/** Reads the information about the object of a descriptor; undefined if it is not an eBPF object. */
function readInfo(fd: number, size: number): DataView | undefined {
  const info = new Uint8Array(size);
  const { bytes, view } = attributes();
  view.setUint32(0, fd, true);
  view.setUint32(4, info.length, true);
  view.setBigUint64(8, addressOf(info), true);
  return bpf(Command.OBJ_GET_INFO_BY_FD, bytes.subarray(0, 16)) < 0 ? undefined : new DataView(info.buffer);
}

/** A descriptor of a map, program or link, and the ID of the object. */
export interface BpfObject {
  readonly fd: number;
  readonly id: number;
}

export function objectOf(fd: number): BpfObject {
  return { fd, id: objectInfo(fd)?.id ?? 0 };
}

/** Closes the descriptor of an object, unless the descriptor now refers to another object. */
export function closeObject({ fd, id }: BpfObject): void {
  if (objectInfo(fd)?.id === id) closeDescriptor(fd);
}

/**
 * Attaches a program to its tracepoint, or to the tracepoint with the given name if the program was loaded for any
 * tracepoint. Closing the returned descriptor detaches the program.
 */
export function attach(program: number, tracepoint?: string): number {
  const { bytes, view } = attributes();
  const name = Buffer.alloc(128, tracepoint ?? "");
  if (tracepoint !== undefined) {
    name.fill(0, tracepoint.length);
    view.setBigUint64(0, addressOf(name), true);
  }
  view.setUint32(8, program, true);
  return bpf(Command.RAW_TRACEPOINT_OPEN, bytes.subarray(0, 16));
}

/**
 * Runs a program of type `syscall` or at a raw tracepoint with `context`. Returns the negated errno if bpf(2) fails; otherwise, the result of
 * the program.
 */
export function run(program: number, context: Uint8Array | undefined): number {
  const { bytes, view } = attributes();
  view.setUint32(0, program, true);
  if (context !== undefined) {
    view.setUint32(40, context.length, true);
    view.setBigUint64(48, addressOf(context), true);
  }
  const result = bpf(Command.PROG_RUN, bytes.subarray(0, 80));
  return result < 0 ? result : view.getInt32(4, true);
}

/** Gives the kernel the types of a program (BTF). */
export function loadTypes(types: Uint8Array): number {
  const { bytes, view } = attributes();
  view.setBigUint64(0, addressOf(types), true);
  view.setUint32(16, types.length, true);
  return bpf(Command.BTF_LOAD, bytes.subarray(0, 28));
}

/** A program that can be attached to raw tracepoints. */
export interface RawTracepointProgram {
  readonly name: string;
  readonly instructions: Uint8Array;
  /**
   * Functions, if the program has several: a descriptor of their types (BTF), and for each function, the index of its
   * first instruction and its type, each u32.
   */
  readonly functions?: { readonly types: number; readonly table: Uint8Array };
  /** Buffer for the log of the verifier. Without it, the kernel writes none. */
  readonly log?: Uint8Array;
}

/** Loads a program. */
export function loadRawTracepoint({ name, instructions, functions, log }: RawTracepointProgram): number {
  const license = new Uint8Array(128);
  license.set(Buffer.from("Dual MIT/GPL"));
  const { bytes, view } = attributes();
  view.setUint32(0, PROG_TYPE_RAW_TRACEPOINT, true);
  view.setUint32(4, instructions.length / INSTRUCTION_SIZE, true);
  view.setBigUint64(8, addressOf(instructions), true);
  view.setBigUint64(16, addressOf(license), true);
  if (log !== undefined) {
    view.setUint32(24, 1, true);
    view.setUint32(28, log.length, true);
    view.setBigUint64(32, addressOf(log), true);
  }
  bytes.set(objectName(name), 48);
  if (functions !== undefined) {
    view.setUint32(72, functions.types, true);
    view.setUint32(76, FUNCTION_SIZE, true);
    view.setBigUint64(80, addressOf(functions.table), true);
    view.setUint32(88, functions.table.length / FUNCTION_SIZE, true);
  }
  return bpf(Command.PROG_LOAD, bytes.subarray(0, 112));
}

/** A loader, which is an eBPF program that creates maps and programs in the kernel, and its data. */
export interface Loader {
  readonly data: Uint8Array;
  readonly instructions: Uint8Array;
  /** Input: sizes of maps and address of a log buffer. Output: descriptors. */
  readonly context: Uint8Array;
}

/** Steps at which {@link load} can fail. */
export type LoadStep = "map" | "data" | "program" | "run";

/** Runs a loader; returns undefined on success. */
export function load({ data, instructions, context }: Loader): { step: LoadStep; error: number } | undefined {
  const opened: number[] = [];
  try {
    const map = createMap(MapType.ARRAY, 4, data.length, 1);
    if (map < 0) return { step: "map", error: map };
    opened.push(map);
    const updated = updateMap(map, 0, data);
    if (updated < 0) return { step: "data", error: updated };

    const fds = new Int32Array(32);
    fds[0] = map;
    const license = new Uint8Array(128);
    license.set(Buffer.from("Dual BSD/GPL"));
    const { bytes, view } = attributes();
    view.setUint32(0, PROG_TYPE_SYSCALL, true);
    view.setUint32(4, instructions.length / INSTRUCTION_SIZE, true);
    view.setBigUint64(8, addressOf(instructions), true);
    view.setBigUint64(16, addressOf(license), true);
    view.setUint32(44, F_SLEEPABLE, true);
    bytes.set(Buffer.from("eyas_loader"), 48);
    view.setBigUint64(120, addressOf(new Uint8Array(fds.buffer)), true);
    const program = bpf(Command.PROG_LOAD, bytes.subarray(0, 128));
    if (program < 0) return { step: "program", error: program };
    opened.push(program);
    const error = run(program, context);
    return error < 0 ? { step: "run", error } : undefined;
  } finally {
    for (const fd of opened) closeDescriptor(fd);
  }
}

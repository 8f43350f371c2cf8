import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type BpfObject, closeObject, load, objectOf } from "./bpf.ts";
import { addressOf, duplicate, withoutSignals } from "./libc.ts";
import { loadFailure, SensorError } from "./sensor-error.ts";

/** A built eBPF object; see `probe/`, `scripts/build-probe.sh` and `scripts/pack-probe.ts`. */
interface Build {
  readonly data: Uint8Array;
  readonly instructions: Uint8Array;
  readonly maps: readonly string[];
  readonly programs: readonly string[];
  /**
   * Maps that belong to another object, by name, with the indexes of the loader instructions that create the map and
   * write its initial values.
   */
  readonly shared: Readonly<Record<string, { readonly create: number; readonly write?: number }>>;
}

export interface LoadedObject {
  /** The object's own maps, without the shared ones. */
  readonly maps: Map<string, BpfObject>;
  readonly programs: Map<string, BpfObject>;
  /** Tracepoints of programs that are attached by name; undefined if the kernel knows the tracepoint of each program. */
  readonly tracepoints?: ReadonlyMap<string, string>;
}

/** Layout of the loader's context: size, flags and log, then 16 bytes per map and 4 per program. */
const CONTEXT_HEADER = 24;
const MAP_ENTRY = 16;
const PROGRAM_ENTRY = 4;

/** Error of bpf(2) if a signal aborted the verification. */
const EAGAIN = 11;
const MAX_TRIES = 50;

/**
 * Loads an object.
 * @param suffix suffix of the file name; empty for the sensor
 * @param entries returns the number of elements for a map; 0: the number in the source code of the probe
 * @param shared maps of another loaded object that this object also uses
 * @throws SensorError if this machine does not support the object
 */
export function loadObject(
  suffix: "" | "-uring" | "-tracepoints" | "-transfers",
  entries: (map: string) => number,
  shared: ReadonlyMap<string, BpfObject> = new Map(),
): LoadedObject {
  const build = readBuild(suffix);
  let first = contextFor(build, entries, undefined);
  let failure = run(build, first, shared);
  // Task work of the kernel for this thread also aborts the verification, and cannot be blocked.
  for (let tries = 1; failure?.error === -EAGAIN && tries < MAX_TRIES; tries++) {
    first = contextFor(build, entries, undefined);
    failure = run(build, first, shared);
  }
  if (failure !== undefined) {
    const log = failure.step === "run" ? logOf(build, entries, shared) : "";
    throw loadFailure(failure.step, failure.error, log);
  }
  const view = new DataView(first.buffer);
  const maps = new Map<string, BpfObject>();
  const programs = new Map<string, BpfObject>();
  build.maps.forEach((name, i) => {
    if (build.shared[name] !== undefined) return;
    maps.set(name, objectOf(view.getInt32(CONTEXT_HEADER + i * MAP_ENTRY, true)));
  });
  const start = CONTEXT_HEADER + build.maps.length * MAP_ENTRY;
  build.programs.forEach((name, i) => {
    programs.set(name, objectOf(view.getInt32(start + i * PROGRAM_ENTRY, true)));
  });
  return { maps, programs };
}

/** Runs the loader with duplicated descriptors of shared maps, because it closes all maps if it fails. */
function run(build: Build, context: Uint8Array, shared: ReadonlyMap<string, BpfObject>): ReturnType<typeof load> {
  const instructions = build.instructions.slice();
  const given: BpfObject[] = [];
  for (const [name, { create, write }] of Object.entries(build.shared)) {
    const map = objectOf(duplicate(shared.get(name)?.fd ?? -1));
    given.push(map);
    giveResult(instructions, create, map.fd);
    if (write !== undefined) giveResult(instructions, write, 0);
  }
  const failure = withoutSignals(() => load({ data: build.data, instructions, context }));
  for (const map of given) closeObject(map);
  return failure;
}

/** Replaces a call instruction with an instruction that loads `result` as its return value. */
function giveResult(instructions: Uint8Array, index: number, result: number): void {
  const MOVE_CONSTANT = 0xb7; // BPF_ALU64 | BPF_MOV | BPF_K, to register 0
  const view = new DataView(instructions.buffer, instructions.byteOffset);
  view.setUint32(index * 8, MOVE_CONSTANT, true);
  view.setInt32(index * 8 + 4, result, true);
}

/** Loads an object again with a log, and returns the last lines of the log. */
function logOf(build: Build, entries: (map: string) => number, shared: ReadonlyMap<string, BpfObject>): string {
  const log = new Uint8Array(1 << 20);
  run(build, contextFor(build, entries, log), shared);
  const end = log.indexOf(0);
  return Buffer.from(log.subarray(0, end < 0 ? log.length : end))
    .toString("latin1")
    .trimEnd()
    .split("\n")
    .slice(-3)
    .join("; ");
}

function contextFor(
  { maps, programs }: Build,
  entries: (map: string) => number,
  log: Uint8Array | undefined,
): Uint8Array {
  const size = CONTEXT_HEADER + maps.length * MAP_ENTRY + programs.length * PROGRAM_ENTRY;
  const rounded = (size + 7) & ~7;
  const context = new Uint8Array(rounded);
  const view = new DataView(context.buffer);
  view.setUint32(0, rounded, true);
  if (log !== undefined) {
    view.setUint32(8, 1, true);
    view.setUint32(12, log.length, true);
    view.setBigUint64(16, addressOf(log), true);
  }
  maps.forEach((name, i) => {
    view.setUint32(CONTEXT_HEADER + i * MAP_ENTRY + 4, entries(name), true);
  });
  return context;
}

function readBuild(suffix: string): Build {
  const { arch } = process;
  if (arch !== "x64" && arch !== "arm64")
    throw new SensorError(`There is no kernel probe for ${arch}, only for x64 and arm64.`);
  const base = new URL(`../../../probe/built/${arch}${suffix}`, import.meta.url);
  const meta: { data: number; instructions: number; maps: string[]; programs: string[]; shared?: Build["shared"] } =
    JSON.parse(readFileSync(new URL(`${base.href}.json`), "utf8"));
  const bytes = new Uint8Array(gunzipSync(readFileSync(new URL(`${base.href}.bin.gz`))));
  return {
    data: bytes.slice(0, meta.data),
    instructions: bytes.slice(meta.data, meta.data + meta.instructions),
    maps: meta.maps,
    programs: meta.programs,
    shared: meta.shared ?? {},
  };
}

import { readFileSync } from "node:fs";
import { release } from "node:os";
import { gunzipSync } from "node:zlib";
import {
  type BpfObject,
  closeObject,
  createMapOf,
  createRing,
  freezeMap,
  loadRawTracepoint,
  loadTypes,
  objectOf,
  updateMap,
} from "../bpf.ts";
import { isAtLeast } from "../kernel-version.ts";
import { closeDescriptor, pageSize, raiseMemoryLimit, withoutSignals } from "../libc.ts";
import type { LoadedObject } from "../object.ts";
import { loadFailure, SensorError } from "../sensor-error.ts";
import type { Btf } from "./btf.ts";
import type { PackedMap, PackedObject, PackedProgram, Range } from "./packed.ts";
import { patch, relocationValue } from "./relocate.ts";

const BPF_F_RDONLY_PROG = 1 << 7;
const [BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_RINGBUF] = [2, 27];
const [EPERM, EAGAIN, MAX_TRIES] = [1, 11, 50];
/** First version of Linux in which maps do not count as locked memory. */
const UNCOUNTED = [5, 11] as const;
const MiB = 1024 * 1024;
const INSTRUCTION_SIZE = 8;
/** Oldest version of Linux that this variant supports. */
const OLDEST = "5.10";
/** Size of the buffer for the log of the verifier, of which the last lines are part of an error. */
const LOG_SIZE = 1 << 20;
const LOG_LINES = 3;

/**
 * Loads an object of the portable probe: gives its instructions the offsets of the running kernel's structures, creates
 * its maps, and loads its programs.
 * @param entries returns the number of elements for a map; 0: the number in the source code of the probe
 * @param shared maps of another loaded object that this object also uses
 * @throws SensorError if the kernel does not accept a map or a program
 */
export function loadPortable(
  suffix: "" | "-tracepoints",
  btf: Btf,
  entries: (map: string) => number,
  shared: ReadonlyMap<string, BpfObject>,
): LoadedObject {
  const { packed, bytes } = readPacked(suffix);
  const at = ([start, size]: Range): Uint8Array => bytes.slice(start, start + size);
  const values = packed.relocations.map((relocation) => relocationValue(btf, relocation));
  const maps = new Map<string, BpfObject>();
  const programs = new Map<string, BpfObject>();
  requireMemory();
  let types = -1;
  try {
    for (const map of packed.maps) if (map.shared !== true) maps.set(map.name, createOne(map, entries(map.name), at));
    types = loadTypes(at(packed.types));
    if (types < 0) throw loadFailure("data", types, "", OLDEST);
    const fds = packed.maps.map(({ name }) => (maps.get(name) ?? shared.get(name))?.fd ?? -1);
    for (const program of packed.programs) {
      const instructions = relocated(program, at(program.instructions), fds, values);
      programs.set(program.name, loadOne(program, instructions, types));
    }
  } catch (error) {
    for (const object of [...maps.values(), ...programs.values()]) closeObject(object);
    throw error;
  } finally {
    if (types >= 0) closeDescriptor(types);
  }
  return {
    maps,
    programs,
    tracepoints: new Map(packed.programs.map(({ name, tracepoint }) => [name, tracepoint])),
  };
}

/** @throws SensorError if maps count as locked memory, and this process may not lock enough */
function requireMemory(): void {
  if (raiseMemoryLimit() || isAtLeast(release(), UNCOUNTED)) return;
  const fd = createMapOf({
    name: "large",
    type: BPF_MAP_TYPE_ARRAY,
    keySize: 4,
    valueSize: MiB,
    entries: 32,
    flags: 0,
  });
  if (fd >= 0) closeDescriptor(fd);
  else if (fd === -EPERM) {
    throw new SensorError(
      "The limit for locked memory is too small for the probe, whose maps count as such before Linux 5.11: raise the limit (LimitMEMLOCK=infinity in systemd, --ulimit memlock=-1 in Docker and Podman), or grant the capability CAP_SYS_RESOURCE.",
    );
  }
}

function createOne(map: PackedMap, entries: number, at: (range: Range) => Uint8Array): BpfObject {
  const inner = map.inner?.type === BPF_MAP_TYPE_RINGBUF ? createRing(pageSize()) : 0;
  if (inner < 0) throw loadFailure("map", inner, "", OLDEST);
  const fd = createMapOf({ ...map, entries: entries || map.entries, innerMap: inner });
  if (inner > 0) closeDescriptor(inner);
  if (fd < 0) throw loadFailure("map", fd, "", OLDEST);
  const result = map.initial === undefined ? 0 : updateMap(fd, 0, at(map.initial));
  if (result < 0) {
    closeDescriptor(fd);
    throw loadFailure("data", result, "", OLDEST);
  }
  // The verifier then knows the values of constants.
  if ((map.flags & BPF_F_RDONLY_PROG) !== 0) freezeMap(fd);
  return objectOf(fd);
}

/** Returns the instructions of a program with the descriptors of its maps and the values of this kernel. */
function relocated(
  program: PackedProgram,
  instructions: Uint8Array,
  maps: readonly number[],
  values: readonly (bigint | undefined)[],
): Uint8Array {
  const view = new DataView(instructions.buffer, instructions.byteOffset, instructions.length);
  for (const [at, map, offset] of program.maps) {
    view.setInt32(at * INSTRUCTION_SIZE + 4, maps[map] ?? -1, true);
    view.setInt32((at + 1) * INSTRUCTION_SIZE + 4, offset ?? 0, true);
  }
  for (const [at, relocation] of program.relocations) patch(view, at, values[relocation]);
  return instructions;
}

function loadOne({ name, functions }: PackedProgram, instructions: Uint8Array, types: number): BpfObject {
  const table = new Uint8Array(new Uint32Array(functions.flat()).buffer);
  const program = { name, instructions, functions: { types, table } };
  let fd = withoutSignals(() => loadRawTracepoint(program));
  // Task work of the kernel for this thread also aborts the verification, and cannot be blocked.
  for (let tries = 1; fd === -EAGAIN && tries < MAX_TRIES; tries++)
    fd = withoutSignals(() => loadRawTracepoint(program));
  if (fd >= 0) return objectOf(fd);
  const log = new Uint8Array(LOG_SIZE);
  const second = withoutSignals(() => loadRawTracepoint({ ...program, log }));
  if (second >= 0) return objectOf(second);
  throw loadFailure("program", fd, lastLines(name, log), OLDEST);
}

function lastLines(name: string, log: Uint8Array): string {
  const end = log.indexOf(0);
  const text = Buffer.from(log.subarray(0, end < 0 ? log.length : end))
    .toString("latin1")
    .trimEnd();
  return text === "" ? "" : `${name}: ${text.split("\n").slice(-LOG_LINES).join("; ")}`;
}

function readPacked(suffix: string): { packed: PackedObject; bytes: Uint8Array } {
  const { arch } = process;
  if (arch !== "x64" && arch !== "arm64")
    throw new SensorError(`There is no kernel probe for ${arch}, only for x64 and arm64.`);
  const base = new URL(`../../../../probe/built/${arch}-portable${suffix}`, import.meta.url).href;
  return {
    packed: JSON.parse(readFileSync(new URL(`${base}.json`), "utf8")),
    bytes: new Uint8Array(gunzipSync(readFileSync(new URL(`${base}.bin.gz`)))),
  };
}

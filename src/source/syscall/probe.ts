import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { NATIVE_CALLS, nativeArm64, nativeIa32, nativeX64 } from "../../event/syscalls.ts";
import { attach, type LoadStep, load, lookUp, run, updateMap } from "./bpf.ts";
import {
  addressOf,
  bootTime,
  closeDescriptor,
  type Mapping,
  mapShared,
  Protection,
  pageSize,
  withoutSignals,
} from "./libc.ts";
import { loadFailure, SensorError } from "./refusal.ts";

/** The built eBPF object; see `probe/` and `scripts/build-probe.sh`. */
interface Build {
  readonly data: Uint8Array;
  readonly instructions: Uint8Array;
  readonly maps: readonly string[];
  readonly programs: readonly string[];
}

/** Programs by tracepoint, the least important first. */
const ATTACHED = ["thread_ended", "program_began", "thread_began", "call_returned"] as const;

/** Offsets in `settings` of probe/record.h. */
const Settings = {
  bootTime: 0,
  ownTgid: 8,
  snaplen: 12,
  dropFailed: 16,
  wanted: 24,
  ofCompat: 24 + 2 * NATIVE_CALLS,
} as const;

/** Reasons of dropped events, in the order of the probe's counters. */
const COUNTERS = ["events", "ringFull", "tooLarge", "scratchBusy", "noRing"] as const;
export type Counts = Record<(typeof COUNTERS)[number], number>;
const NONE: Readonly<Counts> = { events: 0, ringFull: 0, tooLarge: 0, scratchBusy: 0, noRing: 0 };

/** The loader's context: its size, flags, log; then 16 bytes a map and 4 a program. */
const CONTEXT_HEADER = 24;
const MAP_ENTRY = 16;
const PROGRAM_ENTRY = 4;

/** The kernel's error when a signal aborted the verification. */
const EAGAIN = 11;
const MAX_TRIES = 50;

export interface ProbeOptions {
  /** Possible CPUs: the highest CPU number plus one. */
  readonly cpus: number;
  /** Bytes captured of data that is read and written. */
  readonly snaplen: number;
  /** Omits failed system calls. */
  readonly dropFailed: boolean;
}

/** IDs of the event tables by this machine's system call numbers. */
export function nativeCalls(): Uint16Array {
  return process.arch === "arm64" ? nativeArm64 : nativeX64;
}

/** The eBPF programs, loaded but detached until {@link Probe.attach}. */
export class Probe {
  private readonly maps = new Map<string, number>();
  private readonly programs = new Map<string, number>();
  private readonly links: number[] = [];
  private readonly settings: Mapping;
  private readonly cpus: number;
  /** The probe's table of system calls, in shared memory. */
  private wantedCalls: Uint16Array;

  /** @throws SensorError with what is missing */
  constructor({ cpus, snaplen, dropFailed }: ProbeOptions) {
    this.cpus = cpus;
    this.loadInto(readBuild(), cpus);
    this.settings = mapShared(this.map("data_settings"), 0, pageSize(), Protection.READ | Protection.WRITE);
    const view = new DataView(this.settings.memory);
    view.setBigUint64(Settings.bootTime, bootTime(), true);
    view.setUint32(Settings.snaplen, snaplen, true);
    view.setUint32(Settings.dropFailed, dropFailed ? 1 : 0, true);
    this.wantedCalls = new Uint16Array(this.settings.memory, Settings.wanted, NATIVE_CALLS);
    if (process.arch === "x64")
      new Uint16Array(this.settings.memory, Settings.ofCompat, NATIVE_CALLS).set(compatNumbers());
    const result = run(this.program("who_reads"), undefined);
    if (result < 0) throw loadFailure("run", result, "");
  }

  /** Sets the ring buffer of a CPU. */
  useRing(cpu: number, ring: number): void {
    const value = new Uint8Array(128);
    new DataView(value.buffer).setUint32(0, ring, true);
    const result = updateMap(this.map("rings"), cpu, value);
    if (result < 0) throw loadFailure("map", result, "");
  }

  /** Sets the system calls to watch (IDs of the event tables), at any time. */
  want(calls: ReadonlySet<number>): void {
    const native = nativeCalls();
    for (let number = 0; number < NATIVE_CALLS; number++) {
      const id = native[number];
      this.wantedCalls[number] = id !== undefined && calls.has(id) ? id : 0;
    }
  }

  attach(): void {
    for (const name of ATTACHED) {
      const link = attach(this.program(name));
      if (link < 0) throw loadFailure("run", link, `${name} could not be attached`);
      this.links.push(link);
    }
  }

  /** Sums over all CPUs since the probe was loaded. */
  counts(): Counts {
    const counts: Counts = { ...NONE };
    for (const each of this.countsByCpu()) for (const name of COUNTERS) counts[name] += each[name];
    return counts;
  }

  /** Counters per possible CPU since the probe was loaded. */
  countsByCpu(): Counts[] {
    const value = new Uint8Array(128);
    const view = new DataView(value.buffer);
    return Array.from({ length: this.cpus }, (_, cpu) => {
      const counts: Counts = { ...NONE };
      if (lookUp(this.map("counters"), cpu, value) < 0) return counts;
      COUNTERS.forEach((name, i) => {
        counts[name] = Number(view.getBigUint64(i * 8, true));
      });
      return counts;
    });
  }

  /** Detaches: no more events are recorded. */
  detach(): void {
    for (const link of this.links.splice(0)) closeDescriptor(link);
  }

  close(): void {
    this.detach();
    for (const fd of [...this.maps.values(), ...this.programs.values()]) closeDescriptor(fd);
    if (this.maps.size > 0) this.settings.unmap();
    this.wantedCalls = new Uint16Array(NATIVE_CALLS);
    this.maps.clear();
    this.programs.clear();
  }

  private map(name: string): number {
    return this.maps.get(name) ?? -1;
  }

  private program(name: string): number {
    return this.programs.get(name) ?? -1;
  }

  private loadInto(build: Build, cpus: number): void {
    let first = contextFor(build, cpus, undefined);
    let failure = withoutSignals(() => load({ ...build, context: first }));
    // Task work of the kernel for this thread counts as a signal, too, and cannot be blocked.
    for (let tries = 1; failure?.error === -EAGAIN && tries < MAX_TRIES; tries++) {
      first = contextFor(build, cpus, undefined);
      failure = withoutSignals(() => load({ ...build, context: first }));
    }
    if (failure !== undefined) throw loadFailure(failure.step, failure.error, this.logOf(build, cpus, failure.step));
    const view = new DataView(first.buffer);
    build.maps.forEach((name, i) => {
      this.maps.set(name, view.getInt32(CONTEXT_HEADER + i * MAP_ENTRY, true));
    });
    const programs = CONTEXT_HEADER + build.maps.length * MAP_ENTRY;
    build.programs.forEach((name, i) => {
      this.programs.set(name, view.getInt32(programs + i * PROGRAM_ENTRY, true));
    });
  }

  /** Loads the probe again with a log, and returns the kernel's last message. */
  private logOf(build: Build, cpus: number, step: LoadStep): string {
    if (step !== "run") return "";
    const log = new Uint8Array(1 << 20);
    withoutSignals(() => load({ ...build, context: contextFor(build, cpus, log) }));
    const end = log.indexOf(0);
    return Buffer.from(log.subarray(0, end < 0 ? log.length : end))
      .toString("latin1")
      .trimEnd()
      .split("\n")
      .slice(-3)
      .join("; ");
  }
}

function contextFor({ maps, programs }: Build, cpus: number, log: Uint8Array | undefined): Uint8Array {
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
    if (name === "scratches" || name === "counters" || name === "rings") {
      view.setUint32(CONTEXT_HEADER + i * MAP_ENTRY + 4, cpus, true);
    }
  });
  return context;
}

/** 64-bit system call numbers plus one, by their 32-bit numbers. */
function compatNumbers(): Uint16Array {
  const numberOf = new Map<number, number>();
  nativeX64.forEach((id, number) => {
    if (id !== 0) numberOf.set(id, number);
  });
  return nativeIa32.map((id) => (id === 0 ? 0 : (numberOf.get(id) ?? -1) + 1));
}

function readBuild(): Build {
  const { arch } = process;
  if (arch !== "x64" && arch !== "arm64")
    throw new SensorError(`There is no kernel probe for ${arch}, only for x64 and arm64.`);
  const base = new URL(`../../../probe/built/${arch}`, import.meta.url);
  const meta: { data: number; instructions: number; maps: string[]; programs: string[] } = JSON.parse(
    readFileSync(new URL(`${base.href}.json`), "utf8"),
  );
  const bytes = new Uint8Array(gunzipSync(readFileSync(new URL(`${base.href}.bin.gz`))));
  return {
    data: bytes.slice(0, meta.data),
    instructions: bytes.slice(meta.data, meta.data + meta.instructions),
    maps: meta.maps,
    programs: meta.programs,
  };
}

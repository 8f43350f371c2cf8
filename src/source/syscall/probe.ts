import { dnsCalls, dnsOnly, partsOf } from "../../event/narrowed.ts";
import { NATIVE_CALLS, nativeArm64, nativeIa32, nativeX64, syscallId } from "../../event/syscalls.ts";
import {
  attach,
  type BpfObject,
  closeObject,
  freezeMap,
  lookUp,
  objectInfo,
  objectOf,
  run,
  skippedRuns,
  updateMap,
} from "./bpf.ts";
import { type Counts, countNames, LAST_OVER_SHARE, NO_COUNTS, type OverShare } from "./counts.ts";
import { addressOf, bootTime, type Mapping, mapShared, Protection, pageSize } from "./libc.ts";
import type { LoadedObject } from "./object.ts";
import { loadFailure, SensorError } from "./sensor-error.ts";
import { TRACEPOINTS, Tracepoints } from "./tracepoints.ts";
import { Transfers } from "./transfers.ts";
import { URING_CALLS, Uring, uringObstacle } from "./uring.ts";
import { loadVariant, type Variant, variantFor } from "./variant.ts";
import { watchedLayout } from "./watched/table.ts";

/** Names of the programs in the order in which they are attached. */
const ATTACHED = ["signal_sent", "thread_ended", "program_began", "thread_began", "call_returned"] as const;

/** Offsets in `settings` (probe/record.h). */
const Settings = {
  bootTime: 0,
  ownTgid: 8,
  snaplen: 12,
  dropFailed: 16,
  notes: 20,
  dnsSnaplen: 24,
  dnsNoted: 28,
  wanted: 32,
  ofCompat: 32 + 2 * NATIVE_CALLS,
  watched: 32 + 4 * NATIVE_CALLS,
} as const;
const SETTINGS_SIZE = Settings.watched + watchedLayout.size;

/** Maps with one element per CPU. */
const PER_CPU = new Set(["scratches", "counters", "rings"]);

/** Value in `wanted` (probe/record.h) for a call that is recorded only if it is a canary. */
const CANARY_ONLY = 0xffff;
const PRCTL = requireId("prctl");
/** Bit in a value of `wanted` for calls that record up to `dns_snaplen` bytes of data to and from DNS servers. */
const DNS_WHOLE = 0x1000;
/**
 * Maximum number of bytes to record per DNS message, unless `snaplen` is larger: servers limit responses over UDP to
 * 1,232 bytes, and TCP adds a two-byte length prefix.
 */
const DNS_SNAPLEN = 1234;
const dnsMessages: ReadonlySet<number> = new Set(dnsCalls.map(dnsOnly));

export interface ProbeOptions {
  /** Number of possible CPUs: the highest CPU number plus one. */
  readonly cpus: number;
  /** Maximum number of data bytes to capture per read or write. */
  readonly snaplen: number;
  /** Whether failed system calls are omitted. */
  readonly dropFailed: boolean;
  /** Whether to record canaries, signals to this process, and processes that get descriptors of BPF objects. */
  readonly notes: boolean;
  /** File with the type information of the kernel (BTF), for a kernel that does not provide it. */
  readonly btfFile: string | undefined;
}

/** A difference between the configured and the actual state of the probe in the kernel; see {@link Probe.verify}. */
export type ProbeDamage =
  | { readonly kind: "settings"; readonly names: readonly string[] }
  | { readonly kind: "link"; readonly program: string };

const [EFAULT, CONFIGURE_TRIES] = [14, 10];

/** Maximum change of the boot time that the probe ignores, in nanoseconds. */
const CLOCK_TOLERANCE = 50_000_000n;

/** Returns the IDs of system calls in the event tables, indexed by the system call numbers of this machine. */
export function nativeCalls(): Uint16Array {
  return process.arch === "arm64" ? nativeArm64 : nativeX64;
}

/** The loaded eBPF programs, which {@link Probe.attach} attaches. */
export class Probe {
  readonly variant: Variant;
  private readonly object: LoadedObject;
  /** Links by program name. */
  private readonly links = new Map<string, BpfObject>();
  /** Programs for io_uring; undefined until one of {@link URING_CALLS} is wanted, or if the kernel cannot run them. */
  private uring: Uring | undefined;
  /** Programs for other tracepoints; undefined until one of these is wanted, or if the kernel cannot run them. */
  private tracepoints: Tracepoints | undefined;
  private wantedTracepoints: ReadonlySet<number> = new Set();
  /**
   * Programs that detect data exchanged with DNS servers; undefined until DNS messages are wanted, or if the kernel
   * cannot run them.
   */
  private transfers: Transfers | undefined;
  private attached = false;
  private wantsDns = false;
  private missing: string | undefined;
  /** Reason why wanted tracepoints are not watched; undefined if all of them are watched. */
  tracepointsMissing: string | undefined;
  private readonly cpus: number;
  private readonly notes: boolean;
  /** The settings that this process wrote. */
  private readonly written = new Uint8Array(SETTINGS_SIZE);
  private readonly writtenView = new DataView(this.written.buffer);
  /** The settings in the kernel; read-only. */
  private readonly settings: Mapping;
  private current: Uint8Array;

  /** @throws SensorError if this machine does not support the probe */
  constructor({ cpus, snaplen, dropFailed, notes, btfFile }: ProbeOptions) {
    this.cpus = cpus;
    this.notes = notes;
    this.variant = variantFor(btfFile);
    this.object = loadVariant(this.variant, "", (map) => (PER_CPU.has(map) ? cpus : 0));
    const view = this.writtenView;
    view.setBigUint64(Settings.bootTime, bootTime(), true);
    view.setUint32(Settings.snaplen, snaplen, true);
    view.setUint32(Settings.dnsSnaplen, Math.max(snaplen, DNS_SNAPLEN), true);
    view.setUint32(Settings.dropFailed, dropFailed ? 1 : 0, true);
    view.setUint32(Settings.notes, notes ? 1 : 0, true);
    if (process.arch === "x64") new Uint16Array(this.written.buffer, Settings.ofCompat).set(compatNumbers());
    const pages = Math.ceil(SETTINGS_SIZE / pageSize());
    this.settings = mapShared(this.map("data_settings"), 0, pages * pageSize(), Protection.READ);
    this.current = new Uint8Array(this.settings.memory, 0, SETTINGS_SIZE);
    const result = this.configure();
    if (result < 0) throw loadFailure("run", result, "");
    // The probe has stored the process ID in the initial PID namespace.
    view.setUint32(Settings.ownTgid, new DataView(this.settings.memory).getUint32(Settings.ownTgid, true), true);
  }

  /** ID of this process on the host. */
  get ownTgid(): number {
    return this.writtenView.getUint32(Settings.ownTgid, true);
  }

  /** Sets the ring buffer of a CPU. Not possible after {@link attach}. */
  useRing(cpu: number, ring: number): void {
    const value = new Uint8Array(128);
    new DataView(value.buffer).setUint32(0, ring, true);
    const result = updateMap(this.map("rings"), cpu, value);
    if (result < 0) throw loadFailure("map", result, "");
  }

  /** Sets the system calls to watch, by their IDs in the event tables. Can be called at any time. */
  want(calls: ReadonlySet<number>): void {
    const native = nativeCalls();
    const wantsDns = meet(calls, dnsMessages);
    for (let number = 0; number < NATIVE_CALLS; number++) {
      const id = native[number];
      const value = id === undefined ? 0 : this.wantedValue(id, calls, wantsDns);
      this.writtenView.setUint16(Settings.wanted + 2 * number, value, true);
    }
    this.wantsDns = wantsDns;
    if (this.attached) this.noteTransfers();
    this.configure();
    if (this.uring === undefined && this.missing === undefined && meet(calls, URING_CALLS)) this.watchUring();
    this.wantedTracepoints = calls;
    if (this.attached) this.watchTracepoints();
  }

  /**
   * Reason why wanted io_uring operations are not recorded; undefined if they are recorded or not wanted.
   */
  get uringMissing(): string | undefined {
    return this.missing;
  }

  private wantedValue(id: number, calls: ReadonlySet<number>, wantsDns: boolean): number {
    if (calls.has(id)) return wantsDns && dnsCalls.includes(id) ? id | DNS_WHOLE : id;
    for (const part of partsOf(id)) if (calls.has(part)) return part;
    return id === PRCTL && this.notes ? CANARY_ONLY : 0;
  }

  /** Sets the tables of watched objects (see `watchedBytes`). Can be called at any time. */
  watch(tables: Uint8Array): void {
    this.written.set(tables, Settings.watched);
    this.configure();
  }

  /** Attaches the programs, and makes the maps read-only for user space. */
  attach(): void {
    // Making a map read-only can fail on some kernels. `verify` detects changes to the settings in any case.
    for (const { fd } of this.object.maps.values()) freezeMap(fd);
    for (const name of ATTACHED) {
      const fd = attach(this.program(name), this.object.tracepoints?.get(name));
      if (fd < 0) throw loadFailure("run", fd, `${name} could not be attached`);
      this.links.set(name, objectOf(fd));
    }
    this.attached = true;
    this.noteTransfers();
    if (this.uring !== undefined) this.attachUring(this.uring);
    this.watchTracepoints();
  }

  /**
   * Attaches the programs that detect data exchanged with DNS servers. Without them, the probe tests each call in
   * `dnsCalls`.
   */
  private noteTransfers(): void {
    if (!this.wantsDns || this.transfers !== undefined || this.variant.kind === "portable") return;
    try {
      this.transfers = new Transfers(this.object.maps);
    } catch (error) {
      if (!(error instanceof SensorError)) throw error;
      return;
    }
    this.own("transfers", this.transfers);
    this.writtenView.setUint32(Settings.dnsNoted, 1, true);
    this.configure();
  }

  /** Attaches the programs for wanted tracepoints, and detaches the programs for other tracepoints. */
  private watchTracepoints(): void {
    if (this.tracepoints === undefined && !meet(TRACEPOINTS, this.wantedTracepoints)) return;
    for (const name of this.tracepoints?.links.keys() ?? []) this.links.delete(name);
    this.tracepointsMissing = undefined;
    try {
      this.tracepoints ??= new Tracepoints(this.variant, this.object.maps);
      this.tracepoints.want(this.wantedTracepoints);
    } catch (error) {
      if (!(error instanceof SensorError)) throw error;
      this.tracepointsMissing = error.message;
    }
    if (this.tracepoints === undefined) return;
    this.own("tracepoints", this.tracepoints);
  }

  private watchUring(): void {
    try {
      const obstacle = uringObstacle(this.variant);
      if (obstacle !== undefined) throw new SensorError(obstacle);
      this.uring = new Uring(this.object.maps);
      if (this.attached) this.attachUring(this.uring);
    } catch (error) {
      if (!(error instanceof SensorError)) throw error;
      this.missing = error.message;
    }
  }

  private attachUring(uring: Uring): void {
    try {
      if (!uring.attach()) {
        uring.close();
        return;
      }
    } catch (error) {
      if (!(error instanceof SensorError)) throw error;
      this.missing = error.message;
      uring.close();
      this.uring = undefined;
      return;
    }
    this.own("uring", uring);
  }

  /** Adds programs, maps and links of another object to the probe. */
  private own(name: string, { programs, maps, links }: Uring | Tracepoints | Transfers): void {
    for (const [program, object] of programs) this.object.programs.set(program, object);
    for (const [map, object] of maps) this.object.maps.set(`${name} ${map}`, object);
    for (const [program, link] of links) this.links.set(program, link);
  }

  /** Compares the settings and attached programs in the kernel with the configured ones. Empty if they are the same. */
  verify(): ProbeDamage[] {
    const damage: ProbeDamage[] = [];
    if (Buffer.compare(this.current, this.written) !== 0)
      damage.push({ kind: "settings", names: this.changedSettings() });
    for (const [name, { fd, id }] of this.links) {
      const info = objectInfo(fd);
      if (info?.id !== id || info.program !== this.object.programs.get(name)?.id)
        damage.push({ kind: "link", program: name });
    }
    return damage;
  }

  /** Writes the settings to the kernel again. @returns whether the settings in the kernel are now correct */
  restore(): boolean {
    return this.configure() >= 0 && Buffer.compare(this.current, this.written) === 0;
  }

  /**
   * Adjusts the boot time in the settings after the clock of the machine was set, so that event times are correct.
   * @returns the change of the clock in seconds; 0 if it was not changed
   */
  followClock(): number {
    const [before, now] = [this.writtenView.getBigUint64(Settings.bootTime, true), bootTime()];
    const change = now - before;
    if (change < CLOCK_TOLERANCE && change > -CLOCK_TOLERANCE) return 0;
    this.writtenView.setBigUint64(Settings.bootTime, now, true);
    this.configure();
    return Number(change) / 1e9;
  }

  /** The boot time from which event times are calculated, in nanoseconds since the epoch. */
  get bootTime(): bigint {
    return this.writtenView.getBigUint64(Settings.bootTime, true);
  }

  /** Whether a BPF object belongs to this probe. */
  owns(kind: "map" | "program" | "link", id: number): boolean {
    const objects = kind === "map" ? this.object.maps : kind === "program" ? this.object.programs : this.links;
    for (const object of objects.values()) if (object.id === id) return true;
    return false;
  }

  /** Counters since the probe was loaded, summed over all CPUs. */
  counts(): Counts {
    const counts: Counts = { ...NO_COUNTS };
    for (const each of this.countsByCpu()) for (const name of countNames) counts[name] += each[name];
    // The kernel skips a program while another run on the CPU has not ended. Since Linux 7.0, it can preempt a run.
    for (const { fd } of this.object.programs.values()) counts.scratchBusy += skippedRuns(fd);
    return counts;
  }

  /** Counters per possible CPU since the probe was loaded. */
  countsByCpu(): Counts[] {
    const value = new Uint8Array(128);
    const view = new DataView(value.buffer);
    return Array.from({ length: this.cpus }, (_, cpu) => {
      const counts: Counts = { ...NO_COUNTS };
      if (lookUp(this.map("counters"), cpu, value) < 0) return counts;
      countNames.forEach((name, i) => {
        counts[name] = Number(view.getBigUint64(i * 8, true));
      });
      return counts;
    });
  }

  /** The last process on the CPU with the most events that were dropped because a share had been used. */
  lastOverShare(): OverShare | undefined {
    const value = new Uint8Array(128);
    const view = new DataView(value.buffer);
    let most = 0n;
    let last: OverShare | undefined;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (lookUp(this.map("counters"), cpu, value) < 0) continue;
      const dropped = view.getBigUint64(countNames.indexOf("overShare") * 8, true);
      if (dropped <= most) continue;
      most = dropped;
      const at = LAST_OVER_SHARE * 8;
      last = { pid: view.getUint32(at + 4, true), uid: view.getUint32(at, true) };
    }
    return last;
  }

  /** Detaches the programs, which stops the recording of events. */
  detach(): void {
    for (const link of this.links.values()) closeObject(link);
    this.links.clear();
  }

  close(): void {
    this.detach();
    this.uring?.close();
    this.tracepoints?.close();
    this.transfers?.close();
    for (const object of [...this.object.maps.values(), ...this.object.programs.values()]) closeObject(object);
    this.current = this.written; // the mapping must not be read after this
    if (this.object.maps.size > 0) this.settings.unmap();
    this.object.maps.clear();
    this.object.programs.clear();
  }

  /** @returns a negated errno if the kernel keeps the previous settings */
  private configure(): number {
    const context = new BigUint64Array(16);
    const settings = addressOf(this.written);
    context[0] = settings;
    if (this.variant.kind === "usual") return run(this.program("configure"), new Uint8Array(context.buffer, 0, 8));
    // The portable probe fails if the settings have been swapped out, and checks that it is run by this process.
    context[1] = BigInt.asUintN(64, ~settings);
    let result = 0;
    for (let tries = 0; tries < CONFIGURE_TRIES; tries++) {
      Buffer.compare(this.written, this.written.slice());
      result = run(this.program("configure"), new Uint8Array(context.buffer, 0, 16));
      if (result !== -EFAULT) break;
    }
    return result;
  }

  private changedSettings(): string[] {
    const names = Object.entries(Settings).sort(([, a], [, b]) => a - b);
    return names.flatMap(([name, start], i) => {
      const end = names[i + 1]?.[1] ?? SETTINGS_SIZE;
      return Buffer.compare(this.current.subarray(start, end), this.written.subarray(start, end)) === 0 ? [] : [name];
    });
  }

  private map(name: string): number {
    return this.object.maps.get(name)?.fd ?? -1;
  }

  private program(name: string): number {
    return this.object.programs.get(name)?.fd ?? -1;
  }
}

/** Returns 64-bit system call numbers plus one, indexed by 32-bit numbers; 0 for calls without a 64-bit equivalent. */
function compatNumbers(): Uint16Array {
  const numberOf = new Map<number, number>();
  nativeX64.forEach((id, number) => {
    if (id !== 0) numberOf.set(id, number);
  });
  const numbers = nativeIa32.map((id) => (id === 0 ? 0 : (numberOf.get(id) ?? -1) + 1));
  for (const [number, call] of LARGE_FILE_CALLS) numbers[number] = (numberOf.get(requireId(call)) ?? -1) + 1;
  return numbers;
}

/** 32-bit calls that have no ID in the event tables, truncate64 and ftruncate64, and their 64-bit equivalents. */
const LARGE_FILE_CALLS: readonly (readonly [number, string])[] = [
  [193, "truncate"],
  [194, "ftruncate"],
];

function meet(calls: ReadonlySet<number>, others: ReadonlySet<number>): boolean {
  for (const id of others) if (calls.has(id)) return true;
  return false;
}

function requireId(name: string): number {
  const id = syscallId.get(name);
  if (id === undefined) throw new Error(`unknown system call ${name}`);
  return id;
}

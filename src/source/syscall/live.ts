import { Event } from "../../event/event.ts";
import type { SnapshotSink, ThreadRecord } from "../../event/snapshot.ts";
import type { Source } from "../source.ts";
import { Attachment, type AttachmentOptions } from "./attachment.ts";
import { type Counts, countNames, type LiveCounts, NO_COUNTS, type OverShare, withLost } from "./counts.ts";
import { requireKernel } from "./kernel.ts";
import { callCanary, timeSinceBoot } from "./libc.ts";
import type { Probe } from "./probe.ts";
import { scanMachine } from "./proc/scan.ts";
import { readYoung } from "./proc/young.ts";
import { memoryForRings, type Ring } from "./ring.ts";

/** Number of bytes that precede an event in a record of the ring buffer. They contain the CPU number. */
const PREFIX = 8;
/**
 * Delays before events are read. A wake-up has the cost of about a thousand events, so events are read in batches. The
 * delay is 1 ms after a pause and 5 ms at a low event rate. There is no delay at a high rate.
 */
const [AFTER_PAUSE_MS, TRICKLE_MS, PAUSE_MS, MASS] = [1, 5, 20, 4096];

/** Maximum number of attempts of `drain`, one per millisecond, to read events that the kernel is still writing. */
const LAST_TRIES = 1000;

/**
 * Tolerance for event times, in milliseconds: a valid time is at most this much earlier than the start of the source or
 * later than the current time.
 */
const TIME_MARGIN = 60_000;

const MiB = 1024 * 1024;
/** Default of `setAside`. */
const SET_ASIDE = 64 * MiB;

export interface LiveOptions {
  /** IDs of the system calls to watch (see select.ts). */
  readonly calls: ReadonlySet<number>;
  /** Size of a ring buffer in bytes: a power of two, and at least a page. Default 8 MiB. */
  readonly ringSize?: number;
  /** Number of CPUs per ring buffer; 0 for a single ring buffer. Default 2. */
  readonly cpusPerRing?: number;
  /** Maximum number of data bytes to capture per read or write. Default 80. */
  readonly snaplen?: number;
  /** Whether failed system calls are omitted. */
  readonly dropFailed?: boolean;
  /** Maximum size of the events to keep in memory per ring buffer while `/proc` is read, in bytes. Default 64 MiB. */
  readonly setAside?: number;
  /**
   * Whether to yield `scapevent` events about canaries, signals to this process, and access to BPF objects. Default
   * false.
   */
  readonly notes?: boolean;
  /** File with the type information of the kernel (BTF), for a kernel that does not provide it. */
  readonly btfFile?: string;
  /** Tables of watched objects; none by default. */
  readonly watched?: Uint8Array;
  /** Mount point of the watched machine's root. Default `/`. */
  readonly hostRoot?: string;
}

/**
 * Source of the system calls on this machine. The constructor starts the recording, so that no event between the
 * snapshot and the first read is missed. It throws a SensorError if this machine does not support the sensor.
 */
export class LiveSource implements Source {
  readonly name = "syscall";
  private readonly options: Omit<AttachmentOptions, "calls" | "memory" | "watched" | "attaching">;
  /** Memory for events that are moved from the ring buffers of all attachments. */
  private readonly memory = memoryForRings();
  private readonly hostRoot: string;
  private readonly setAside: number;
  private calls: ReadonlySet<number>;
  private watched: Uint8Array | undefined;
  private attached: Attachment;
  /** Threads of processes that started shortly before or while the probe was attached. Empty after the snapshot. */
  private young: readonly ThreadRecord[] = [];
  /** Records of `scan`, which the next snapshot yields. */
  private scanned: ((sink: SnapshotSink) => void)[] | undefined;
  /** Replaced attachments with unread events. */
  private replaced: Attachment[] = [];
  /** Ring buffers of all attachments. */
  private rings: readonly Ring[];
  private current: Ring | undefined;
  private closed = false;
  private number = 0;
  private handledBefore = 0;
  private wokenAt = 0;
  private lastCounts: LiveCounts | undefined;
  /** Sums of the counters of replaced attachments. */
  private readonly earlier: { -readonly [Name in keyof Counts]: Counts[Name] } = { ...NO_COUNTS };
  /** Bounds for the upper 32 bits of a valid event time. */
  private earliest = 0;
  private latest = 0;
  /** Number of events with an invalid time, which was replaced by the current time. */
  correctedTimes = 0;

  constructor(options: LiveOptions) {
    requireKernel(options.btfFile);
    this.hostRoot = options.hostRoot ?? "/";
    this.setAside = options.setAside ?? SET_ASIDE;
    this.calls = options.calls;
    this.options = {
      ringSize: options.ringSize ?? 8 * MiB,
      cpusPerRing: options.cpusPerRing ?? 2,
      snaplen: options.snaplen ?? 80,
      dropFailed: options.dropFailed ?? false,
      notes: options.notes ?? false,
      btfFile: options.btfFile,
    };
    this.earliest = upperHalf(Date.now() - TIME_MARGIN);
    this.latest = upperHalf(Date.now() + TIME_MARGIN);
    this.watched = options.watched;
    // Read before attaching, for processes that end while the probe is attached, and afterwards, for processes that
    // start in the meantime.
    let before: readonly ThreadRecord[] = [];
    this.attached = this.attachment(() => {
      before = readYoung(this.hostRoot);
    });
    const young = [...before, ...readYoung(this.hostRoot)];
    this.young = [...new Map(young.map((thread) => [thread.tid, thread])).values()];
    this.rings = this.attached.rings;
  }

  /** Writes the state of `/proc` to `sink`. Events report all changes since the source was created. */
  snapshot(sink: SnapshotSink): void {
    const { scanned } = this;
    this.scanned = undefined;
    if (scanned !== undefined) {
      for (const replay of scanned) replay(sink);
      return;
    }
    scanMachine(sink, { root: this.hostRoot, pause: () => this.relieve(), earlier: this.young });
    this.young = [];
  }

  /** Reads the state of `/proc` now, for the next call of `snapshot`, if events are not evaluated for some time. */
  scan(): void {
    const calls: ((sink: SnapshotSink) => void)[] = [];
    this.snapshot({
      machine: (record) => calls.push((sink) => sink.machine(record)),
      thread: (record) => calls.push((sink) => sink.thread(record)),
      descriptors: (pid, records) => calls.push((sink) => sink.descriptors(pid, records)),
      interfaces: (records) => calls.push((sink) => sink.interfaces(records)),
      accounts: (users, groups) => calls.push((sink) => sink.accounts(users, groups)),
    });
    this.scanned = calls;
  }

  /**
   * Moves events from the ring buffers to memory, so that no buffer overflows. Call this regularly while events are not
   * read, or read slowly.
   * @param limit maximum number of bytes per ring buffer. The limit of {@link memoryForRings} applies to all together
   */
  relieve(limit = this.setAside): void {
    if (this.closed) return;
    for (const ring of this.rings) ring.relieve(limit);
  }

  next(event: Event): boolean {
    const only = this.rings.length === 1 ? this.rings[0] : undefined;
    const ring = only === undefined ? this.oldest() : this.step(only);
    if (ring === undefined) return false;
    const at = ring.at + PREFIX;
    const time = ring.view.getUint32(at + 4, true);
    if (time < this.earliest || time > this.latest) this.correctTime(ring.view, at);
    event.place(ring.bytes, ring.view, at, ring.view.getUint32(ring.at, true), 2);
    event.num = ++this.number;
    return true;
  }

  /** Number of events read. */
  get events(): number {
    return this.number;
  }

  /** Resolves when there may be events, or the source is closed. Waits some milliseconds to collect several events. */
  async wait(): Promise<void> {
    if (this.closed) return;
    const handled = this.number - this.handledBefore;
    this.handledBefore = this.number;
    if (this.replaced.length > 0) this.dropReplaced();
    if (!this.waiting) {
      await this.attached.wait();
      if (this.closed) return;
    }
    const now = performance.now();
    const gather = now - this.wokenAt > PAUSE_MS ? AFTER_PAUSE_MS : TRICKLE_MS;
    this.wokenAt = now;
    await new Promise<void>((resolve) => {
      if (handled > MASS) setImmediate(resolve);
      else setTimeout(resolve, gather);
    });
  }

  /** Sets the system calls to watch. Can be called at any time. */
  want(calls: ReadonlySet<number>): void {
    this.calls = calls;
    this.attached.probe.want(calls);
  }

  /** Sets the tables of watched objects (see `resolveWatched`). Can be called at any time. */
  watch(tables: Uint8Array): void {
    this.watched = tables;
    this.attached.probe.watch(tables);
  }

  /** The boot time from which event times are calculated, in nanoseconds since the epoch. */
  get bootTime(): number {
    return Number(this.attached.probe.bootTime);
  }

  /** The time that an event would have now, in nanoseconds since the epoch. */
  get now(): number {
    return Number(this.attached.probe.bootTime + timeSinceBoot());
  }

  /** Stops recording. Recorded events can still be read. */
  detach(): void {
    this.attached.probe.detach();
  }

  /**
   * Loads and attaches a new probe with new maps and ring buffers, and then detaches the previous probe. Events of both
   * probes are read. The state of the machine may be incomplete, since earlier events may be missing.
   * @throws SensorError on failure, in which case the previous probe stays attached
   */
  reattach(): void {
    const before = this.attached;
    this.attached = this.attachment();
    const counts = before.probe.counts();
    for (const name of countNames) this.earlier[name] += counts[name];
    before.probe.detach();
    before.interrupt();
    for (const each of this.replaced.splice(0)) this.drop(each); // keep at most one replaced attachment
    this.replaced.push(before);
    this.rings = [...this.attached.rings, ...before.rings];
  }

  /** The attached probe, for integrity checks. */
  get probe(): Probe {
    return this.attached.probe;
  }

  /** Makes a system call without effect, for which `next` returns a `scapevent` with the nonce. Requires `notes`. */
  canary(nonce: bigint): void {
    callCanary(nonce);
  }

  /**
   * Adjusts event times after the clock of the machine was set.
   * @returns seconds by which the clock was set; 0 if it was not
   */
  followClock(): number {
    const change = this.attached.probe.followClock();
    if (change !== 0) this.earliest = Math.min(this.earliest, upperHalf(Date.now() - TIME_MARGIN));
    return change;
  }

  /**
   * Number of times since the last call that another process changed the read position of a ring buffer. This source
   * corrects the position.
   */
  takePositionChanges(): number {
    let changes = 0;
    for (const ring of this.attached.rings) changes += ring.takePositionChanges();
    return changes;
  }

  /** Whether there are unread events. The kernel may still be writing the oldest one. */
  get waiting(): boolean {
    return this.rings.some((ring) => ring.waiting);
  }

  /** Whether events arrive faster than they are read, so that {@link relieve} has moved some to memory. */
  get isBehind(): boolean {
    return this.rings.some((ring) => ring.isBehind);
  }

  /**
   * Returns the time of the oldest unread event, or of the event that `next` returned last, in milliseconds since the
   * epoch. Undefined if there is none; -1 if the kernel is still writing the event.
   */
  oldestUnread(): number | undefined {
    let oldest: number | undefined;
    for (const ring of this.rings) {
      if (ring.at >= ring.end && !ring.waiting) continue;
      if (ring.at >= ring.end && !ring.refill()) return -1;
      const time = Number(ring.view.getBigUint64(ring.at + PREFIX, true) / 1_000_000n);
      if (oldest === undefined || time < oldest) oldest = time;
    }
    return oldest;
  }

  /** Stops recording, and calls `read` until there are no events. `read` must read all events that `next` returns. */
  async drain(read: () => void): Promise<void> {
    this.detach();
    read();
    // The kernel may be interrupted while it writes an event, and events of other CPUs may follow the incomplete event.
    for (let tries = 0; this.waiting && tries < LAST_TRIES; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      read();
    }
  }

  /** Stops recording and drops the unread events. @returns the number of dropped events */
  async discard(): Promise<number> {
    let events = 0;
    const event = new Event();
    await this.drain(() => {
      while (this.next(event)) events++;
    });
    return events;
  }

  counts(): LiveCounts {
    if (this.lastCounts !== undefined) return this.lastCounts;
    const counts = this.attached.probe.counts();
    for (const name of countNames) counts[name] += this.earlier[name];
    return withLost(counts);
  }

  /** A process whose events were dropped because it or its user had used its share; undefined if there is none. */
  lastOverShare(): OverShare | undefined {
    return this.closed ? undefined : this.attached.probe.lastOverShare();
  }

  /** Counters per possible CPU since the probe was attached; empty after `close`. */
  countsByCpu(): LiveCounts[] {
    return this.closed ? [] : this.attached.probe.countsByCpu().map(withLost);
  }

  /** Detaches from the kernel, and resolves a pending {@link wait}. */
  close(): void {
    if (this.closed) return;
    this.lastCounts = this.counts();
    this.closed = true;
    this.rings = [];
    this.current = undefined;
    for (const each of this.replaced.splice(0)) each.close();
    this.attached.close();
  }

  /** Closes replaced attachments whose events have been read. */
  private dropReplaced(): void {
    const unread = this.replaced.filter(({ waiting }) => waiting);
    for (const each of this.replaced) if (!unread.includes(each)) this.drop(each);
    this.replaced = unread;
  }

  private attachment(attaching: () => void = () => {}): Attachment {
    return new Attachment({
      ...this.options,
      calls: this.calls,
      memory: this.memory,
      watched: this.watched,
      attaching,
    });
  }

  private drop(attachment: Attachment): void {
    if (this.current !== undefined && attachment.rings.includes(this.current)) this.current = undefined;
    this.rings = this.rings.filter((ring) => !attachment.rings.includes(ring));
    attachment.close();
  }

  private correctTime(view: DataView, at: number): void {
    this.latest = upperHalf(Date.now() + TIME_MARGIN);
    const time = view.getUint32(at + 4, true);
    if (time >= this.earliest && time <= this.latest) return;
    view.setBigUint64(at, BigInt(Date.now()) * 1_000_000n, true);
    this.correctedTimes++;
  }

  /** Moves a ring buffer to its next event; returns undefined if it has none. */
  private step(ring: Ring): Ring | undefined {
    if (this.current === ring) {
      this.current = undefined;
      if (ring.advance()) {
        this.current = ring;
        return ring;
      }
    }
    if (ring.at < ring.end || ring.refill()) {
      this.current = ring;
      return ring;
    }
    return undefined;
  }

  /** Returns the ring buffer with the oldest event; undefined if none has events. */
  private oldest(): Ring | undefined {
    if (this.current !== undefined) {
      this.current.advance();
      this.current = undefined;
    }
    let oldest: Ring | undefined;
    let high = 0;
    let low = 0;
    for (const ring of this.rings) {
      if (ring.at >= ring.end && !ring.refill()) continue;
      const ringHigh = ring.view.getUint32(ring.at + PREFIX + 4, true);
      const ringLow = ring.view.getUint32(ring.at + PREFIX, true);
      if (oldest === undefined || ringHigh < high || (ringHigh === high && ringLow < low)) {
        oldest = ring;
        high = ringHigh;
        low = ringLow;
      }
    }
    this.current = oldest;
    return oldest;
  }
}

/** Returns the upper 32 bits of a time in nanoseconds, which count units of 4.3 s. */
function upperHalf(milliseconds: number): number {
  return Math.max(0, Math.floor((milliseconds * 1e6) / 2 ** 32));
}

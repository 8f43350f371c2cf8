import { Event } from "../../event/event.ts";
import type { SnapshotSink } from "../../event/snapshot.ts";
import type { Source } from "../source.ts";
import { createRing } from "./bpf.ts";
import { onlineCpus, possibleCpus } from "./cpus.ts";
import { closeDescriptor, pageSize, pollSet, waitReadable, wake, wakeDescriptor } from "./libc.ts";
import { type Counts, Probe } from "./probe.ts";
import { scanMachine } from "./proc/scan.ts";
import { requireKernel, SensorError } from "./refusal.ts";
import { Ring } from "./ring.ts";

/** Bytes before an event in a record of the ring buffer: its CPU. */
const PREFIX = 8;
/**
 * A wake-up costs as much as a thousand events, so events are collected before they are read: for 1 ms after a pause, for 5 ms
 * at a low rate, not at all at a high rate.
 */
const [AFTER_PAUSE_MS, TRICKLE_MS, PAUSE_MS, MASS] = [1, 5, 20, 4096];

/** Minimum milliseconds to wait for events that are being written when the sensor stops. */
const LAST_TRIES = 1000;

const MiB = 1024 * 1024;
/** Default of `setAside`. */
const SET_ASIDE = 64 * MiB;

export interface LiveOptions {
  /** IDs of the system calls to watch (see select.ts). */
  readonly calls: ReadonlySet<number>;
  /** Bytes of a ring buffer: a power of two, at least a page. Default 8 MiB. */
  readonly ringSize?: number;
  /** CPUs per ring buffer; 0 for a single one. Default 2. */
  readonly cpusPerRing?: number;
  /** Bytes captured of data that is read and written. Default 80. */
  readonly snaplen?: number;
  /** Omits failed system calls. */
  readonly dropFailed?: boolean;
  /** Maximum bytes of events per ring buffer in memory while `/proc` is read. Default 64 MiB. */
  readonly setAside?: number;
  /** Mount point of the watched machine's root. Default `/`. */
  readonly hostRoot?: string;
}

/** Counters of events; `lost` are dropped events of any reason. */
export interface LiveCounts extends Counts {
  readonly lost: number;
}

function withLost(counts: Counts): LiveCounts {
  return { ...counts, lost: counts.ringFull + counts.tooLarge + counts.scratchBusy + counts.noRing };
}

/**
 * The system calls of this machine. Events are recorded from its construction on, so that none is missing between the snapshot
 * and the first event. Throws a SensorError with what is missing.
 */
export class LiveSource implements Source {
  readonly name = "syscall";
  private readonly probe: Probe;
  private readonly rings: Ring[] = [];
  private readonly wakeFd: number;
  private readonly polled: Uint8Array;
  private readonly hostRoot: string;
  private readonly setAside: number;
  private current: Ring | undefined;
  private closed = false;
  private polling = 0;
  private number = 0;
  private handledBefore = 0;
  private wokenAt = 0;
  private lastCounts: LiveCounts | undefined;

  constructor(options: LiveOptions) {
    requireKernel();
    this.hostRoot = options.hostRoot ?? "/";
    this.setAside = options.setAside ?? SET_ASIDE;
    const cpus = possibleCpus();
    this.probe = new Probe({ cpus, snaplen: options.snaplen ?? 80, dropFailed: options.dropFailed ?? false });
    try {
      this.makeRings(cpus, options.ringSize ?? 8 * MiB, options.cpusPerRing ?? 2);
      this.probe.want(options.calls);
      this.probe.attach();
    } catch (error) {
      this.probe.close();
      for (const ring of this.rings) ring.close();
      throw error;
    }
    this.wakeFd = wakeDescriptor();
    this.polled = pollSet([this.wakeFd, ...this.rings.map((ring) => ring.fd)]);
  }

  /** Reads `/proc`; changes in the meantime are among the events. */
  snapshot(sink: SnapshotSink): void {
    scanMachine(sink, { root: this.hostRoot, pause: () => this.relieve() });
  }

  /**
   * Moves events from the ring buffers to memory, so that none overflows. To be called periodically during long work and slow
   * reading.
   * @param limit maximum bytes per ring buffer
   */
  relieve(limit = this.setAside): void {
    for (const ring of this.rings) ring.relieve(limit);
  }

  next(event: Event): boolean {
    const only = this.rings.length === 1 ? this.rings[0] : undefined;
    const ring = only === undefined ? this.oldest() : this.step(only);
    if (ring === undefined) return false;
    const at = ring.at + PREFIX;
    event.place(ring.bytes, ring.view, at, ring.view.getUint32(ring.at, true), 2);
    event.num = ++this.number;
    return true;
  }

  /** Resolves when events may be waiting, or the source is closed. */
  async wait(): Promise<void> {
    if (this.closed) return;
    const handled = this.number - this.handledBefore;
    this.handledBefore = this.number;
    if (!this.waiting) {
      this.polling++;
      await new Promise<void>((resolve) => waitReadable(this.polled, this.rings.length + 1, resolve));
      this.polling--;
      if (this.closed) {
        this.release();
        return;
      }
    }
    const now = performance.now();
    const gather = now - this.wokenAt > PAUSE_MS ? AFTER_PAUSE_MS : TRICKLE_MS;
    this.wokenAt = now;
    await new Promise<void>((resolve) => {
      if (handled > MASS) setImmediate(resolve);
      else setTimeout(resolve, gather);
    });
  }

  /** Changes the watched system calls at run time. */
  want(calls: ReadonlySet<number>): void {
    this.probe.want(calls);
  }

  /** Stops recording. Recorded events can still be read. */
  detach(): void {
    this.probe.detach();
  }

  /** Whether there are unread events; the oldest may be incomplete. */
  get waiting(): boolean {
    return this.rings.some((ring) => ring.waiting);
  }

  /** Detaches, and calls `read`, which has to read all that `next` returns, until no event is left. */
  async drain(read: () => void): Promise<void> {
    this.detach();
    read();
    // A writer in the kernel may be interrupted within an event, and later events of other writers follow it.
    for (let tries = 0; this.waiting && tries < LAST_TRIES; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      read();
    }
  }

  /** Detaches, and drops the unread events. @returns their number */
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
    return withLost(this.probe.counts());
  }

  /** Counters per possible CPU; empty after close. */
  countsByCpu(): LiveCounts[] {
    return this.closed ? [] : this.probe.countsByCpu().map(withLost);
  }

  /** Detaches from the kernel; a pending {@link wait} resolves. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.probe.detach();
    this.lastCounts = this.counts();
    wake(this.wakeFd);
    if (this.polling === 0) this.release();
  }

  /** Closes the descriptors once nothing waits on them. */
  private release(): void {
    if (this.polling > 0 || this.released) return;
    this.released = true;
    for (const ring of this.rings.splice(0)) ring.close();
    closeDescriptor(this.wakeFd);
    this.probe.close();
  }
  private released = false;

  /** Moves a ring buffer to its next event. */
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

  /** The ring buffer with the oldest event. */
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

  private makeRings(cpus: number, size: number, cpusPerRing: number): void {
    const online = onlineCpus();
    const perRing = cpusPerRing === 0 ? cpus : cpusPerRing;
    for (let i = 0; i * perRing < online.length; i++) {
      const fd = createRing(size);
      if (fd < 0) {
        throw new SensorError(
          `Cannot create a ring buffer of ${size} bytes (error ${-fd}): the size must be a power of two of at least ${pageSize()}, and enough memory must be free.`,
        );
      }
      this.rings.push(new Ring(fd, size, pageSize()));
    }
    for (let cpu = 0; cpu < cpus; cpu++) {
      const place = online.indexOf(cpu);
      const index = place < 0 ? cpu % this.rings.length : Math.floor(place / perRing);
      const ring = this.rings[index];
      if (ring !== undefined) this.probe.useRing(cpu, ring.fd);
    }
  }
}

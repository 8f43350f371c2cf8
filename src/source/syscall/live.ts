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

/** What precedes an event in a record of the ring: its CPU. */
const PREFIX = 8;
/**
 * A wake-up costs as much as a thousand events, so they gather before they are handled: 1 ms after a pause, 5 ms while
 * they trickle in, not at all while they come in masses.
 */
const [AFTER_PAUSE_MS, TRICKLE_MS, PAUSE_MS, MASS] = [1, 5, 20, 4096];

/** Milliseconds, or more, for events that were being written when the sensor was stopped. */
const LAST_TRIES = 1000;

const MiB = 1024 * 1024;
/** Bytes of events for each ring that may gather in memory while `/proc` is read. */
const SET_ASIDE = 64 * MiB;

export interface LiveOptions {
  /** Ids of the system calls to be told of (see select.ts). */
  readonly calls: ReadonlySet<number>;
  /** Bytes of each ring: a power of two, at least a page. Default 8 MiB. */
  readonly ringSize?: number;
  /** CPUs that share a ring; 0 for one ring. Default 2. */
  readonly cpusPerRing?: number;
  /** Bytes kept of what is read and written. Default 80. */
  readonly snaplen?: number;
  /** Leave out calls that failed. */
  readonly dropFailed?: boolean;
  /** Where the watched machine's root is mounted. Default `/`. */
  readonly hostRoot?: string;
}

/** What became of the events; `lost` are those that were not delivered, for whatever reason. */
export interface LiveCounts extends Counts {
  readonly lost: number;
}

function withLost(counts: Counts): LiveCounts {
  return { ...counts, lost: counts.ringFull + counts.tooLarge + counts.scratchBusy + counts.noRing };
}

/**
 * The system calls of this machine as they happen. Events begin to gather when it is made, so that nothing is missed
 * between the snapshot and the first event. Throws a SensorError that says what is missing.
 */
export class LiveSource implements Source {
  readonly name = "syscall";
  private readonly probe: Probe;
  private readonly rings: Ring[] = [];
  private readonly wakeFd: number;
  private readonly polled: Uint8Array;
  private readonly hostRoot: string;
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

  /** Reads `/proc`; what happens meanwhile is among the events. */
  snapshot(sink: SnapshotSink): void {
    scanMachine(sink, { root: this.hostRoot, pause: () => this.relieve() });
  }

  /**
   * To be called now and then by whoever does something long before reading on, or reads slowly: keeps the rings from
   * overflowing.
   * @param limit bytes to set aside of each ring at most
   */
  relieve(limit = SET_ASIDE): void {
    for (const ring of this.rings) ring.relieve(limit);
  }

  next(event: Event): boolean {
    const ring = this.rings.length === 1 ? this.step(this.rings[0]) : this.oldest();
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

  /** Changes what is told of, while it runs. */
  want(calls: ReadonlySet<number>): void {
    this.probe.want(calls);
  }

  /** Ends what the kernel tells of. What happened before can still be read. */
  detach(): void {
    this.probe.detach();
  }

  /** Whether events were written that were not read; the oldest may not be complete yet. */
  get waiting(): boolean {
    return this.rings.some((ring) => ring.waiting);
  }

  /** Detaches, and calls `read`, which reads all that `next` gives, until nothing is left. */
  async drain(read: () => void): Promise<void> {
    this.detach();
    read();
    // Whoever writes an event in the kernel may be held up in the middle of it, and what others wrote comes after it.
    for (let tries = 0; this.waiting && tries < LAST_TRIES; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      read();
    }
  }

  /** The same, and leaves out what is left. @returns how many events that were */
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

  /** The same of each possible CPU; nothing once it is closed. */
  countsByCpu(): LiveCounts[] {
    return this.closed ? [] : this.probe.countsByCpu().map(withLost);
  }

  /** Detaches from the kernel; a {@link wait} that is under way resolves. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.probe.detach();
    this.lastCounts = this.counts();
    wake(this.wakeFd);
    if (this.polling === 0) this.release();
  }

  /** Once nobody waits on them any more. */
  private release(): void {
    if (this.polling > 0 || this.released) return;
    this.released = true;
    for (const ring of this.rings.splice(0)) ring.close();
    closeDescriptor(this.wakeFd);
    this.probe.close();
  }
  private released = false;

  /** Leaves the event given last and puts the ring at its next one. */
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

  /** The ring whose next event is the oldest. */
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
          `A ring of ${size} bytes could not be made (error ${-fd}): its size must be a power of two of at least ${pageSize()}, and memory must be left for it.`,
        );
      }
      this.rings.push(new Ring(fd, size, pageSize()));
    }
    for (let cpu = 0; cpu < cpus; cpu++) {
      const place = online.indexOf(cpu);
      const index = place < 0 ? cpu % this.rings.length : Math.floor(place / perRing);
      this.probe.useRing(cpu, this.rings[index].fd);
    }
  }
}

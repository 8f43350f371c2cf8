import { createRing } from "./bpf.ts";
import { onlineCpus, possibleCpus } from "./cpus.ts";
import type { EventMemory } from "./event-memory.ts";
import { closeDescriptor, pageSize, pollSet, waitReadable, wake, wakeDescriptor } from "./libc.ts";
import { Probe } from "./probe.ts";
import { Ring } from "./ring.ts";
import { SensorError } from "./sensor-error.ts";

export interface AttachmentOptions {
  readonly calls: ReadonlySet<number>;
  /** Size of a ring buffer, in bytes. */
  readonly ringSize: number;
  /** Number of CPUs per ring buffer; 0 for a single ring buffer. */
  readonly cpusPerRing: number;
  readonly snaplen: number;
  readonly dropFailed: boolean;
  readonly notes: boolean;
  readonly btfFile: string | undefined;
  /** Memory for events that are moved from the ring buffers. */
  readonly memory: EventMemory;
  /** Tables of watched objects. */
  readonly watched: Uint8Array | undefined;
  /** Called immediately before the probe begins to record events. */
  readonly attaching?: () => void;
}

/** An attached probe with its ring buffers. The constructor throws a SensorError if the probe cannot be attached. */
export class Attachment {
  readonly probe: Probe;
  readonly rings: readonly Ring[];
  private readonly wakeFd: number;
  private readonly polled: Uint8Array;
  private polling = 0;
  private closed = false;
  private released = false;

  constructor({ calls, ringSize, cpusPerRing, memory, watched, attaching, ...options }: AttachmentOptions) {
    const cpus = possibleCpus();
    this.probe = new Probe({ cpus, ...options });
    const rings: Ring[] = [];
    this.rings = rings;
    try {
      openRings(rings, ringSize, cpusPerRing, memory);
      assignRings(this.probe, rings, cpus, cpusPerRing);
      this.probe.want(calls);
      if (watched !== undefined) this.probe.watch(watched);
      attaching?.();
      this.probe.attach();
    } catch (error) {
      this.probe.close();
      for (const ring of rings) ring.close();
      throw error;
    }
    this.wakeFd = wakeDescriptor();
    this.polled = pollSet([this.wakeFd, ...rings.map((ring) => ring.fd)]);
    // At exit, Node.js waits for the thread that polls. Without events, the thread would never return.
    process.once("exit", this.interrupt);
  }

  /** Resolves when a ring buffer has events, or after {@link interrupt}. */
  async wait(): Promise<void> {
    this.polling++;
    await new Promise<void>((resolve) => waitReadable(this.polled, this.rings.length + 1, resolve));
    this.polling--;
    if (this.closed) this.release();
  }

  /** Resolves the pending {@link wait}, and makes later ones resolve immediately. */
  readonly interrupt = (): void => wake(this.wakeFd);

  /** Whether there are unread events. */
  get waiting(): boolean {
    return this.rings.some((ring) => ring.waiting || ring.at < ring.end);
  }

  /** Detaches the probe. Closes the descriptors when no {@link wait} uses them. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.probe.detach();
    this.interrupt();
    if (this.polling === 0) this.release();
  }

  private release(): void {
    if (this.polling > 0 || this.released) return;
    this.released = true;
    process.removeListener("exit", this.interrupt);
    for (const ring of this.rings) ring.close();
    closeDescriptor(this.wakeFd);
    this.probe.close();
  }
}

function openRings(rings: Ring[], size: number, cpusPerRing: number, memory: EventMemory): void {
  const online = onlineCpus().length;
  const count = cpusPerRing === 0 ? 1 : Math.ceil(online / cpusPerRing);
  for (let i = 0; i < count; i++) {
    const fd = createRing(size);
    if (fd < 0) {
      throw new SensorError(
        `Cannot create a ring buffer of ${size} bytes (error ${-fd}): the size must be a power of two of at least ${pageSize()}, and enough memory must be free.`,
      );
    }
    rings.push(new Ring(fd, size, pageSize(), memory));
  }
}

function assignRings(probe: Probe, rings: readonly Ring[], cpus: number, cpusPerRing: number): void {
  const online = onlineCpus();
  for (let cpu = 0; cpu < cpus; cpu++) {
    const place = online.indexOf(cpu);
    const index = place < 0 ? cpu % rings.length : cpusPerRing === 0 ? 0 : Math.floor(place / cpusPerRing);
    const ring = rings[index];
    if (ring !== undefined) probe.useRing(cpu, ring.fd);
  }
}

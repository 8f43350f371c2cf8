import { CaptureWriter } from "../capture/writer.ts";
import type { Event } from "../event/event.ts";
import type { SnapshotSink } from "../event/snapshot.ts";
import { exportTo } from "../machine/export.ts";
import type { Machine } from "../machine/machine.ts";
import type { Source } from "../source/source.ts";

/** A capture of a while: the machine as it was when it began, and the events since. */
interface Stretch {
  readonly machine: Uint8Array[];
  readonly events: Uint8Array[];
  readonly writer: CaptureWriter;
  bytes: number;
}

/**
 * Keeps the last events that pass through a source in memory, as a capture: those of the stretch at hand and of the one
 * before it, with the machine as it was when that began. It costs a copy of each event, and an image of the machine each time
 * that half of the room is full.
 */
export class RecentEvents implements Source {
  readonly name: string;
  private readonly source: Source;
  private readonly machine: Machine;
  private readonly half: number;
  private before: Stretch | undefined;
  private current: Stretch | undefined;

  /** @param size bytes of events at the most; images of the machine come on top */
  constructor(source: Source, machine: Machine, size: number) {
    this.name = source.name;
    this.source = source;
    this.machine = machine;
    this.half = size / 2;
  }

  snapshot(sink: SnapshotSink): void {
    this.source.snapshot(sink);
  }

  next(event: Event): boolean {
    // What came before has been placed in what is known of the machine: an image of it belongs between two events.
    if (this.current === undefined || this.current.bytes > this.half) this.turn();
    if (!this.source.next(event)) return false;
    this.current?.writer.event(event);
    return true;
  }

  /** What is kept, as a capture (`.scap`). */
  capture(): Uint8Array {
    const first = this.before ?? this.current;
    if (first === undefined) return new Uint8Array(0);
    this.current?.writer.flush();
    const later = first === this.current ? [] : (this.current?.events ?? []);
    return Buffer.concat([...first.machine, ...first.events, ...later]);
  }

  close(): void {
    this.source.close();
  }

  private turn(): void {
    this.current?.writer.flush();
    this.before = this.current;
    const machine: Uint8Array[] = [];
    const events: Uint8Array[] = [];
    let into = machine;
    const writer = new CaptureWriter({
      write(bytes) {
        into.push(bytes.slice());
        if (into === events) stretch.bytes += bytes.length;
      },
    });
    const stretch: Stretch = { machine, events, writer, bytes: 0 };
    exportTo(this.machine, writer);
    writer.flush();
    into = events;
    this.current = stretch;
  }
}

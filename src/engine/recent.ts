import { CaptureWriter } from "../capture/writer.ts";
import { EventCode } from "../event/code.ts";
import type { Event } from "../event/event.ts";
import type { SnapshotSink } from "../event/snapshot.ts";
import { exportTo } from "../machine/export.ts";
import type { Machine } from "../machine/machine.ts";
import type { Source } from "../source/source.ts";

/** A section of a capture: the state of the machine at its start, and the events after it. */
interface Stretch {
  readonly machine: Uint8Array[];
  readonly events: Uint8Array[];
  readonly writer: CaptureWriter;
  bytes: number;
}

/**
 * Stores the last events of a source in memory as a capture: the current section and the previous one, each with the
 * state of the machine at its start. The cost is a copy of each event, and a snapshot of the machine whenever half of
 * the buffer is full.
 */
export class RecentEvents implements Source {
  readonly name: string;
  private readonly source: Source;
  private readonly machine: Machine;
  private readonly half: number;
  private before: Stretch | undefined;
  private current: Stretch | undefined;

  /** @param size maximum bytes of events, without the snapshots */
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
    // The machine has the state after the previous events; a snapshot is valid only between two events.
    if (this.current === undefined || this.current.bytes > this.half) this.turn();
    if (!this.source.next(event)) return false;
    // Notes of the sensor to the agent are no events of the machine.
    if (event.type !== EventCode.SCAPEVENT_E) this.current?.writer.event(event);
    return true;
  }

  /** The stored events as a capture (`.scap`). */
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

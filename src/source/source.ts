import type { Event } from "../event/event.ts";
import type { SnapshotSink } from "../event/snapshot.ts";

/** A sequence of events. */
export interface Source {
  /** Name of the source in rules, such as `syscall`. */
  readonly name: string;
  /**
   * Whether rules are evaluated against the first event. In a capture, the first events may describe the state of the
   * machine instead.
   */
  readonly startsWithEvents?: true;
  /** Writes the state of the machine before the first event to `sink`. Called once, before `next`. */
  snapshot(sink: SnapshotSink): void;
  /** Points `event` at the next event. Returns false at the end of a capture, or if there is currently no event. */
  next(event: Event): boolean;
  /** Receives an event from another component, which is evaluated before the next event of the source. */
  inserted?(event: Event): void;
  close(): void;
}

/** A source without events. */
export const nothing: Source = {
  name: "syscall",
  snapshot() {},
  next: () => false,
  close() {},
};

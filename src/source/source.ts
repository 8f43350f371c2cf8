import type { Event } from "../event/event.ts";
import type { SnapshotSink } from "../event/snapshot.ts";

/** A sequence of events. */
export interface Source {
  /** Name that rules use: `syscall`, … */
  readonly name: string;
  /** Whether rules are evaluated on the first events, too. In a capture, they may describe the machine. */
  readonly startsWithEvents?: true;
  /** Writes the state before the first event to `sink`. Called once, first. */
  snapshot(sink: SnapshotSink): void;
  /** Points `event` at the next event; false at the end (captures) or when nothing is waiting (live). */
  next(event: Event): boolean;
  /** Receives an event from outside, which is evaluated before the next one. */
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

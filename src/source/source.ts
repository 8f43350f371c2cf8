import type { Event } from "../event/event.ts";
import type { SnapshotSink } from "../event/snapshot.ts";

/** A stream of events. */
export interface Source {
  /** Name that rules use: `syscall`, … */
  readonly name: string;
  /** Gives the state before the first event to `sink`. Called once, first. */
  snapshot(sink: SnapshotSink): void;
  /** Points `event` at the next event; false at the end (captures) or when nothing is waiting (live). */
  next(event: Event): boolean;
  close(): void;
}

/** The source of nothing. */
export const nothing: Source = {
  name: "syscall",
  snapshot() {},
  next: () => false,
  close() {},
};

import { Event } from "../event/event.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Machine } from "./machine.ts";
import { fdTable, type Thread } from "./thread.ts";

/**
 * An event with its context: a cursor over the event, its thread and its descriptor. {@link Machine.observe} sets the
 * properties and fields read them. One object is used for all events of a source.
 */
export class Observed extends Event {
  /** The thread that caused the event; undefined if there is none or it is unknown. */
  thread: Thread | undefined = undefined;
  /** The descriptor of the event, as it is after the event; for a close, as it was before the event. */
  fd: Descriptor | undefined = undefined;
  /** Number of the descriptor; -1 if the event has none. It may be known even if `fd` is not. */
  fdNum = -1;
  /** The name of `fd` before the event. */
  nameBefore = "";
  /** Whether this event changed the name of the descriptor (`fd.name_changed`). */
  fdNameChanged = false;
  /** Name of the event source. */
  source = "syscall";
  /** Time of the first event from a document source: nanoseconds since the epoch. */
  firstTime = 0n;
  readonly machine: Machine;

  constructor(machine: Machine) {
    super();
    this.machine = machine;
  }
}

/**
 * Returns the descriptor of the event for modification. A descriptor that is shared with other tables is replaced with
 * a copy first.
 */
export function ownDescriptor(event: Observed): Descriptor | undefined {
  const { thread, fd } = event;
  if (thread === undefined || fd === undefined || !fd.shared) return fd;
  const own = fdTable(thread)?.own(thread.lastFd) ?? fd;
  event.fd = own;
  return own;
}

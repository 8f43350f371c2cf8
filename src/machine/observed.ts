import { Event } from "../event/event.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Machine } from "./machine.ts";
import { fdTable, type Thread } from "./thread.ts";

/**
 * An event with its context in the machine: the cursor plus the thread and the descriptor it is about. {@link
 * Machine.observe} fills it; the fields read it. One object serves a whole source.
 */
export class Observed extends Event {
  /** The thread that caused the event; undefined for events of no known thread. */
  thread: Thread | undefined = undefined;
  /** The descriptor of the event, after the event (for a close: before). */
  fd: Descriptor | undefined = undefined;
  /** Its number; -1 if the event has none. May be known although `fd` is not. */
  fdNum = -1;
  /** The name of `fd` before the event. */
  nameBefore = "";
  /** True if this event changed the name of the descriptor (`fd.name_changed`). */
  fdNameChanged = false;
  /** The event source. */
  source = "syscall";
  /** Time of the first event of a document source: nanoseconds since the epoch. */
  firstTime = 0n;
  readonly machine: Machine;

  constructor(machine: Machine) {
    super();
    this.machine = machine;
  }
}

/** The descriptor of the event for a change: a copy if other tables share it. */
export function ownDescriptor(event: Observed): Descriptor | undefined {
  const { thread, fd } = event;
  if (thread === undefined || fd === undefined || !fd.shared) return fd;
  const own = fdTable(thread)?.own(thread.lastFd) ?? fd;
  event.fd = own;
  return own;
}

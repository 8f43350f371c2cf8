import { Event } from "../event/event.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Machine } from "./machine.ts";
import { fdTable, type Thread } from "./thread.ts";

/**
 * An event placed in what is known of the machine: the cursor plus the thread and the descriptor it is about.
 * {@link Machine.observe} fills it; the fields read it. One object serves a whole stream.
 */
export class Observed extends Event {
  /** The thread that caused the event; undefined for events of no known thread. */
  thread: Thread | undefined = undefined;
  /** The descriptor the event is about, as it is after the event (a close: as it was before). */
  fd: Descriptor | undefined = undefined;
  /** Its number; -1 where the event has none. May be known where `fd` is not. */
  fdNum = -1;
  /** The name of `fd` before the event. */
  nameBefore = "";
  /** True where this event gave the descriptor another name (`fd.name_changed`). */
  fdNameChanged = false;
  /** The name of the source that it comes from. */
  source = "syscall";
  /** When the first event of a source of documents happened: nanoseconds since the epoch. */
  firstTime = 0n;
  readonly machine: Machine;

  constructor(machine: Machine) {
    super();
    this.machine = machine;
  }
}

/** The descriptor of the event, to be changed: a copy where other tables share it. */
export function ownDescriptor(event: Observed): Descriptor | undefined {
  const { thread, fd } = event;
  if (thread === undefined || fd === undefined || !fd.shared) return fd;
  const own = fdTable(thread)?.own(thread.lastFd) ?? fd;
  event.fd = own;
  return own;
}

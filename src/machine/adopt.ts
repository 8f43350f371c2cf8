import type { Descriptor } from "./descriptor.ts";
import type { Observed } from "./observed.ts";
import { fdTable, type Thread } from "./thread.ts";

/** Puts a descriptor under a number of the thread's process; undefined where there is no room or no table. */
export function addDescriptor(thread: Thread, number: number, fd: Descriptor): Descriptor | undefined {
  const table = fdTable(thread);
  if (table === undefined) return undefined;
  thread.lastFd = number;
  return table.set(number, fd) ? fd : undefined;
}

/** {@link addDescriptor} for a descriptor that the event made: it becomes the one the event is about. */
export function adoptNew(event: Observed, thread: Thread, number: number, fd: Descriptor): void {
  event.fd = addDescriptor(thread, number, fd);
  event.nameBefore = "";
}

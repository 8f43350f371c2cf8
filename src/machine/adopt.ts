import type { Descriptor } from "./descriptor.ts";
import type { Observed } from "./observed.ts";
import { fdTable, type Thread } from "./thread.ts";

/** Adds a descriptor to the table of the thread's process. Returns undefined if there is no table. */
export function addDescriptor(thread: Thread, number: number, fd: Descriptor): Descriptor | undefined {
  const table = fdTable(thread);
  if (table === undefined) return undefined;
  thread.lastFd = number;
  return table.set(number, fd) ? fd : undefined;
}

/** Adds a descriptor that the event created, and sets it as the descriptor of the event. */
export function adoptNew(event: Observed, thread: Thread, number: number, fd: Descriptor): void {
  event.fd = addDescriptor(thread, number, fd);
  event.nameBefore = "";
}

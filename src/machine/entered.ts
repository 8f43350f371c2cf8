import { EventCode } from "../event/code.ts";
import type { Event } from "../event/event.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import { present } from "./read.ts";

/**
 * Stores an enter event until its exit: old captures have both halves of a call, and some parameters only in the first.
 */
export function keepEnter(_machine: Machine, event: Observed): void {
  const { thread, bytes, at, size, type } = event;
  if (thread === undefined) return;
  if (type !== EventCode.EXECVEAT_E && type !== EventCode.CONNECT_E && !present(event, 0)) return;
  thread.enterBytes = bytes.slice(at, at + size);
}

/** The enter half of the call that this event ends, if known. Valid until the next call of this function. */
export function enteredBy(machine: Machine, event: Observed): Event | undefined {
  const { thread } = event;
  if (thread?.enterBytes === undefined || !thread.enterMatches) return undefined;
  const { entered } = machine;
  const { buffer, byteOffset, byteLength } = thread.enterBytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  if (!entered.placeWithin(thread.enterBytes, view, 0, byteLength, event.cpu, 2)) return undefined;
  if (entered.type === event.type - 1) return entered;
  // A successful execveat ends as an execve.
  if (event.type === EventCode.EXECVE_19_X && entered.type === EventCode.EXECVEAT_E) return entered;
  thread.enterMatches = false;
  return undefined;
}

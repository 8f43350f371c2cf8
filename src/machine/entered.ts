import { EventCode } from "../event/code.ts";
import type { Event } from "../event/event.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import { present } from "./read.ts";

/**
 * Stores an enter event until the exit of the call. In old captures, a call has both events, and the exit event lacks
 * some parameters.
 */
export function keepEnter(machine: Machine, event: Observed): void {
  const { thread, bytes, at, size, type } = event;
  if (type !== EventCode.EXECVEAT_E && type !== EventCode.CONNECT_E && !present(event, 0)) return;
  if (thread === undefined) {
    machine.enters.notStored++;
    return;
  }
  machine.enters.stored++;
  thread.enterBytes = bytes.slice(at, at + size);
}

/**
 * Returns the enter event of the call that ends with the given exit event; undefined if unknown. The result is valid
 * until the next call of this function.
 */
export function enteredBy(machine: Machine, event: Observed): Event | undefined {
  const { thread } = event;
  if (thread?.enterBytes === undefined) return undefined;
  const { entered, enters } = machine;
  if (!thread.enterMatches) {
    enters.notRetrieved++;
    return undefined;
  }
  const { buffer, byteOffset, byteLength } = thread.enterBytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  if (!entered.placeWithin(thread.enterBytes, view, 0, byteLength, event.cpu, 2)) return undefined;
  // A successful execveat has the exit event of execve.
  const isExec = event.type === EventCode.EXECVE_19_X && entered.type === EventCode.EXECVEAT_E;
  if (isExec || entered.type === event.type - 1) {
    enters.retrieved++;
    return entered;
  }
  enters.notRetrieved++;
  thread.enterMatches = false;
  return undefined;
}

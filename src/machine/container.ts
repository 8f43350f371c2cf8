import { EventCode } from "../event/code.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";

/** After an event that may have moved its thread to another container: notes which, and who the user is there. */
export function rereadContainer(machine: Machine, event: Observed, before: string): void {
  const thread = machine.threads.get(event.tid);
  if (thread !== undefined) thread.containerId = machine.containerOf(thread);
  const { thread: mover } = event;
  if (mover !== undefined && mover.containerId !== before) machine.meet(mover.containerId, mover);
}

/** The first process of a container is gone: its accounts are of no use any more. */
export function leaveContainer(machine: Machine, event: Observed): void {
  const { thread, type } = event;
  if (thread === undefined || type !== EventCode.PROCEXIT_1_E || !machine.isLive) return;
  if (thread.containerId !== "" && thread.vtid === 1 && thread.vpid === 1) {
    machine.accountTable.removeContainer(thread.containerId);
  }
}

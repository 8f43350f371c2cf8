import { CloneFlag } from "../event/constants.ts";
import { leaveContainer } from "./container.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import { present, signed } from "./read.ts";
import { isDead } from "./thread.ts";

const REAPER = 4;

/** Handles the exit of a thread. The thread remains stored until the event has been evaluated. */
export function procexit(machine: Machine, event: Observed): void {
  const { thread } = event;
  if (thread === undefined) return;
  if (thread.group !== undefined && !isDead(thread)) thread.group.aliveCount--;
  thread.flags |= CloneFlag.CLOSED;
  machine.removeAfter(event.tid);
  if (thread.children !== undefined && thread.children.size > 0) {
    if (event.count <= REAPER) thread.reaperTid = -1;
    else if (present(event, REAPER)) thread.reaperTid = signed(event, REAPER);
  }
  leaveContainer(machine, event);
}

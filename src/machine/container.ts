import { EventCode } from "../event/code.ts";
import type { Json } from "../event/document.ts";
import { JsonTextError, parseJsonText } from "../event/json-text.ts";
import { containerFromJson } from "./container-json.ts";
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
    machine.containerTable.end(thread.containerId);
    machine.workloads?.end(thread.containerId);
  }
}

/** A recording says what there is to know of a container, as recorders of before did. */
export function containerJsonEvent(machine: Machine, event: Observed): void {
  if (event.count > 0) tell(machine, event.text(0), false);
}

const DATA = 2;

/** The same in an event that a recorder's own parts made: a container that came or went. */
export function containerAsyncEvent(machine: Machine, event: Observed): void {
  if (event.count <= DATA) return;
  const name = event.text(1);
  if (name === "container" || name === "container_removed") tell(machine, event.text(DATA), name !== "container");
}

function tell(machine: Machine, text: string, ended: boolean): void {
  const container = containerFromJson(jsonOrNothing(text));
  if (container === undefined) return;
  if (ended) machine.containerTable.end(container.id);
  else machine.containerTable.put(container);
}

/** A recording may be torn or made up: what can't be read tells nothing. */
function jsonOrNothing(text: string): Json {
  try {
    return parseJsonText(text);
  } catch (error) {
    if (error instanceof JsonTextError) return null;
    throw error;
  }
}

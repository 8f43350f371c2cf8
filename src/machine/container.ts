import { EventCode } from "../event/code.ts";
import type { Json } from "../event/document.ts";
import { JsonTextError, parseJsonText } from "../event/json-text.ts";
import { containerFromJson } from "./container-json.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";

/** Updates the container and user of a thread after an event that may have changed its cgroups. */
export function rereadContainer(machine: Machine, event: Observed, before: string): void {
  const thread = machine.threads.get(event.tid);
  if (thread !== undefined) thread.containerId = machine.containerOf(thread);
  const { thread: mover } = event;
  if (mover !== undefined && mover.containerId !== before) machine.meet(mover.containerId, mover);
}

/** Ends a container when its first process exits. */
export function leaveContainer(machine: Machine, event: Observed): void {
  const { thread, type } = event;
  if (thread === undefined || type !== EventCode.PROCEXIT_1_E || !machine.isLive) return;
  if (thread.containerId !== "" && machine.isLastOf(thread.containerId, thread)) {
    machine.accountTable.removeContainer(thread.containerId);
    machine.containerTable.exit(thread.containerId);
    machine.workloads?.end(thread.containerId);
  }
}

/** Handles container metadata in captures by old recorders. */
export function containerJsonEvent(machine: Machine, event: Observed): void {
  machine.announced = undefined;
  if (event.count > 0) apply(machine, event.text(0), false);
}

const DATA = 2;

/** Handles an asynchronous event that reports the start or end of a container. */
export function containerAsyncEvent(machine: Machine, event: Observed): void {
  machine.announced = undefined;
  if (event.count <= DATA) return;
  const name = event.text(1);
  if (name === "container" || name === "container_removed") apply(machine, event.text(DATA), name !== "container");
}

function apply(machine: Machine, text: string, ended: boolean): void {
  const container = containerFromJson(jsonOrNothing(text));
  if (container === undefined) return;
  if (machine.isLive) {
    // The table already has the container, with properties that the JSON lacks.
    machine.announced = machine.containerTable.announced(container.id) ?? container;
    return;
  }
  machine.announced = container;
  if (ended) machine.containerTable.end(container.id);
  else machine.containerTable.put(container);
}

/** Parses JSON text. Null if it is invalid, as in a damaged capture. */
function jsonOrNothing(text: string): Json {
  try {
    return parseJsonText(text);
  } catch (error) {
    if (error instanceof JsonTextError) return null;
    throw error;
  }
}

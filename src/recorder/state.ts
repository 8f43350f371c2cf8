import { CaptureWriter } from "../capture/writer.ts";
import { EventCode } from "../event/code.ts";
import { Event, EventNote } from "../event/event.ts";
import { writeEvent } from "../event/write.ts";
import type { Container } from "../machine/container-info.ts";
import { containerToJson } from "../machine/container-json.ts";
import { exportTo } from "../machine/export.ts";
import type { Machine } from "../machine/machine.ts";
import { groupEvent, userEvent } from "./account-events.ts";
import { Chunk, sizeInCapture } from "./chunk.ts";

/** Maximum size of the metadata of a container as JSON, in bytes. Containers with larger metadata are omitted. */
const MAX_JSON = 1 << 20;
/** Number of bytes between calls of `pause`. */
const PAUSE = 1 << 18;

export interface StateOptions {
  /** Maximum size of the state, in bytes. Threads and containers are omitted from a larger state. */
  readonly most: number;
  /** Called regularly, because writing the state of a large machine takes about a second. */
  readonly pause?: (() => void) | undefined;
}

/**
 * Returns the state of a machine as the first blocks of a capture. Data for which the format has no records is stored
 * as events: the metadata, users and groups of containers.
 * @param time nanoseconds since the epoch
 */
export function stateOf(machine: Machine, time: bigint, options: StateOptions): Uint8Array {
  const whole = collected(options, (writer) => {
    exportTo(machine, writer);
    writeContainers(machine, time, writer);
  });
  if (whole !== undefined) return whole;
  const head = collected({ most: Number.POSITIVE_INFINITY }, (writer) => {
    if (machine.info !== undefined) writer.machine(machine.info);
    writer.interfaces([...machine.interfaceTable.records]);
    writer.accounts([...machine.users.values()], [...machine.groups.values()]);
  });
  return head ?? new Uint8Array(0);
}

function writeContainers(machine: Machine, time: bigint, writer: CaptureWriter): void {
  const add = (code: number, bytes: Uint8Array): void => writer.raw(bytes, 0, bytes.length, code, 0);
  for (const container of machine.containerTable.values()) {
    const event = containerEvent(container, time);
    if (event !== undefined) add(EventCode.CONTAINER_JSON_2_E, event);
  }
  machine.accountTable.eachContainer((id, users, groups) => {
    for (const user of users) add(EventCode.USER_ADDED_E, userEvent(id, user, time));
    for (const group of groups) add(EventCode.GROUP_ADDED_E, groupEvent(id, group, time));
  });
}

/** Creates an event with a container's metadata; undefined if the metadata is too large. */
function containerEvent(container: Container, time: bigint): Uint8Array | undefined {
  const json = containerToJson(container);
  if (json.length > MAX_JSON) return undefined;
  return writeEvent(EventCode.CONTAINER_JSON_2_E, 0, time, [json]);
}

/**
 * Returns the metadata of containers as capture blocks. These events are not evaluated against rules.
 * @param time nanoseconds since the epoch
 */
export function containerBlocks(containers: readonly Container[], time: bigint): Uint8Array {
  const events = containers.flatMap((container) => {
    const bytes = containerEvent(container, time);
    if (bytes === undefined) return [];
    const event = new Event();
    event.place(bytes, new DataView(bytes.buffer, bytes.byteOffset), 0, 0, 2);
    event.flags = EventNote.STATE_ONLY;
    return [event];
  });
  const chunk = new Chunk(events.reduce((sum, event) => sum + sizeInCapture(event), 0));
  for (const event of events) chunk.append(event);
  return chunk.bytes;
}

/** Returns the output of `write`; undefined if it is too large. */
function collected({ most, pause }: StateOptions, write: (writer: CaptureWriter) => void): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  let size = 0;
  let paused = 0;
  const writer = new CaptureWriter({
    write(bytes) {
      size += bytes.length;
      if (size > most) parts.length = 0;
      else parts.push(bytes.slice());
      if (size - paused < PAUSE) return;
      paused = size;
      pause?.();
    },
  });
  write(writer);
  writer.flush();
  return size > most ? undefined : Buffer.concat(parts);
}

import { CaptureWriter } from "../capture/writer.ts";
import { EventCode } from "../event/code.ts";
import { writeEvent } from "../event/write.ts";
import { containerToJson } from "../machine/container-json.ts";
import { exportTo } from "../machine/export.ts";
import type { Machine } from "../machine/machine.ts";

/** Maximum bytes of a container as JSON; a longer one is left out. */
const MAX_JSON = 1 << 20;
/** Bytes between two calls of `pause`. */
const PAUSE = 1 << 18;

export interface StateOptions {
  /** Maximum bytes; a larger state is written without threads and containers. */
  readonly most: number;
  /** Called regularly: the state of a large machine takes a second. */
  readonly pause?: (() => void) | undefined;
}

/**
 * The state of a machine as the first blocks of a capture: its records, then events for metadata of containers and for
 * their users and groups, which have no records.
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
  const add = (code: number, values: Parameters<typeof writeEvent>[3]): void => {
    const bytes = writeEvent(code, 0, time, values);
    writer.raw(bytes, 0, bytes.length, code, 0);
  };
  for (const container of machine.containerTable.values()) {
    const json = containerToJson(container);
    if (json.length <= MAX_JSON) add(EventCode.CONTAINER_JSON_2_E, [json]);
  }
  machine.accountTable.eachContainer((id, users, groups) => {
    for (const { uid, gid, name, home, shell } of users) add(EventCode.USER_ADDED_E, [uid, gid, name, home, shell, id]);
    for (const { gid, name } of groups) add(EventCode.GROUP_ADDED_E, [gid, name, id]);
  });
}

/** What `write` writes; undefined if it is too large. */
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

import { CaptureWriter } from "../capture/writer.ts";
import { EventCode } from "../event/code.ts";
import { writeEvent } from "../event/write.ts";
import { containerToJson } from "../machine/container-json.ts";
import { exportTo } from "../machine/export.ts";
import type { Machine } from "../machine/machine.ts";

/** Maximum bytes of a container as JSON; a longer one is left out. */
const MAX_JSON = 1 << 20;

/**
 * The state of a machine as the first blocks of a capture: its records, then events for metadata of containers and for
 * their users and groups, which have no records.
 * @param time nanoseconds since the epoch
 */
export function stateOf(machine: Machine, time: bigint): Uint8Array {
  const parts: Uint8Array[] = [];
  const writer = new CaptureWriter({ write: (bytes) => parts.push(bytes.slice()) });
  exportTo(machine, writer);
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
  writer.flush();
  return Buffer.concat(parts);
}

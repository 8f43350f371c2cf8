import type { GroupRecord, UserRecord } from "../event/snapshot.ts";
import type { Machine } from "../machine/machine.ts";
import type { Thread } from "../machine/thread.ts";

/** The account of a user on the system of the thread, which is the host or a container. */
export function userOf(machine: Machine, thread: Thread, uid: number): UserRecord | undefined {
  return machine.accountTable.user(thread.containerId, uid);
}

export function groupOf(machine: Machine, thread: Thread, gid: number): GroupRecord | undefined {
  return machine.accountTable.group(thread.containerId, gid);
}

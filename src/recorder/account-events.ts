import { EventCode } from "../event/code.ts";
import type { GroupRecord, UserRecord } from "../event/snapshot.ts";
import { writeEvent } from "../event/write.ts";
import type { Machine } from "../machine/machine.ts";

/** Thread ID in events that no thread caused. */
const NO_THREAD = -1;

/**
 * Creates the event that adds a user account.
 * @param time nanoseconds since the epoch
 */
export function userEvent(containerId: string, user: UserRecord, time: bigint): Uint8Array {
  const { uid, gid, name, home, shell } = user;
  return writeEvent(EventCode.USER_ADDED_E, NO_THREAD, time, [uid, gid, name, home, shell, containerId]);
}

/**
 * Creates the event that adds a group.
 * @param time nanoseconds since the epoch
 */
export function groupEvent(containerId: string, { gid, name }: GroupRecord, time: bigint): Uint8Array {
  return writeEvent(EventCode.GROUP_ADDED_E, NO_THREAD, time, [gid, name, containerId]);
}

/**
 * Calls `pass` with an event for each user account and group that the machine reads from files. In a capture, this
 * event must precede the event that the machine observed last.
 * @param time returns the time of the last observed event, nanoseconds since the epoch
 */
export function watchAccounts(
  { accountTable }: Machine,
  time: () => bigint,
  pass: (code: number, bytes: Uint8Array) => void,
): void {
  accountTable.watcher = {
    user: (id, user) => pass(EventCode.USER_ADDED_E, userEvent(id, user, time())),
    group: (id, group) => pass(EventCode.GROUP_ADDED_E, groupEvent(id, group, time())),
  };
}

import { EventCode } from "../event/code.ts";
import type { GroupRecord, UserRecord } from "../event/snapshot.ts";
import { writeEvent } from "../event/write.ts";
import type { Machine } from "../machine/machine.ts";

/** Thread ID of events without a thread. */
const NO_THREAD = -1;

/**
 * Creates an event with a user.
 * @param time nanoseconds since the epoch
 */
export function userEvent(containerId: string, user: UserRecord, time: bigint): Uint8Array {
  const { uid, gid, name, home, shell } = user;
  return writeEvent(EventCode.USER_ADDED_E, NO_THREAD, time, [uid, gid, name, home, shell, containerId]);
}

/**
 * Creates an event with a group.
 * @param time nanoseconds since the epoch
 */
export function groupEvent(containerId: string, { gid, name }: GroupRecord, time: bigint): Uint8Array {
  return writeEvent(EventCode.GROUP_ADDED_E, NO_THREAD, time, [gid, name, containerId]);
}

/**
 * Reports accounts that the machine reads from files while it observes an event, or afterwards. A capture must contain
 * them before that event.
 * @param time returns the time of the last observed event, in nanoseconds since the epoch
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

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Whether a process can act as the user with this ID. */
export type IsUser = (uid: bigint) => boolean;

/** All users, for processes outside user namespaces. */
export const allUsers: IsUser = () => true;

/**
 * Returns the users that a process can act as: the users in its user namespace, and its own user. In the initial user
 * namespace, these are all users. User IDs are those of the machine.
 * @param proc the directory `/proc`
 * @throws Error if the process has exited
 */
export function usersOf(pid: number, proc = "/proc"): IsUser {
  const folder = join(proc, String(pid));
  const ranges = readFileSync(join(folder, "uid_map"), "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, first, count] = /^ *\d+ +(\d+) +(\d+)$/.exec(line) ?? [];
      return first === undefined || count === undefined ? [] : [{ first: BigInt(first), count: BigInt(count) }];
    });
  // In a user namespace without a map, processes keep the ID of their user.
  const [, own = ""] = /^Uid:\t(.*)$/m.exec(readFileSync(join(folder, "status"), "utf8")) ?? [];
  for (const uid of own.match(/\d+/g) ?? []) ranges.push({ first: BigInt(uid), count: 1n });
  return (uid) => ranges.some(({ first, count }) => uid >= first && uid < first + count);
}

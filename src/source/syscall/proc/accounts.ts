import { NO_ID } from "../../../event/constants.ts";
import type { GroupRecord, UserRecord } from "../../../event/snapshot.ts";

/** Maximum bytes of a name, a home directory or a shell, as in captures; longer ones are cut. */
const MAX_TEXT = 255;

/** Accounts of a machine or a container. */
export interface AccountRecords {
  readonly users: UserRecord[];
  readonly groups: GroupRecord[];
}

/** Accounts in the files of a root. @param read returns the content of a file below the root */
export function readAccounts(read: (path: string) => string | undefined): AccountRecords {
  return { users: usersIn(read("etc/passwd") ?? ""), groups: groupsIn(read("etc/group") ?? "") };
}

/** Users in the content of a file like `/etc/passwd`. */
function usersIn(content: string): UserRecord[] {
  const users: UserRecord[] = [];
  for (const line of lines(content)) {
    const [name = "", , uid, gid, , home = "", shell = ""] = line.split(":");
    if (isId(uid) && isId(gid))
      users.push({ uid: Number(uid), gid: Number(gid), name: cut(name), home: cut(home), shell: cut(shell) });
  }
  return users;
}

/** Groups in the content of a file like `/etc/group`. */
function groupsIn(content: string): GroupRecord[] {
  const groups: GroupRecord[] = [];
  for (const line of lines(content)) {
    const [name = "", , gid] = line.split(":");
    if (isId(gid)) groups.push({ gid: Number(gid), name: cut(name) });
  }
  return groups;
}

function lines(content: string): string[] {
  return content.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) < NO_ID;
}

/** The first bytes of a text, up to a NUL. */
function cut(text: string): string {
  const nul = text.indexOf("\0");
  return text.slice(0, nul < 0 ? MAX_TEXT : Math.min(nul, MAX_TEXT));
}

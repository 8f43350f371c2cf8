import type { GroupRecord, UserRecord } from "../../../event/snapshot.ts";
import { readText } from "./text.ts";

/** Users of a file like `/etc/passwd`; none if it cannot be read. */
export function readUsers(path: string): UserRecord[] {
  const users: UserRecord[] = [];
  for (const line of lines(path)) {
    const [name = "", , uid, gid, , home = "", shell = ""] = line.split(":");
    if (isId(uid) && isId(gid)) users.push({ uid: Number(uid), gid: Number(gid), name, home, shell });
  }
  return users;
}

/** Groups of a file like `/etc/group`; none if it cannot be read. */
export function readGroups(path: string): GroupRecord[] {
  const groups: GroupRecord[] = [];
  for (const line of lines(path)) {
    const [name = "", , gid] = line.split(":");
    if (isId(gid)) groups.push({ gid: Number(gid), name });
  }
  return groups;
}

function lines(path: string): string[] {
  return (readText(path) ?? "").split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/.test(text);
}

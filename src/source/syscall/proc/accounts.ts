import { NO_ID } from "../../../event/constants.ts";
import type { GroupRecord, UserRecord } from "../../../event/snapshot.ts";

/** Maximum length of a name, home directory or shell in captures, in bytes. Longer values are truncated. */
const MAX_TEXT = 255;

/** Minimum length at which V8 stores a substring as a reference to the whole string (SlicedString::kMinLength). */
const MIN_SLICE = 13;

/** User and group accounts of a machine or a container. */
export interface AccountRecords {
  readonly users: UserRecord[];
  readonly groups: GroupRecord[];
}

/** Maps an ID in a user namespace to the ID on the machine; undefined if the ID is not mapped. */
export type IdMap = (id: number) => number | undefined;

const same: IdMap = (id) => id;

/**
 * Reads the account files below a root.
 * @param read returns the content of a file, given its path below the root
 */
export function readAccounts(
  read: (path: string) => string | undefined,
  mapUid: IdMap = same,
  mapGid: IdMap = same,
): AccountRecords {
  return {
    users: usersIn(read("etc/passwd") ?? "", mapUid, mapGid),
    groups: groupsIn(read("etc/group") ?? "", mapGid),
  };
}

/** Parses the text of `/proc/PID/uid_map` or `gid_map`. */
export function idMap(text: string): IdMap {
  const ranges = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.trim().split(/\s+/).map(Number));
  return (id) => {
    for (const [inside = 0, outside = 0, count = 0] of ranges)
      if (id >= inside && id - inside < count) return outside + id - inside;
    return undefined;
  };
}

/** Parses the users of a file like `/etc/passwd`. */
function usersIn(content: string, mapUid: IdMap, mapGid: IdMap): UserRecord[] {
  const users: UserRecord[] = [];
  for (const line of lines(content)) {
    const [name = "", , inside, group, , home = "", shell = ""] = line.split(":");
    if (!isId(inside) || !isId(group)) continue;
    const uid = mapUid(Number(inside));
    if (uid === undefined) continue;
    const gid = mapGid(Number(group)) ?? NO_ID;
    users.push({ uid, gid, name: cut(name), home: cut(home), shell: cut(shell) });
  }
  return users;
}

/** Parses the groups of a file like `/etc/group`. */
function groupsIn(content: string, mapGid: IdMap): GroupRecord[] {
  const groups: GroupRecord[] = [];
  for (const line of lines(content)) {
    const [name = "", , inside] = line.split(":");
    const gid = isId(inside) ? mapGid(Number(inside)) : undefined;
    if (gid !== undefined) groups.push({ gid, name: cut(name) });
  }
  return groups;
}

function lines(content: string): string[] {
  return content.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) < NO_ID;
}

/**
 * Returns a string up to its first NUL, truncated to {@link MAX_TEXT} bytes. The result is a copy, because V8 would
 * keep the whole file in memory for a substring.
 */
function cut(text: string): string {
  const nul = text.indexOf("\0");
  const part = text.slice(0, nul < 0 ? MAX_TEXT : Math.min(nul, MAX_TEXT));
  return part.length < MIN_SLICE ? part : Buffer.from(part, "latin1").toString("latin1");
}

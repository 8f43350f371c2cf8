import { NO_ID } from "../event/constants.ts";
import type { GroupRecord, UserRecord } from "../event/snapshot.ts";
import { MISSING } from "./flags.ts";

/** Looks up an account of the host or of a container. */
export type AccountLookup = (
  containerId: string,
  pid: number,
) => { readonly users: readonly UserRecord[]; readonly groups: readonly GroupRecord[] } | undefined;

/** Maximum number of containers with stored accounts; further ones replace the oldest. */
const MAX_CONTAINERS = 4096;
/** Maximum number of accounts stored for the host or a container. */
const MAX_ACCOUNTS = 65_536;

/** Users and groups of the host (container id "") and of containers. */
export class Accounts {
  readonly users = new Map<number, UserRecord>();
  readonly groups = new Map<number, GroupRecord>();
  private readonly containerUsers = new Map<string, Map<number, UserRecord>>();
  private readonly containerGroups = new Map<string, Map<number, GroupRecord>>();
  private readonly lookup: AccountLookup | undefined;

  constructor(lookup: AccountLookup | undefined) {
    this.lookup = lookup;
  }

  user(containerId: string, uid: number): UserRecord | undefined {
    return containerId === "" ? this.users.get(uid) : this.containerUsers.get(containerId)?.get(uid);
  }

  group(containerId: string, gid: number): GroupRecord | undefined {
    return containerId === "" ? this.groups.get(gid) : this.containerGroups.get(containerId)?.get(gid);
  }

  /** Adds a user; a known one keeps its group. Name service entries (`+`, `-`) are ignored. */
  addUser(containerId: string, user: UserRecord): void {
    if (user.name.startsWith("+") || user.name.startsWith("-")) return;
    const users = containerId === "" ? this.users : tableOf(this.containerUsers, containerId);
    const before = users.get(user.uid);
    if (before === undefined && users.size >= MAX_ACCOUNTS) return;
    users.set(user.uid, { ...user, gid: before?.gid ?? user.gid });
  }

  addGroup(containerId: string, group: GroupRecord): void {
    if (group.name.startsWith("+") || group.name.startsWith("-")) return;
    const groups = containerId === "" ? this.groups : tableOf(this.containerGroups, containerId);
    if (groups.has(group.gid) || groups.size < MAX_ACCOUNTS) groups.set(group.gid, group);
  }

  /** Passes the accounts of each container to `pass`. */
  eachContainer(pass: (id: string, users: Iterable<UserRecord>, groups: Iterable<GroupRecord>) => void): void {
    const { containerUsers, containerGroups } = this;
    for (const id of new Set([...containerUsers.keys(), ...containerGroups.keys()]))
      pass(id, containerUsers.get(id)?.values() ?? [], containerGroups.get(id)?.values() ?? []);
  }

  removeUser(containerId: string, uid: number): void {
    if (containerId === "") this.users.delete(uid);
    else this.containerUsers.get(containerId)?.delete(uid);
  }

  removeGroup(containerId: string, gid: number): void {
    if (containerId === "") this.groups.delete(gid);
    else this.containerGroups.get(containerId)?.delete(gid);
  }

  removeContainer(containerId: string): void {
    this.containerUsers.delete(containerId);
    this.containerGroups.delete(containerId);
  }

  /** Looks up a user unless it is known. */
  ensureUser(containerId: string, pid: number, uid: number, gid: number): void {
    if (uid === NO_ID || this.user(containerId, uid) !== undefined) return;
    if (containerId === "" && uid === 0) {
      this.users.set(0, { uid: 0, gid, name: "root", home: "/root", shell: MISSING });
    } else {
      this.lookUp(containerId, pid);
    }
  }

  meetGroup(containerId: string, pid: number, gid: number): void {
    if (gid === NO_ID || this.group(containerId, gid) !== undefined) return;
    if (containerId === "" && gid === 0) this.groups.set(0, { gid: 0, name: "root" });
    else this.lookUp(containerId, pid);
  }

  private lookUp(containerId: string, pid: number): void {
    const found = this.lookup?.(containerId, pid);
    if (found === undefined) return;
    for (const user of found.users) this.addUser(containerId, user);
    for (const group of found.groups) this.addGroup(containerId, group);
  }

  clear(): void {
    this.users.clear();
    this.groups.clear();
    this.containerUsers.clear();
    this.containerGroups.clear();
  }
}

function tableOf<T>(tables: Map<string, Map<number, T>>, containerId: string): Map<number, T> {
  let table = tables.get(containerId);
  if (table === undefined) {
    if (tables.size >= MAX_CONTAINERS) for (const [eldest] of tables) if (tables.delete(eldest)) break;
    table = new Map();
    tables.set(containerId, table);
  }
  return table;
}

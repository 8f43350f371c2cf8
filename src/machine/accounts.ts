import { NO_ID } from "../event/constants.ts";
import type { GroupRecord, UserRecord } from "../event/snapshot.ts";
import { MISSING } from "./flags.ts";

/** Looks up an account of the host or of a container. */
export type AccountLookup = (
  containerId: string,
  pid: number,
) => { readonly users: readonly UserRecord[]; readonly groups: readonly GroupRecord[] } | undefined;

/** Receives accounts that were read from files: no event states them. */
export interface AccountWatcher {
  user(containerId: string, user: UserRecord): void;
  group(containerId: string, group: GroupRecord): void;
}

/** Whether captures contain an account: it is from an event or a snapshot, or was passed to the watcher. */
type Known<T> = T & { isRecorded: boolean };

/** Maximum number of accounts of a file that captures contain at once. Others follow when a process has their id. */
const MAX_LISTED = 256;
/** Maximum number of containers with stored accounts; further ones replace the oldest. */
const MAX_CONTAINERS = 4096;
/** Maximum number of accounts stored for the host or a container. */
const MAX_ACCOUNTS = 65_536;

/** Users and groups of the host (container id "") and of containers. */
export class Accounts {
  /** Called while an event is observed. */
  watcher: AccountWatcher | undefined = undefined;
  private readonly hostUsers = new Map<number, Known<UserRecord>>();
  private readonly hostGroups = new Map<number, Known<GroupRecord>>();
  private readonly containerUsers = new Map<string, Map<number, Known<UserRecord>>>();
  private readonly containerGroups = new Map<string, Map<number, Known<GroupRecord>>>();
  private readonly lookup: AccountLookup | undefined;

  constructor(lookup: AccountLookup | undefined) {
    this.lookup = lookup;
  }

  get users(): ReadonlyMap<number, UserRecord> {
    return this.hostUsers;
  }

  get groups(): ReadonlyMap<number, GroupRecord> {
    return this.hostGroups;
  }

  user(containerId: string, uid: number): UserRecord | undefined {
    return this.knownUser(containerId, uid);
  }

  group(containerId: string, gid: number): GroupRecord | undefined {
    return this.knownGroup(containerId, gid);
  }

  /**
   * Adds a user; a known one keeps its group. Name service entries (`+`, `-`) are ignored.
   * @param isRecorded whether captures contain it already
   */
  addUser(containerId: string, user: UserRecord, isRecorded = true): void {
    if (user.name.startsWith("+") || user.name.startsWith("-")) return;
    const users = containerId === "" ? this.hostUsers : tableOf(this.containerUsers, containerId);
    const before = users.get(user.uid);
    if (before === undefined && users.size >= MAX_ACCOUNTS) return;
    const { name, home, shell } = user;
    if (before?.name === name && before.home === home && before.shell === shell) return;
    users.set(user.uid, { ...user, gid: before?.gid ?? user.gid, isRecorded });
  }

  addGroup(containerId: string, group: GroupRecord, isRecorded = true): void {
    if (group.name.startsWith("+") || group.name.startsWith("-")) return;
    const groups = containerId === "" ? this.hostGroups : tableOf(this.containerGroups, containerId);
    const before = groups.get(group.gid);
    if (before === undefined && groups.size >= MAX_ACCOUNTS) return;
    if (before?.name !== group.name) groups.set(group.gid, { ...group, isRecorded });
  }

  /** Passes the accounts of each container that captures contain to `pass`. */
  eachContainer(pass: (id: string, users: Iterable<UserRecord>, groups: Iterable<GroupRecord>) => void): void {
    const { containerUsers, containerGroups } = this;
    for (const id of new Set([...containerUsers.keys(), ...containerGroups.keys()]))
      pass(id, recordedOf(containerUsers.get(id)), recordedOf(containerGroups.get(id)));
  }

  removeUser(containerId: string, uid: number): void {
    if (containerId === "") this.hostUsers.delete(uid);
    else this.containerUsers.get(containerId)?.delete(uid);
  }

  removeGroup(containerId: string, gid: number): void {
    if (containerId === "") this.hostGroups.delete(gid);
    else this.containerGroups.get(containerId)?.delete(gid);
  }

  removeContainer(containerId: string): void {
    this.containerUsers.delete(containerId);
    this.containerGroups.delete(containerId);
  }

  /** Looks up a user unless it is known. */
  ensureUser(containerId: string, pid: number, uid: number, gid: number): void {
    if (uid === NO_ID) return;
    if (this.knownUser(containerId, uid) === undefined) {
      if (containerId === "" && uid === 0)
        this.hostUsers.set(0, { uid: 0, gid, name: "root", home: "/root", shell: MISSING, isRecorded: true });
      else this.lookUp(containerId, pid);
    }
    this.recordUser(containerId, uid);
  }

  meetGroup(containerId: string, pid: number, gid: number): void {
    if (gid === NO_ID) return;
    if (this.knownGroup(containerId, gid) === undefined) {
      if (containerId === "" && gid === 0) this.hostGroups.set(0, { gid: 0, name: "root", isRecorded: true });
      else this.lookUp(containerId, pid);
    }
    this.recordGroup(containerId, gid);
  }

  /** Passes a user to the watcher, if it is known and captures do not contain it. */
  recordUser(containerId: string, uid: number): void {
    const user = this.knownUser(containerId, uid);
    if (user === undefined || user.isRecorded) return;
    user.isRecorded = true;
    this.watcher?.user(containerId, user);
  }

  private recordGroup(containerId: string, gid: number): void {
    const group = this.knownGroup(containerId, gid);
    if (group === undefined || group.isRecorded) return;
    group.isRecorded = true;
    this.watcher?.group(containerId, group);
  }

  private lookUp(containerId: string, pid: number): void {
    const found = this.lookup?.(containerId, pid);
    if (found === undefined) return;
    for (const user of found.users) this.addUser(containerId, user, false);
    for (const group of found.groups) this.addGroup(containerId, group, false);
    for (const { uid } of found.users.slice(0, MAX_LISTED)) this.recordUser(containerId, uid);
    for (const { gid } of found.groups.slice(0, MAX_LISTED)) this.recordGroup(containerId, gid);
  }

  private knownUser(containerId: string, uid: number): Known<UserRecord> | undefined {
    return containerId === "" ? this.hostUsers.get(uid) : this.containerUsers.get(containerId)?.get(uid);
  }

  private knownGroup(containerId: string, gid: number): Known<GroupRecord> | undefined {
    return containerId === "" ? this.hostGroups.get(gid) : this.containerGroups.get(containerId)?.get(gid);
  }

  clear(): void {
    this.hostUsers.clear();
    this.hostGroups.clear();
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

function recordedOf<T>(table: ReadonlyMap<number, Known<T>> | undefined): Known<T>[] {
  return table === undefined ? [] : [...table.values()].filter(({ isRecorded }) => isRecorded);
}

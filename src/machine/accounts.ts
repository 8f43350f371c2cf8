import { NO_ID } from "../event/constants.ts";
import type { GroupRecord, UserRecord } from "../event/snapshot.ts";
import { MISSING } from "./flags.ts";

/** Users and groups of the host or of a container. */
export interface AccountRecords {
  readonly users: readonly UserRecord[];
  readonly groups: readonly GroupRecord[];
}

/**
 * Reads the accounts of the host or of a container. Returns `later` if reading must be postponed, and undefined if the
 * accounts cannot be read.
 */
export type AccountLookup = (containerId: string, pid: number) => AccountRecords | "later" | undefined;

/** Receives accounts that were read from files because no event contains them. */
export interface AccountWatcher {
  user(containerId: string, user: UserRecord): void;
  group(containerId: string, group: GroupRecord): void;
}

/**
 * An account. `isRecorded` is true if captures already contain the account: it came from an event or a snapshot, or was
 * passed to the watcher.
 */
type Known<T> = T & { isRecorded: boolean };

/**
 * Maximum number of accounts from a file that are added to a capture at once. The remaining accounts are added when a
 * process uses them.
 */
const MAX_LISTED = 256;
/** Maximum number of containers with stored accounts. Above this limit, the oldest container is dropped. */
export const MAX_CONTAINERS = 16_384;
/** Maximum number of users, and of groups, stored for the host or for one container. */
const MAX_ACCOUNTS = 65_536;
/** Maximum number of accounts stored for all containers together. */
const MAX_STORED = 262_144;

interface Tables {
  readonly users: Map<number, Known<UserRecord>>;
  readonly groups: Map<number, Known<GroupRecord>>;
}

/** Users and groups on the host (container ID "") and in containers. */
export class Accounts {
  /** Called while an event is observed, or between two events. */
  watcher: AccountWatcher | undefined = undefined;
  private readonly host: Tables = { users: new Map(), groups: new Map() };
  private readonly containers = new Map<string, Tables>();
  /** Number of accounts stored for containers. */
  private stored = 0;
  private readonly lookup: ((containerId: string, pid: number) => AccountRecords | undefined) | undefined;

  constructor(lookup: ((containerId: string, pid: number) => AccountRecords | undefined) | undefined) {
    this.lookup = lookup;
  }

  get users(): ReadonlyMap<number, UserRecord> {
    return this.host.users;
  }

  get groups(): ReadonlyMap<number, GroupRecord> {
    return this.host.groups;
  }

  /** Whether the accounts of a container have been read, even if the container has none. */
  knows(containerId: string): boolean {
    return this.containers.has(containerId);
  }

  user(containerId: string, uid: number): UserRecord | undefined {
    return this.knownUser(containerId, uid);
  }

  group(containerId: string, gid: number): GroupRecord | undefined {
    return this.knownGroup(containerId, gid);
  }

  /**
   * Adds a user. A known user keeps its group. Name service entries (`+`, `-`) are ignored.
   * @param isRecorded whether captures already contain the user
   */
  addUser(containerId: string, user: UserRecord, isRecorded = true): void {
    if (user.name.startsWith("+") || user.name.startsWith("-")) return;
    const { users } = this.tablesOf(containerId);
    const before = users.get(user.uid);
    if (before === undefined && users.size >= MAX_ACCOUNTS) return;
    const { name, home, shell } = user;
    if (before?.name === name && before.home === home && before.shell === shell) return;
    users.set(user.uid, { ...user, gid: before?.gid ?? user.gid, isRecorded });
    if (before === undefined) this.added(containerId);
  }

  addGroup(containerId: string, group: GroupRecord, isRecorded = true): void {
    if (group.name.startsWith("+") || group.name.startsWith("-")) return;
    const { groups } = this.tablesOf(containerId);
    const before = groups.get(group.gid);
    if (before === undefined && groups.size >= MAX_ACCOUNTS) return;
    if (before?.name === group.name) return;
    groups.set(group.gid, { ...group, isRecorded });
    if (before === undefined) this.added(containerId);
  }

  /** Calls `pass` with the recorded accounts of each container. */
  eachContainer(pass: (id: string, users: Iterable<UserRecord>, groups: Iterable<GroupRecord>) => void): void {
    for (const [id, { users, groups }] of this.containers) pass(id, recordedOf(users), recordedOf(groups));
  }

  removeUser(containerId: string, uid: number): void {
    if (this.known(containerId)?.users.delete(uid) && containerId !== "") this.stored--;
  }

  removeGroup(containerId: string, gid: number): void {
    if (this.known(containerId)?.groups.delete(gid) && containerId !== "") this.stored--;
  }

  removeContainer(containerId: string): void {
    const tables = this.containers.get(containerId);
    if (tables === undefined) return;
    this.stored -= sizeOf(tables);
    this.containers.delete(containerId);
  }

  /** Looks up a user, reading the accounts if the user is unknown, and records the user (see `recordUser`). */
  ensureUser(containerId: string, pid: number, uid: number, gid: number): void {
    if (uid === NO_ID) return;
    if (this.knownUser(containerId, uid) === undefined) {
      if (containerId === "" && uid === 0)
        this.host.users.set(0, { uid: 0, gid, name: "root", home: "/root", shell: MISSING, isRecorded: true });
      else this.lookUp(containerId, pid);
    }
    this.recordUser(containerId, uid);
  }

  meetGroup(containerId: string, pid: number, gid: number): void {
    if (gid === NO_ID) return;
    if (this.knownGroup(containerId, gid) === undefined) {
      if (containerId === "" && gid === 0) this.host.groups.set(0, { gid: 0, name: "root", isRecorded: true });
      else this.lookUp(containerId, pid);
    }
    this.recordGroup(containerId, gid);
  }

  /** Passes a user to the watcher if the user is known and captures do not contain it yet. */
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
    this.tablesOf(containerId);
    for (const user of found.users) this.addUser(containerId, user, false);
    for (const group of found.groups) this.addGroup(containerId, group, false);
    for (const { uid } of found.users.slice(0, MAX_LISTED)) this.recordUser(containerId, uid);
    for (const { gid } of found.groups.slice(0, MAX_LISTED)) this.recordGroup(containerId, gid);
  }

  private known(containerId: string): Tables | undefined {
    return containerId === "" ? this.host : this.containers.get(containerId);
  }

  private knownUser(containerId: string, uid: number): Known<UserRecord> | undefined {
    return this.known(containerId)?.users.get(uid);
  }

  private knownGroup(containerId: string, gid: number): Known<GroupRecord> | undefined {
    return this.known(containerId)?.groups.get(gid);
  }

  private tablesOf(containerId: string): Tables {
    const known = this.known(containerId);
    if (known !== undefined) return known;
    if (this.containers.size >= MAX_CONTAINERS) {
      for (const oldest of this.containers.keys()) {
        this.removeContainer(oldest);
        break;
      }
    }
    const tables = { users: new Map(), groups: new Map() };
    this.containers.set(containerId, tables);
    return tables;
  }

  private added(containerId: string): void {
    if (containerId !== "" && ++this.stored > MAX_STORED) this.makeRoom();
  }

  /**
   * Removes the newest container that has at least the average number of accounts. A burst of new containers therefore
   * does not evict older containers first.
   */
  private makeRoom(): void {
    const average = this.stored / this.containers.size;
    let dropped = "";
    for (const [id, tables] of this.containers) if (sizeOf(tables) >= average) dropped = id;
    this.removeContainer(dropped);
  }

  clear(): void {
    this.host.users.clear();
    this.host.groups.clear();
    this.containers.clear();
    this.stored = 0;
  }
}

function sizeOf({ users, groups }: Tables): number {
  return users.size + groups.size;
}

function recordedOf<T>(table: ReadonlyMap<number, Known<T>>): Known<T>[] {
  return [...table.values()].filter(({ isRecorded }) => isRecorded);
}

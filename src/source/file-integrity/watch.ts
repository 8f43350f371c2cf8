import { posix } from "node:path";
import type { PackageFile } from "../../identity/packages/path-table.ts";
import { ActorNumbers } from "./actors.ts";
import { Baseline } from "./baseline.ts";
import { compare, isSame } from "./change.ts";
import { Fan, type FanEvent, type Fanotify, type Handle, handleOf, readEvents, watchExecution } from "./fanotify.ts";
import { findManagers } from "./managers.ts";
import type { Change, FoundBy, Manager, Owner, WatchCounts, WatchData, WatchMessage } from "./messages.ts";
import { Mounts } from "./mounts.ts";
import { openPackages, type Packages } from "./packages.ts";
import { hasMachineRoot } from "./process-root.ts";
import { RemovalWatch } from "./removal-watch.ts";
import { exclusion, findRoots, keysRoot, type Root } from "./roots.ts";
import { runningManagers } from "./running.ts";
import { type HashedState, nulTerminated, readState } from "./state.ts";
import { type Touch, Touches } from "./touches.ts";
import { directoryOf, Tree } from "./tree.ts";

const BUFFER = 256 << 10;
/** Maximum number of consecutive reads from the kernel queue before other tasks run. */
const READS = 16;
/** Maximum number of symbolic links of a package that are followed in a row. */
const MAX_LINKS = 8;
/** Types of events that may change the content of a path. */
const WRITTEN = Fan.MODIFY | Fan.CREATE | Fan.DELETE | Fan.RENAME | Fan.MOVED_FROM | Fan.MOVED_TO;

/** Options of a watch. */
export interface WatchOptions {
  readonly data: Omit<WatchData, "wake">;
  /** The fanotify group; undefined if it cannot be opened, in which case only scans find changes. */
  readonly fanotify: Fanotify | undefined;
  send(message: WatchMessage): void;
}

/** Turns kernel events into changes, and keeps the tree and the baseline current. */
export class Watch {
  readonly baseline: Baseline;
  readonly tree: Tree;
  readonly roots: Root[];
  readonly packages: Packages;
  /** Watches for removed files; undefined without fanotify. */
  readonly removals: RemovalWatch | undefined;
  /** Watches for mounts over watched paths; undefined if the mounts of the machine cannot be read. */
  readonly mounts: Mounts | undefined;
  private readonly options: WatchOptions;
  private readonly prefix: string;
  private readonly touches: Touches;
  private readonly actors: ActorNumbers;
  private readonly buffer = new Uint8Array(BUFFER);
  private readonly executables = new Map<Handle, Manager>();
  private readonly managerPaths = new Set<string>();
  private pending: Change[] = [];
  /** Whether a scan is required because the kernel dropped events. */
  scanWanted = false;
  private isLimitReported = false;
  events = 0;
  overflows = 0;
  scans = 0;
  hashedBytes = 0;

  constructor(options: WatchOptions) {
    const { data, fanotify } = options;
    this.options = options;
    this.prefix = data.hostRoot === "/" ? "" : data.hostRoot.replace(/\/$/, "");
    this.baseline = new Baseline(data.baseline);
    this.roots = findRoots(data.paths, data.defaults, data.hostRoot);
    const excludes = exclusion(data.exclude);
    this.tree = new Tree(fanotify, this.roots, {
      ...{ maxDirectories: data.maxDirectories, maxFiles: data.maxFiles },
      isExcluded: (path) => excludes(path.slice(this.prefix.length)),
    });
    this.touches = new Touches((path) => this.baseline.get(path), data.quiet, data.longest);
    this.actors = new ActorNumbers(data.hostRoot);
    this.packages = openPackages(data.hostRoot);
    if (typeof data.packages === "object") this.packages.share(data.packages);
    this.mounts = openMounts(this.prefix, (path) => this.isHiddenBy(path));
    if (fanotify === undefined) return;
    const { prefix, actors } = this;
    this.removals = new RemovalWatch({
      data,
      fanotify,
      prefix,
      actors,
      isCovered: (path) => this.tree.covers(path),
      appeared: (path) => this.appeared(path),
    });
    try {
      this.watchManagers(fanotify);
      const runs = runningManagers([...this.executables.values()], data.hostRoot);
      if (runs.length > 0) this.options.send({ kind: "runs", runs });
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Watches a new SSH key directory of a user. The files already in it are reported without an actor, since the queue
   * for home directories is not ordered relative to executions.
   */
  private appeared(path: string): void {
    const root = this.options.data.defaults ? keysRoot(path.slice(this.prefix.length)) : undefined;
    if (root === undefined || !this.tree.isOther(path)) return;
    if (!this.roots.some((each) => each.path === path)) this.roots.push({ ...root, path });
    this.adopt(path, 0, Date.now());
  }

  /**
   * Whether a mount at this path hides watched files. Mounts of home directories are common, and can hide only keys that
   * appear again when the directory is mounted.
   */
  private isHiddenBy(path: string): boolean {
    const whole = this.prefix + path;
    if (this.tree.covers(whole)) return true;
    return !/^\/home(\/|$)/.test(path) && this.roots.some((root) => root.path.startsWith(`${whole}/`));
  }

  /** Directories at which a scan begins. */
  get starts(): readonly string[] {
    return [...new Set(this.roots.map(directoryOf))];
  }

  counts(): WatchCounts {
    const { tree, events, overflows, scans, hashedBytes } = this;
    const entries = this.baseline.size;
    const directories = tree.size + (this.removals?.size ?? 0);
    return { directories, files: tree.watchedFiles, entries, events, overflows, scans, hashedBytes };
  }

  /** Whether there is an incomplete change of a path. */
  isPending(path: string): boolean {
    return this.touches.has(path);
  }

  /** Time until a change may be complete, in milliseconds; undefined if none is pending. */
  wait(now: number): number | undefined {
    const removal = this.removals?.wait(now);
    const waits = [removal, this.touches.wait(now), this.mounts?.wait(now)].filter((each) => each !== undefined);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  /** Reads the queued events. */
  read(now: number): void {
    const { fanotify } = this.options;
    if (fanotify === undefined) return;
    for (let i = 0; i < READS; i++) {
      const events = readEvents(fanotify, this.buffer);
      if (events === undefined) break;
      for (const event of events) this.take(event, now);
      this.events += events.length;
      this.sendActors();
    }
    this.removals?.read(this.buffer, now);
    this.sendActors();
  }

  private sendActors(): void {
    const actors = this.actors.take();
    if (actors.length > 0) this.options.send({ kind: "actors", actors });
  }

  private take(event: FanEvent, now: number): void {
    const { mask, tid, object, place, to } = event;
    if ((mask & Fan.Q_OVERFLOW) !== 0) {
      this.overflows++;
      this.scanWanted = true;
      this.options.send({ kind: "trouble", what: "overflow", reason: "the kernel dropped file events" });
      return;
    }
    if ((mask & Fan.OPEN_EXEC) !== 0) {
      this.ran(object, tid, now);
      if ((mask & ~Fan.OPEN_EXEC) === 0) return;
    }
    const isOfNames = this.removals?.take(event, now) === true;
    const path = place && this.tree.pathOf(place);
    const target = to && this.tree.pathOf(to);
    const isDirectory = (mask & Fan.ONDIR) !== 0;
    if (path === undefined && target === undefined) {
      const file = object === undefined || isOfNames ? undefined : this.tree.fileOf(object);
      if (file !== undefined) this.touches.add(file, mask, this.actors.of(tid), now);
      return;
    }
    const covered = path !== undefined && this.tree.covers(path) ? path : undefined;
    const targetCovered = target !== undefined && this.tree.covers(target) ? target : undefined;
    if (covered === undefined && targetCovered === undefined) return;
    const actor = this.actors.of(tid);
    if (covered !== undefined && targetCovered !== undefined) {
      this.touches.rename(covered, targetCovered, actor, now);
      if (isDirectory) this.moveDirectory(covered, targetCovered, actor, now);
      return;
    }
    if (covered !== undefined) {
      this.touches.add(covered, mask, actor, now);
      if (isDirectory && (mask & (Fan.DELETE | Fan.RENAME | Fan.MOVED_FROM)) !== 0) this.replace(covered, actor, now);
      if (isDirectory && (mask & (Fan.CREATE | Fan.MOVED_TO)) !== 0) this.adopt(covered, actor, now);
    }
    if (targetCovered !== undefined) {
      this.touches.add(targetCovered, mask, actor, now);
      if (isDirectory) this.adopt(targetCovered, actor, now);
    }
  }

  private ran(object: Handle | undefined, tid: number, time: number): void {
    const manager = object === undefined ? undefined : this.executables.get(object);
    this.actors.renew(tid);
    this.sendActors(); // An earlier change by the same thread must come before the execution.
    if (manager === undefined) return;
    const isHere = hasMachineRoot(this.options.data.hostRoot, tid);
    // Undefined: the thread has already exited. Log programs run longer, so they are still running here.
    if (isHere === true || (isHere === undefined && manager.kind !== "logs"))
      this.options.send({ kind: "runs", runs: [{ tid, time, manager }] });
  }

  /** Watches a new directory, and reports the files that are already in it. */
  private adopt(path: string, actor: number, now: number): void {
    if (!this.tree.descends(path) || !this.tree.add(path)) return;
    for (const entry of this.tree.list(path) ?? []) {
      this.touches.add(entry.path, Fan.CREATE, actor, now);
      if (entry.isDirectory) this.adopt(entry.path, actor, now);
    }
  }

  /** Watches the directory that is now at a path, if there is one, instead of the one that was there. */
  private replace(path: string, actor: number, now: number): void {
    this.tree.remove(path);
    this.adopt(path, actor, now);
  }

  /** Updates paths after a directory was renamed. Reads no files, because the directory may have been renamed again. */
  private moveDirectory(from: string, to: string, actor: number, now: number): void {
    if (this.tree.hasDirectory(to)) {
      // The directories were exchanged, or the target was empty. The kernel reports an exchange as two renames, so the
      // paths of the entries cannot be derived from the events.
      this.replace(from, actor, now);
      this.replace(to, actor, now);
      this.scanWanted = true;
      return;
    }
    this.touches.moveTree(from, to);
    this.baseline.moveTree(from, to);
    if (this.tree.descends(to)) this.tree.move(from, to);
    else this.tree.remove(from);
  }

  private sendMounts(now: number): void {
    const found = this.mounts?.take(now);
    if (found === undefined) return;
    const { mounts, others, isPartial } = found;
    if (mounts.length > 0) this.options.send({ kind: "mounts", mounts, time: now });
    if (others > 0) this.sendTrouble(`${others} more mounts over watched paths are not reported individually`);
    if (isPartial) this.sendTrouble("the machine has too many mounts to find all mounts over watched paths");
  }

  private sendTrouble(reason: string): void {
    this.options.send({ kind: "trouble", what: "limit", reason });
  }

  /** Sends the changes, removals and mounts that are complete. */
  complete(now: number): void {
    this.sendMounts(now);
    const ready = this.touches.take(now);
    if (ready.length > 0)
      this.baseline.together(() => {
        for (const touch of ready) this.completeOne(touch);
      });
    this.flush();
    const removals = this.removals?.complete(now) ?? [];
    if (removals.length > 0) this.options.send({ kind: "removals", removals });
    const { tree } = this;
    if ((tree.isFull || this.removals?.isFull === true) && !this.isLimitReported) {
      this.isLimitReported = true;
      this.sendTrouble(
        `only the first ${tree.size} directories are watched for file integrity (sources.file_integrity.max_directories)`,
      );
    }
  }

  /** Sends complete changes. */
  flush(): void {
    const { pending } = this;
    if (pending.length === 0) return;
    this.pending = [];
    this.options.send({ kind: "changes", changes: pending });
  }

  private completeOne(touch: Touch): void {
    const { path, from, created, mask, first, events, actors, moreActors, isMoved } = touch;
    const { after, owner } = this.look(path);
    const before = touch.before ?? (from !== undefined && after !== undefined ? undefined : touch.before);
    const touched = { created, written: (mask & WRITTEN) !== 0, renamed: from !== undefined };
    const comparison = compare(before, after, touched);
    this.store(path, after);
    if (comparison === undefined || (comparison.kind === "deleted" && isMoved)) return;
    this.report({
      ...comparison,
      ...{ path, from: from?.path, before: before ?? from?.state, after, time: first, events },
      ...{ foundBy: "event", owner, moreActors, actors: actors.filter((actor) => actor > 0) },
    });
  }

  /** Reads a file and finds the package that owns it. */
  look(path: string): { readonly after: HashedState | undefined; readonly owner: Owner | undefined } {
    const own = path.slice(this.prefix.length);
    const packaged = this.packages.ownerOf(own);
    const { after, matches } = this.compareWith(packaged, path);
    if (packaged === undefined) return { after, owner: undefined };
    if (after?.target === undefined) return { after, owner: { package: packaged.package, matches } };
    return {
      after,
      owner: { package: packaged.package, matches: this.linkMatches(packaged.package, own, after.target) },
    };
  }

  /** Reads a file and compares its content with the checksum in its package. */
  private compareWith(
    packaged: PackageFile | undefined,
    path: string,
  ): { readonly after: HashedState | undefined; readonly matches: boolean | undefined } {
    const checksum = packaged?.checksum;
    const other = checksum === undefined || checksum.algorithm === "sha256" ? undefined : checksum.algorithm;
    const after = readState(path, this.options.data.maxHash, other);
    if (after?.sha256 !== undefined) this.hashedBytes += after.size;
    const found = other === undefined ? after?.sha256 : after?.other;
    return { after, matches: checksum === undefined || found === undefined ? undefined : found === checksum.hex };
  }

  /**
   * Whether a symbolic link of a package points to a file of the same package with the recorded checksum. Package
   * databases do not record link targets, and an upgrade changes the targets of library links.
   * @returns undefined if the link points to another file, because the package may contain such a link
   */
  private linkMatches(owner: string, link: string, target: string): true | undefined {
    let at = posix.resolve(posix.dirname(link), target);
    for (let links = 0; links < MAX_LINKS; links++) {
      const packaged = this.packages.ownerOf(at);
      if (packaged?.package !== owner) return undefined;
      const { after, matches } = this.compareWith(packaged, this.prefix + at);
      if (after?.target === undefined) return matches === true ? true : undefined;
      at = posix.resolve(posix.dirname(at), after.target);
    }
    return undefined;
  }

  /** Records a state in the baseline. */
  store(path: string, state: HashedState | undefined): void {
    if (state === undefined) {
      this.baseline.removeTree(path);
      this.tree.removeFile(path);
      if (this.tree.hasDirectory(path)) this.tree.remove(path);
      return;
    }
    this.baseline.set(path, state);
    if (state.type === "file") this.tree.addFile(path);
    const { fanotify } = this.options;
    if (fanotify !== undefined && this.managerPaths.has(path)) this.watchManagers(fanotify);
  }

  /** Reports a change that a scan found. */
  found(path: string, before: HashedState | undefined, foundBy: FoundBy): void {
    let { after, owner } = this.look(path);
    if (owner === undefined) {
      this.packages.refresh(); // the package may have been installed since the last read
      ({ after, owner } = this.look(path));
    }
    const comparison = compare(before, after, { created: false, written: false, renamed: false });
    this.store(path, after);
    if (comparison === undefined || isSame(before, after)) return;
    const time = Date.now();
    this.report({
      ...comparison,
      ...{ path, from: undefined, before, after, time, events: 0, foundBy, owner, actors: [], moreActors: false },
    });
  }

  /**
   * Compares files that a package manager has changed with the package database.
   * @returns the packages, and the changes to files that belong to no package or differ from the checksum
   */
  verify(changes: readonly Change[]): { readonly packages: readonly string[]; readonly rest: readonly Change[] } {
    this.packages.refresh();
    const packages = new Set<string>();
    const rest: Change[] = [];
    for (const change of changes) {
      const { after, owner } = this.look(this.prefix + change.path);
      const name = owner?.package ?? change.owner?.package;
      if (name !== undefined) packages.add(name);
      if (owner?.matches === false || (name === undefined && after !== undefined))
        rest.push({ ...change, after, owner });
    }
    return { packages: [...packages].sort(), rest };
  }

  private report(change: Change): void {
    const { length } = this.prefix;
    const { path, from } = change;
    this.pending.push({ ...change, path: path.slice(length), from: from?.slice(length) });
  }

  private watchManagers(fanotify: Fanotify): void {
    const { managers, hostRoot } = this.options.data;
    for (const manager of findManagers(managers, hostRoot, this.packages)) {
      for (const own of manager.paths) {
        const path = this.prefix + own;
        const bytes = nulTerminated(path);
        const handle = handleOf(bytes);
        if (handle === undefined || watchExecution(fanotify, bytes) !== 0) continue;
        this.executables.set(handle, manager);
        this.managerPaths.add(path);
      }
    }
  }

  /** Closes the baseline and the queue for home directories. The common queue stays open. */
  close(): void {
    this.baseline.close();
    this.removals?.close();
    this.mounts?.close();
  }
}

/** Opens the mounts of the machine's first process; undefined if that is not possible. */
function openMounts(prefix: string, isWatched: (path: string) => boolean): Mounts | undefined {
  try {
    return new Mounts(`${prefix}/proc/1/mountinfo`, isWatched);
  } catch {
    return undefined;
  }
}

import { lstatSync } from "node:fs";
import { joined } from "./baseline.ts";
import { Fan, type FanEvent } from "./fanotify.ts";
import type { FoundBy, Removal, RemovalKind } from "./messages.ts";
import { EXISTING, listNames, type Named, type RemovalDirectory, type RemovalTree } from "./removal-tree.ts";
import { elapsed, pathBytes } from "./state.ts";

/** Age up to which a file is new, in milliseconds. Removals of a new file by its creator are not reported. */
const NEW = 60_000;
/** Maximum number of individually reported removals per directory and period. Additional removals share one report. */
const MAX_EACH = 100;
/** Length of the period of {@link MAX_EACH}, in milliseconds. */
const PERIOD = 10_000;
/** Maximum number of actors of a removal. */
const MAX_ACTORS = 8;

const NAMES = Fan.CREATE | Fan.DELETE | Fan.RENAME | Fan.MOVED_FROM | Fan.MOVED_TO;
const GONE = Fan.DELETE | Fan.RENAME | Fan.MOVED_FROM;
const APPEARED = Fan.CREATE | Fan.MOVED_TO;

/** Options of {@link Removals}. */
export interface RemovalsOptions {
  readonly tree: RemovalTree;
  /** Delay before a removal is reported, in milliseconds, so that its process is known by then. */
  readonly quiet: number;
  /** Whether removals are ordered relative to executions of managers. */
  readonly isOrdered: boolean;
  /** Returns the actor number of a thread; 0: unknown. */
  actorOf(tid: number): number;
  /** Returns the process ID of a thread. */
  processOf(tid: number): number;
  /** Whether changes to this path are reported. If so, its removal is reported as a change instead. */
  isCovered(path: string): boolean;
}

interface Pending extends Removal {
  readonly directory: string;
  kind: RemovalKind;
  other: string | undefined;
  events: number;
  foundBy: FoundBy;
  actors: readonly number[];
  moreActors: boolean;
}

/** Number of individual reports for a directory in the current period, and the shared report of additional removals. */
interface Rest {
  readonly began: number;
  each: number;
  more: number;
  kind: RemovalKind;
  first: number;
  readonly actors: Set<number>;
  moreActors: boolean;
}

/** Turns kernel events into removals: files that were deleted, moved away or replaced. */
export class Removals {
  readonly tree: RemovalTree;
  private readonly options: RemovalsOptions;
  private readonly pending = new Map<string, Pending>();
  /** Old paths of moved files with pending removals, by new path. */
  private readonly moved = new Map<string, string>();
  private readonly rests = new Map<string, Rest>();

  constructor(options: RemovalsOptions) {
    this.options = options;
    this.tree = options.tree;
  }

  /** Watches new directories, and reports removed names for which there was no event. */
  scan(foundBy: FoundBy, now: number): void {
    for (const directory of this.tree.all()) {
      const entries = listNames(directory.path);
      if (entries === undefined) continue;
      const present = new Set(entries.map(({ name }) => name));
      for (const name of [...directory.names.keys()])
        if (!present.has(name) && !exists(joined(directory.path, name))) {
          this.tree.forget(directory, name);
          this.report(joined(directory.path, name), "deleted", directory, { actor: 0, now, foundBy });
        }
      for (const { name, isDirectory } of entries) {
        if (!directory.names.has(name) && this.tree.reports(directory, name))
          this.tree.remember(directory, name, { since: now, pid: 0 });
        if (isDirectory) this.tree.adopt(joined(directory.path, name), directory, now);
      }
    }
    for (const path of this.tree.starts) this.tree.adopt(path, undefined, 0);
  }

  /** Processes an event. @returns whether the event is about a name in one of the directories */
  take({ mask, tid, place, to }: FanEvent, now: number): boolean {
    if ((mask & NAMES) === 0) return false;
    const { tree } = this;
    const from = place && tree.at(place.directory);
    const target = to && tree.at(to.directory);
    const isDirectory = (mask & Fan.ONDIR) !== 0;
    if (target !== undefined && to !== undefined) {
      const source = from && place && { directory: from, name: place.name };
      this.renamed(source, { directory: target, name: to.name }, isDirectory, tid, now);
      return true;
    }
    if (from === undefined || place === undefined) return false;
    if ((mask & GONE) !== 0) this.gone(from, place.name, mask, tid, now);
    if ((mask & APPEARED) !== 0) this.appeared(from, place.name, mask, tid, now);
    return true;
  }

  private gone(directory: RemovalDirectory, name: string, mask: number, tid: number, now: number): void {
    const { tree } = this;
    const path = joined(directory.path, name);
    const isDirectory = (mask & Fan.ONDIR) !== 0;
    const kind = (mask & Fan.DELETE) !== 0 ? "deleted" : "moved";
    if (isDirectory) tree.remove(path);
    if (!tree.reports(directory, name)) return;
    const known = tree.forget(directory, name);
    // The kernel may merge the create and delete events of a name. Before Linux 5.17, events do not contain the new
    // path of a moved file. A new file that is moved was probably renamed within this directory.
    const isTemporary =
      known === undefined
        ? (mask & Fan.CREATE) !== 0
        : this.isOwn(known, tid, now) || ((mask & Fan.MOVED_FROM) !== 0 && isNew(known, now));
    if (isTemporary || (isDirectory && kind === "deleted")) return;
    this.report(path, kind, directory, { actor: this.options.actorOf(tid), now, foundBy: "event" });
  }

  private appeared(directory: RemovalDirectory, name: string, mask: number, tid: number, now: number): void {
    const { tree } = this;
    const path = joined(directory.path, name);
    if (tree.reports(directory, name) && ((mask & GONE) === 0 || exists(path))) {
      const known = directory.names.get(name);
      // Before Linux 5.17, a rename is two events.
      if (known !== undefined && (mask & Fan.MOVED_TO) !== 0 && !this.isTemporary(known, tid, now))
        this.report(path, "replaced", directory, { actor: this.options.actorOf(tid), now, foundBy: "event" });
      tree.remember(directory, name, { since: now, pid: this.options.processOf(tid) });
    }
    if ((mask & Fan.ONDIR) !== 0) tree.adopt(path, directory, now);
  }

  private renamed(source: Spot | undefined, target: Spot, isDirectory: boolean, tid: number, now: number): void {
    const { tree } = this;
    const path = joined(target.directory.path, target.name);
    const from = source && joined(source.directory.path, source.name);
    const isOurs = source !== undefined && tree.reports(source.directory, source.name);
    const moved = isOurs ? (tree.forget(source.directory, source.name) ?? EXISTING) : undefined;
    const isReported = tree.reports(target.directory, target.name);
    const replaced = isReported ? tree.forget(target.directory, target.name) : undefined;
    const how = () => ({ actor: this.options.actorOf(tid), now, foundBy: "event" as const });
    if (replaced !== undefined && !this.isTemporary(replaced, tid, now))
      this.report(path, "replaced", target.directory, how(), from);
    // Report both paths, because an exception for one of them must not hide the other.
    if (source !== undefined && from !== undefined && moved !== undefined && !isNew(moved, now))
      this.report(from, "moved", source.directory, how(), path);
    if (isReported)
      tree.remember(target.directory, target.name, moved ?? { since: now, pid: this.options.processOf(tid) });
    if (!isDirectory) return;
    if (from === undefined) tree.adopt(path, target.directory, now);
    else {
      tree.move(from, path);
      tree.appeared(path);
    }
  }

  /** Whether the process of a thread created the file recently. */
  private isOwn(named: Named, tid: number, now: number): boolean {
    return isNew(named, now) && named.pid !== 0 && named.pid === this.options.processOf(tid);
  }

  /**
   * Whether the replaced file is temporary. A scan may have seen the new file before its event was read, so a new file
   * without a known process counts as well.
   */
  private isTemporary(named: Named, tid: number, now: number): boolean {
    return this.isOwn(named, tid, now) || (isNew(named, now) && named.pid === 0);
  }

  private report(
    path: string,
    kind: RemovalKind,
    { path: directory }: RemovalDirectory,
    { actor, now, foundBy }: { readonly actor: number; readonly now: number; readonly foundBy: FoundBy },
    other?: string,
  ): void {
    if (this.options.isCovered(path) && !this.tree.isRoot(path)) return;
    const origin = kind === "replaced" ? undefined : this.moved.get(path);
    const known = this.pending.get(origin ?? path);
    if (known === undefined) {
      if (other !== undefined && kind === "moved") this.moved.set(other, path);
      const actors = actor > 0 ? [actor] : [];
      const rest = {
        files: 1,
        events: foundBy === "event" ? 1 : 0,
        foundBy,
        actors,
        moreActors: false,
        isOrdered: this.options.isOrdered,
      };
      this.pending.set(path, { path, directory, kind, other, time: now, ...rest });
      return;
    }
    known.events++;
    if (known.foundBy !== "event") known.foundBy = foundBy; // the event was read after the scan
    if (actor > 0 && known.actors.length < MAX_ACTORS) known.actors = [...new Set([...known.actors, actor])];
    else if (foundBy === "event") known.moreActors ||= !known.actors.includes(actor);
    if (origin === undefined) return;
    // Programs that shred a file rename it several times before they delete it.
    known.kind = kind;
    known.other = other;
    this.moved.delete(path);
    if (other !== undefined) this.moved.set(other, origin);
  }

  /** Removes and returns the removals whose delay has elapsed, and the shared reports whose period has ended. */
  complete(now: number): Removal[] {
    const ready: Removal[] = [];
    for (const removal of this.pending.values()) {
      if (elapsed(removal.time, now) < this.options.quiet) break; // they are ordered by time
      this.pending.delete(removal.path);
      if (removal.other !== undefined) this.moved.delete(removal.other);
      if (this.isEach(removal)) ready.push(removal);
    }
    for (const [directory, rest] of this.rests) {
      if (elapsed(rest.began, now) < PERIOD) continue;
      this.rests.delete(directory);
      if (rest.more > 0) ready.push({ ...summary(directory, rest), isOrdered: this.options.isOrdered });
    }
    return ready;
  }

  /** Counts a removal. @returns whether it is reported individually */
  private isEach({ directory, kind, time, actors, moreActors }: Pending): boolean {
    let rest = this.rests.get(directory);
    if (rest === undefined) {
      rest = { began: time, each: 0, more: 0, kind, first: time, actors: new Set(), moreActors: false };
      this.rests.set(directory, rest);
    }
    if (rest.each < MAX_EACH) {
      rest.each++;
      return true;
    }
    if (rest.more === 0) rest.first = time;
    rest.more++;
    rest.moreActors ||= moreActors || actors.length === 0;
    for (const actor of actors) {
      if (rest.actors.size < MAX_ACTORS) rest.actors.add(actor);
      else rest.moreActors ||= !rest.actors.has(actor);
    }
    return false;
  }

  /** Time until the next report is complete, in milliseconds; undefined if none is pending. */
  wait(now: number): number | undefined {
    const [first] = this.pending.values();
    const [rest] = this.rests.values();
    const next = Math.min(
      first === undefined ? Number.POSITIVE_INFINITY : first.time + this.options.quiet,
      rest === undefined ? Number.POSITIVE_INFINITY : rest.began + PERIOD,
    );
    return Number.isFinite(next) ? Math.max(next - now, 1) : undefined;
  }
}

/** A name in a directory. */
interface Spot {
  readonly directory: RemovalDirectory;
  readonly name: string;
}

/** Builds the shared report of several removals. */
function summary(directory: string, { more, kind, first, actors, moreActors }: Rest): Omit<Removal, "isOrdered"> {
  return {
    ...{ path: directory, kind, other: undefined, time: first, events: more, files: more, foundBy: "event" },
    ...{ actors: [...actors], moreActors },
  };
}

function isNew({ since }: Named, now: number): boolean {
  return elapsed(since, now) < NEW;
}

function exists(path: string): boolean {
  try {
    lstatSync(pathBytes(path));
    return true;
  } catch {
    return false;
  }
}

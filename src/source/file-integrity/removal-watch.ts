import { closeDescriptor } from "../syscall/libc.ts";
import type { ActorNumbers } from "./actors.ts";
import { Fan, type FanEvent, type Fanotify, openFanotify, readEvents } from "./fanotify.ts";
import type { FoundBy, Removal, WatchData } from "./messages.ts";
import { findRemovalRoots, type RemovalRoot } from "./removal-roots.ts";
import { RemovalTree } from "./removal-tree.ts";
import { Removals } from "./removals.ts";
import { matching } from "./roots.ts";
import { elapsed } from "./state.ts";

/** Maximum number of consecutive reads from the kernel queue for home directories before other tasks run. */
const READS = 4;
/** Minimum interval between two scans of home directories after dropped events, in milliseconds. */
const SCAN_PAUSE = 1000;

/** Options that {@link RemovalWatch} shares with `Watch`. */
export interface RemovalWatchOptions {
  readonly data: Omit<WatchData, "wake">;
  readonly fanotify: Fanotify;
  /** Mount point of the machine's root, without a trailing slash. */
  readonly prefix: string;
  readonly actors: ActorNumbers;
  /** Whether changes to this path are reported. */
  isCovered(path: string): boolean;
  /** Called with each subdirectory of a watched directory that may be new. */
  appeared(path: string): void;
}

/**
 * Detects removals of logs and history files. Home directories have their own kernel queue, so that a user who fills it
 * cannot hide changes in other directories.
 */
export class RemovalWatch {
  private readonly options: RemovalWatchOptions;
  private readonly logs: Removals;
  private readonly homes: Removals;
  /**
   * The fanotify group for home directories; undefined if there are no home directories to watch, or if the kernel does
   * not allow another group.
   */
  private readonly group: Fanotify | undefined;
  private scannedAt = 0;
  private scanWanted = false;

  constructor(options: RemovalWatchOptions) {
    const { data, fanotify } = options;
    this.options = options;
    const roots = findRemovalRoots(data.removals, data.defaults, data.hostRoot);
    const opened = roots.homes.length > 0 ? openFanotify() : undefined;
    this.group = typeof opened === "number" ? undefined : opened;
    this.logs = this.open(fanotify, roots.logs, true);
    this.homes = this.open(this.group ?? fanotify, roots.homes, this.group === undefined);
  }

  private open(fanotify: Fanotify, roots: readonly RemovalRoot[], isOrdered: boolean): Removals {
    const { data, prefix, actors, isCovered, appeared } = this.options;
    const excludes = matching(data.exclude);
    const isExcluded = (path: string): boolean => excludes(path.slice(prefix.length));
    const tree = new RemovalTree(fanotify, roots, { maxDirectories: data.maxDirectories, isExcluded }, appeared);
    const actorOf = (tid: number): number => actors.of(tid);
    const processOf = (tid: number): number => actors.processOf(tid);
    return new Removals({ tree, quiet: data.quiet, isOrdered, actorOf, processOf, isCovered });
  }

  /** Descriptor of the queue for home directories; undefined if there is no separate queue. */
  get fd(): number | undefined {
    return this.group?.fd;
  }

  /** Number of watched directories. */
  get size(): number {
    return this.logs.tree.size + this.homes.tree.size;
  }

  get isFull(): boolean {
    return this.logs.tree.isFull || this.homes.tree.isFull;
  }

  /** Watches new directories, and finds removals for which there was no event. */
  scan(foundBy: FoundBy, now: number): void {
    this.logs.scan(foundBy, now);
    this.homes.scan(foundBy, now);
  }

  /** Processes an event of the common queue. @returns whether the event is about a name in a watched directory */
  take(event: FanEvent, now: number): boolean {
    const isOfLogs = this.logs.take(event, now);
    return this.group === undefined ? this.homes.take(event, now) || isOfLogs : isOfLogs;
  }

  /** Reads the queue for home directories. */
  read(buffer: Uint8Array, now: number): void {
    const { group, homes } = this;
    if (group === undefined) return;
    for (let i = 0; i < READS; i++) {
      const events = readEvents(group, buffer);
      if (events === undefined) break;
      for (const event of events) {
        if ((event.mask & Fan.Q_OVERFLOW) !== 0) this.scanWanted = true;
        else homes.take(event, now);
      }
    }
    if (!this.scanWanted || elapsed(this.scannedAt, now) < SCAN_PAUSE) return;
    this.scanWanted = false;
    this.scannedAt = now;
    homes.scan("scan", now);
  }

  close(): void {
    if (this.group !== undefined) closeDescriptor(this.group.fd);
  }

  /** Returns the complete removals, with paths relative to the machine's root. */
  complete(now: number): readonly Removal[] {
    const { length } = this.options.prefix;
    const found = [...this.logs.complete(now), ...this.homes.complete(now)];
    return found.map((each) => ({ ...each, path: each.path.slice(length), other: each.other?.slice(length) }));
  }

  /** Time until the next removal is complete or the next scan, in milliseconds; undefined if there is neither. */
  wait(now: number): number | undefined {
    const waits = [this.logs.wait(now), this.homes.wait(now)].filter((each) => each !== undefined);
    if (this.scanWanted) waits.push(SCAN_PAUSE);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }
}

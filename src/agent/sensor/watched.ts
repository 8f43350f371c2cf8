import { type FSWatcher, watch } from "node:fs";
import type { WatchedFiles } from "../../condition/watched-files.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import type { LiveSource } from "../../source/syscall/live.ts";
import { HeldInodes } from "../../source/syscall/watched/inodes.ts";
import { type ResolvedWatch, resolveWatched } from "../../source/syscall/watched/objects.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { hostRoot } from "./host-root.ts";
import { needsOf } from "./needs.ts";

/**
 * Interval between lookups of the watched files, in milliseconds. Lookups find changes without a directory
 * notification.
 */
const INTERVAL = 10_000;
/**
 * Delay of a lookup after a change, if the last lookup was more than `PAUSE` ago, and otherwise. In milliseconds.
 */
const [GATHER, GATHER_MANY, PAUSE] = [20, 250, 1000];
/** Maximum number of directories watched for changes. */
const MAX_FOLLOWED = 256;

/** Returns the watched files with their current inodes, as tables for the sensor. */
export function watchedTables(rules: readonly LoadedRule[]): Uint8Array {
  return resolveWatched(needsOf(rules).files, hostRoot).bytes;
}

export interface WatchedOptions {
  readonly live: LiveSource;
  /** Mount point of the machine's root. */
  readonly root: string;
  readonly files: WatchedFiles;
  readonly log: Log;
}

/** Keeps the inodes of watched files up to date in the sensor, since a replaced file has a new inode. */
export class WatchedObjects {
  private readonly live: LiveSource;
  private readonly root: string;
  private readonly log: Log;
  private readonly inodes: HeldInodes;
  private files: WatchedFiles;
  private current: ResolvedWatch;
  private readonly followed = new Map<string, FSWatcher>();
  private readonly interval: NodeJS.Timeout;
  private pending: NodeJS.Timeout | undefined;
  private refreshedAt = Number.NEGATIVE_INFINITY;

  constructor({ live, root, files, log }: WatchedOptions) {
    this.live = live;
    this.root = root;
    this.log = log;
    this.files = files;
    this.inodes = new HeldInodes(root);
    this.current = resolveWatched(files, root, this.inodes);
    live.watch(this.current.bytes);
    this.interval = setInterval(() => this.refresh(), INTERVAL).unref();
    this.report();
    this.follow();
  }

  /** Watches the files of a new ruleset. */
  apply(files: WatchedFiles): void {
    this.files = files;
    this.refresh();
    this.report();
  }

  close(): void {
    clearInterval(this.interval);
    clearTimeout(this.pending);
    for (const watcher of this.followed.values()) watcher.close();
    this.followed.clear();
    this.inodes.close();
  }

  private refresh(): void {
    this.pending = undefined;
    this.refreshedAt = performance.now();
    const before = this.current.bytes;
    this.current = resolveWatched(this.files, this.root, this.inodes);
    if (Buffer.compare(before, this.current.bytes) !== 0) this.live.watch(this.current.bytes);
    this.follow();
  }

  private delay(): number {
    return performance.now() - this.refreshedAt > PAUSE ? GATHER : GATHER_MANY;
  }

  private report(): void {
    if (this.current.left > 0) this.log(logLines.watchedObjectsLeft(this.current.left));
  }

  /** Watches the directories that contain watched files. */
  private follow(): void {
    const wanted = new Set(this.current.parents.slice(0, MAX_FOLLOWED));
    for (const [path, watcher] of this.followed) {
      if (wanted.has(path)) continue;
      watcher.close();
      this.followed.delete(path);
    }
    for (const path of wanted) {
      if (this.followed.has(path)) continue;
      const watcher = followDirectory(path, (type) => {
        if (type === "rename") this.pending ??= setTimeout(() => this.refresh(), this.delay()).unref();
      });
      if (watcher !== undefined) this.followed.set(path, watcher);
    }
  }
}

/**
 * Calls `changed` at each change in a directory. Returns undefined if the directory cannot be watched; changes are then
 * found only by the periodic lookups.
 */
function followDirectory(path: string, changed: (type: string) => void): FSWatcher | undefined {
  try {
    return watch(path, { persistent: false }, changed).on("error", () => undefined);
  } catch {
    return undefined;
  }
}

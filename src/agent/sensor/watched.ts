import { type FSWatcher, watch } from "node:fs";
import { addWatchedFiles, noWatchedFiles, type WatchedFiles } from "../../condition/watched-files.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import type { LiveSource } from "../../source/syscall/live.ts";
import { HeldInodes } from "../../source/syscall/watched/inodes.ts";
import { type ResolvedWatch, resolveWatched } from "../../source/syscall/watched/objects.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { hostRoot } from "./live.ts";

/** Milliseconds between lookups of the watched files, to find changes that no directory reports. */
const INTERVAL = 10_000;
/** Milliseconds for which changes are collected: after a pause, and otherwise; and the length of a pause. */
const [GATHER, GATHER_MANY, PAUSE] = [20, 250, 1000];
/** Maximum number of directories watched for changes. */
const MAX_FOLLOWED = 256;

/** The files whose real paths rules test. */
export function watchedFiles(rules: readonly LoadedRule[]): WatchedFiles {
  const files = noWatchedFiles();
  for (const { bound } of rules) addWatchedFiles(bound.condition, files);
  return files;
}

/** Tables of the current watched files for the sensor. */
export function watchedTables(rules: readonly LoadedRule[]): Uint8Array {
  return resolveWatched(watchedFiles(rules), hostRoot).bytes;
}

export interface WatchedOptions {
  readonly live: LiveSource;
  /** Mount point of the machine's root. */
  readonly root: string;
  readonly files: WatchedFiles;
  readonly log: Log;
}

/** Keeps the inodes of watched files up to date: a replaced file has a new inode. */
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

  /** Watches the files of new rules. */
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

  /** Watches the directories with watched files. */
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
 * Calls `changed` at each change. Undefined if the directory cannot be watched; the periodic lookup finds its changes.
 */
function followDirectory(path: string, changed: (type: string) => void): FSWatcher | undefined {
  try {
    return watch(path, { persistent: false }, changed).on("error", () => undefined);
  } catch {
    return undefined;
  }
}

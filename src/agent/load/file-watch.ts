import { createHash } from "node:crypto";
import { existsSync, type FSWatcher, readFileSync, realpathSync, statSync, watch } from "node:fs";
import { dirname, resolve } from "node:path";
import { configFilesAt } from "../../config/config-files.ts";
import { limits } from "../../rule/limits.ts";
import { filesAt } from "./rule-files.ts";

/** Time without changes after which files are checked, in milliseconds, since editors write a file in several steps. */
const SETTLE_TIME = 100;
/** Maximum time by which subsequent changes delay the check of the files, in milliseconds. */
const MAX_DELAY = 500;
/**
 * Interval between comparisons of the content, in milliseconds. Comparisons find changes that no watch reports, for
 * example if the kernel's watch limit is reached, or if a symbolic link to a parent directory changes.
 */
const COMPARE = 60_000;

export interface FileWatchOptions {
  /** Called when a directory cannot be watched, and not again until all directories can be watched. */
  unwatched?(folder: string, reason: string): void;
  /** Default: {@link COMPARE}. */
  readonly compareEvery?: number;
}

/**
 * Kind of a path: a configuration file, a rule file or a directory of rule files, or a path in `config_files`. Some
 * files in a directory of rule files are skipped, while all files in a configuration directory are read.
 */
export type Watched = string | { readonly config: string };

export interface FileWatch {
  /** Watches these paths in place of the previous paths. `known` is the digest of the loaded content. */
  follow(paths: readonly Watched[], known: string): void;
  close(): void;
}

/**
 * Reports changes to the content of files: writes, replacement by rename, and changed symbolic links (as in a
 * ConfigMap). Ignores other files in the same directory, and writes of unchanged content.
 */
export function watchFiles(changed: () => void, options: FileWatchOptions = {}): FileWatch {
  let followed: readonly Watched[] = [];
  let watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  let comparing: NodeJS.Timeout | undefined;
  let isIncomplete = false;
  let since = 0;
  let known = "";

  /** Watches the parent directories of the files, since the watch on a file ends when the file is replaced. */
  function open(): void {
    const before = watchers;
    watchers = [];
    let failed: readonly [folder: string, reason: string] | undefined;
    for (const folder of new Set(followed.map(pathOf).flatMap(foldersOf))) {
      try {
        const watcher = watch(folder, { persistent: false }, soon);
        watcher.on("error", soon);
        watchers.push(watcher);
      } catch (error) {
        if (!existsSync(folder)) continue; // the directory has just been removed
        failed ??= [folder, error instanceof Error ? error.message : String(error)];
      }
    }
    for (const watcher of before) watcher.close();
    if (failed !== undefined && !isIncomplete) options.unwatched?.(...failed);
    isIncomplete = failed !== undefined;
  }

  function soon(): void {
    const now = performance.now();
    if (timer === undefined) since = now;
    else if (now - since > MAX_DELAY) return;
    clearTimeout(timer);
    timer = setTimeout(look, SETTLE_TIME);
  }

  function look(): void {
    timer = undefined;
    // Opens the watches before reading the content, so that no change is missed.
    open();
    const now = contentOf(followed);
    if (now === known) return;
    known = now;
    changed();
  }

  function compare(): void {
    if (isIncomplete || contentOf(followed) !== known) soon();
  }

  return {
    follow(paths, content) {
      followed = paths;
      known = content;
      comparing ??= setInterval(compare, options.compareEvery ?? COMPARE).unref();
      open();
      soon(); // the content may have changed since
    },
    close() {
      clearTimeout(timer);
      clearInterval(comparing);
      timer = undefined;
      comparing = undefined;
      for (const watcher of watchers.splice(0)) watcher.close();
    },
  };
}

/** Directories to watch for changes to a path and, if the path is a symbolic link, to its target. */
function foldersOf(path: string): string[] {
  const absolute = resolve(path);
  const folders = [existing(dirname(absolute))];
  try {
    const real = realpathSync(absolute);
    folders.push(statSync(real).isDirectory() ? real : dirname(real));
  } catch {
    // The path does not exist yet.
  }
  return folders;
}

function existing(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : existing(dirname(folder));
}

/** The content of a file; size and modification time if the file is too large to load or not a regular file. */
function contentOrSize(name: string): Buffer | string {
  const stat = statSync(name);
  if (stat.isFile() && stat.size <= limits.fileBytes) return readFileSync(name);
  return `${stat.size} ${stat.mtimeMs}`;
}

export function pathOf(watched: Watched): string {
  return typeof watched === "string" ? watched : watched.config;
}

/** Returns the files that are read at a path. Throws if the path cannot be read. */
export function filesOf(watched: Watched): string[] {
  return typeof watched === "string" ? filesAt(watched) : configFilesAt(watched.config);
}

/**
 * Returns a digest of the content of files.
 * @param paths files and directories, which may not exist
 */
export function contentOf(paths: readonly Watched[]): string {
  const hash = createHash("sha256");
  for (const path of paths) {
    try {
      for (const name of filesOf(path)) hash.update(`${name}\0`).update(contentOrSize(name)).update("\0");
    } catch {
      hash.update(`${pathOf(path)}\0none\0`);
    }
  }
  return hash.digest("hex");
}

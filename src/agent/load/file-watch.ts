import { createHash } from "node:crypto";
import { existsSync, type FSWatcher, readFileSync, realpathSync, statSync, watch } from "node:fs";
import { dirname, resolve } from "node:path";
import { filesAt } from "./rule-files.ts";

/** Milliseconds without a change before files are looked at: editors and package managers write in several steps. */
const SETTLE_TIME = 100;
/** Milliseconds after which they are looked at although changes go on, as beside a file that is always written to. */
const MAX_DELAY = 500;

export interface FileWatch {
  /** Watches these from now on, whose content was `known` when it was last used. */
  follow(paths: readonly string[], known: string): void;
  close(): void;
}

/**
 * Calls when the content of files has changed: whether they are written in place, replaced by a rename, or reached by
 * a symbolic link that now leads elsewhere (as a ConfigMap's). Other files beside them, and writing the same again,
 * change nothing.
 */
export function watchFiles(changed: () => void): FileWatch {
  let followed: readonly string[] = [];
  let watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  let since = 0;
  let known = "";

  /** Folders are watched, not files: a file that is replaced takes its watch with it. */
  function open(): void {
    const before = watchers;
    watchers = [];
    for (const folder of new Set(followed.flatMap(foldersOf))) {
      try {
        const watcher = watch(folder, { persistent: false }, soon);
        watcher.on("error", soon);
        watchers.push(watcher);
      } catch {
        // It has just gone, or may not be read: its parent tells when that changes.
      }
    }
    for (const watcher of before) watcher.close();
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
    // First the watches, then the content: so no change falls between.
    open();
    const now = contentOf(followed);
    if (now === known) return;
    known = now;
    changed();
  }

  return {
    follow(paths, content) {
      followed = paths;
      known = content;
      open();
      soon(); // it may have changed since
    },
    close() {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** The folders in which something happens when what a path leads to changes. */
function foldersOf(path: string): string[] {
  const absolute = resolve(path);
  const folders = [existing(dirname(absolute))];
  try {
    const real = realpathSync(absolute);
    folders.push(statSync(real).isDirectory() ? real : dirname(real));
  } catch {
    // Not there yet.
  }
  return folders;
}

function existing(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : existing(dirname(folder));
}

/**
 * What files hold, in short: equal texts for equal content.
 * @param paths files, and folders of rule files; also those that don't exist
 */
export function contentOf(paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) {
    try {
      for (const name of filesAt(path)) hash.update(`${name}\0`).update(readFileSync(name)).update("\0");
    } catch {
      hash.update(`${path}\0none\0`);
    }
  }
  return hash.digest("hex");
}

import { type FSWatcher, watch } from "node:fs";

/** Folders that are watched; in others changes are seen when somebody looks. */
const MOST_WATCHED = 128;

export interface Folders {
  /** Watches these from now on, and no others. */
  follow(folders: readonly string[]): void;
  close(): void;
}

/**
 * Tells of changes in folders, where the system tells.
 * @param grown called with the name of a file that was written to
 * @param moved called when files came, went or have other names
 */
export function watchFolders(grown: (name: string) => void, moved: () => void): Folders {
  const watched = new Map<string, FSWatcher>();

  function stop(folder: string): void {
    watched.get(folder)?.close();
    watched.delete(folder);
  }

  function begin(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (kind, name) => {
        if (kind === "change" && name !== null) grown(name);
        else moved();
      });
      watcher.on("error", () => stop(folder));
      watched.set(folder, watcher);
    } catch {
      // It may not be there yet, or not be watched: then it is looked at time and again.
    }
  }

  return {
    follow(folders) {
      const wanted = new Set(folders.slice(0, MOST_WATCHED));
      for (const folder of watched.keys()) if (!wanted.has(folder)) stop(folder);
      for (const folder of wanted) if (!watched.has(folder)) begin(folder);
    },
    close() {
      for (const folder of watched.keys()) stop(folder);
    },
  };
}

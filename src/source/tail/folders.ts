import { type FSWatcher, watch } from "node:fs";

/** Maximum number of watched directories. Changes in other directories are found by polling. */
const MAX_WATCHED = 128;

export interface Folders {
  /** Sets the directories to watch. */
  follow(folders: readonly string[]): void;
  close(): void;
}

/**
 * Watches directories for changes, if the system supports it.
 * @param grown called with the name of a file that has grown
 * @param moved called when files were created, removed or renamed
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
      // The directory does not exist yet or cannot be watched. Changes are found by polling.
    }
  }

  return {
    follow(folders) {
      const wanted = new Set(folders.slice(0, MAX_WATCHED));
      for (const folder of watched.keys()) if (!wanted.has(folder)) stop(folder);
      for (const folder of wanted) if (!watched.has(folder)) begin(folder);
    },
    close() {
      for (const folder of watched.keys()) stop(folder);
    },
  };
}

import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Stage } from "./action.ts";

export const SHARED_MEMORY = "/dev/shm";

/** The files of a drill. They are in a separate directory, unless an action needs another location. */
export interface StageFiles
  extends Pick<Stage, "folder" | "path" | "device" | "system" | "owned" | "hidden" | "file" | "copy" | "alias"> {
  /** Removes all files of the drill. */
  remove(): void;
}

export function openFiles(): StageFiles {
  const folder = mkdtempSync(join(tmpdir(), "eyas-drill-"));
  // Programs that run as another user need access to this directory.
  chmodSync(folder, 0o755);
  let sharedFolder: string | undefined;

  const outside = new Set<string>();

  function pathOf(name: string): string {
    if (!name.startsWith(`${SHARED_MEMORY}/`)) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      return path;
    }
    sharedFolder ??= mkdtempSync(join(SHARED_MEMORY, "eyas-drill-"));
    return join(sharedFolder, basename(name));
  }

  /**
   * Returns a path for a new file. Removes an existing link at the path, because writing to it would change a program
   * of the machine.
   */
  function freePath(name: string): string {
    const path = pathOf(name);
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(path);
    return path;
  }

  function owned(path: string): string {
    outside.add(path);
    return path;
  }

  return {
    folder,
    path: freePath,
    owned,
    system: (directory, name) => owned(join(directory, `${basename(folder)}-${name}`)),
    device: (name) => owned(`/dev/${basename(folder)}-${name}`),
    hidden: (name) => owned(`${SHARED_MEMORY}/.${basename(folder)}-${name}`),
    file(name, content) {
      const path = freePath(name);
      writeFileSync(path, content);
      return path;
    },
    copy(name, program) {
      const path = freePath(name);
      copyFileSync(program, path);
      chmodSync(path, 0o755);
      return path;
    },
    alias(name, program) {
      const path = pathOf(name);
      rmSync(path, { force: true });
      symlinkSync(program, path);
      return path;
    },
    remove() {
      for (const path of outside) rmSync(path, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
      if (sharedFolder !== undefined) rmSync(sharedFolder, { recursive: true, force: true });
    },
  };
}

import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { O_PATH } from "../../../event/fcntl.ts";

/** Maximum number of files per path: the current file and earlier files. */
const MAX_SAME_PATH = 4;

/** A file that has, or had, a watched path. */
export interface HeldFile {
  readonly inode: bigint;
  readonly device: bigint;
}

interface Held extends HeldFile {
  readonly fd: number;
}

/**
 * Keeps watched files open, so that their inode numbers are not reused. A renamed file is then still recognized, and a
 * new file never gets the inode number of a watched file. Only files on the root file system are kept open, since an
 * open file would prevent the unmounting of other file systems.
 */
export class HeldInodes {
  private readonly rootDevice: bigint;
  private held = new Map<string, Held[]>();
  private next = new Map<string, Held[]>();

  /** @param root mount point of the host's root directory */
  constructor(root: string) {
    this.rootDevice = statSync(root, { bigint: true }).dev;
  }

  /** Keeps the file at a path open. @returns the existing files that have, or had, the path */
  hold(place: string): readonly HeldFile[] {
    const files = (this.held.get(place) ?? []).filter((file) => !closedIfRemoved(file));
    this.held.delete(place);
    const current = open(place, this.rootDevice);
    if (current !== undefined) {
      if (files.some(({ inode }) => inode === current.inode)) closeSync(current.fd);
      else files.push(current);
    }
    while (files.length > MAX_SAME_PATH) closeSync(files.shift()?.fd ?? -1);
    this.next.set(place, files);
    return files;
  }

  /** Closes the files of paths for which {@link hold} was not called since the last call of `settle`. */
  settle(): void {
    for (const files of this.held.values()) for (const { fd } of files) closeSync(fd);
    this.held = this.next;
    this.next = new Map();
  }

  close(): void {
    this.settle();
    this.settle();
  }
}

function open(place: string, device: bigint): Held | undefined {
  let fd: number;
  try {
    fd = openSync(place, O_PATH);
  } catch {
    return undefined;
  }
  const stat = fstatSync(fd, { bigint: true });
  if (stat.isFile() && stat.dev === device) return { fd, inode: stat.ino, device: stat.dev };
  closeSync(fd);
  return undefined;
}

function closedIfRemoved({ fd }: Held): boolean {
  if (fstatSync(fd).nlink > 0) return false;
  closeSync(fd);
  return true;
}

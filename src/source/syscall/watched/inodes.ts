import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { O_PATH } from "../../../event/fcntl.ts";

/** Maximum number of files per path: the current one and earlier ones. */
const MAX_SAME_PATH = 4;

/** A file that currently has a path, or had it before. */
export interface HeldFile {
  readonly inode: bigint;
  readonly device: bigint;
}

interface Held extends HeldFile {
  readonly fd: number;
}

/**
 * Keeps inodes of watched files in use, so that their numbers are not reused. A renamed file is still recognized, and a
 * new file never gets the number of a removed file. Only files of the root file system are held, since it is never
 * unmounted.
 */
export class HeldInodes {
  private readonly rootDevice: bigint;
  private held = new Map<string, Held[]>();
  private next = new Map<string, Held[]>();

  /** @param root mount point of the host's root directory */
  constructor(root: string) {
    this.rootDevice = statSync(root, { bigint: true }).dev;
  }

  /** Holds the file at a path. @returns the existing files that have or had the path */
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

  /** Closes the files of paths that were not held again since the last call. */
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

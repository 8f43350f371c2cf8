import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, unlinkSync } from "node:fs";
import { basename, dirname, normalize } from "node:path/posix";
import { closeDescriptor, FileFlag, flagsOf, openBelow, putFlags, Resolve, xattrsOf } from "./libc.ts";

const O_PATH = 0o10_000_000;
/** A path means what it says: nothing on it leads elsewhere. */
const STRAIGHT = Resolve.IN_ROOT | Resolve.NO_MAGICLINKS | Resolve.NO_SYMLINKS;

/** A regular file that is open, so that it stays the same whatever its name comes to mean. */
export interface TakenFile {
  /** Open for reading. */
  readonly fd: number;
  readonly stat: BigIntStats;
  readonly xattrs: ReadonlyMap<string, Buffer>;
  /** What chattr(1) has set. */
  readonly flags: number;
  /**
   * Takes the name away from the file.
   * @throws Error with one sentence where the name is another file's by now, or it can't be done
   */
  remove(): void;
  close(): void;
}

/** Why a path can't be one that a process opened by that name. */
export function whyNoPath(path: string): string | undefined {
  if (!path.startsWith("/")) return `"${path}" is no file that has a path`;
  if (path === "/" || path.endsWith("/") || normalize(path) !== path || path.includes("\0"))
    return `"${path}" is no plain path`;
  return undefined;
}

/**
 * Opens a file below a root. Symbolic links are not followed: who can make one could have any file taken.
 * @throws Error (SystemError: ENOENT where there is none, ELOOP where a link is on the way)
 */
export function takeFile(root: number, path: string): TakenFile {
  const parent = openBelow(root, dirname(path), O_PATH | constants.O_DIRECTORY, STRAIGHT);
  const name = `/proc/self/fd/${parent}/${basename(path)}`;
  let fd: number | undefined;
  try {
    const entry = openBelow(root, path, O_PATH | constants.O_NOFOLLOW, STRAIGHT);
    try {
      // Opening a device or a pipe does something: what it is, is looked at first.
      if (!fstatSync(entry).isFile()) throw new Error("it is no regular file");
      fd = openSync(`/proc/self/fd/${entry}`, constants.O_RDONLY);
    } finally {
      closeDescriptor(entry);
    }
    const opened = fd;
    const stat = fstatSync(opened, { bigint: true });
    const flags = flagsOf(opened);
    return {
      fd,
      stat,
      xattrs: xattrsOf(fd),
      flags,
      remove: () => unlinkIf(name, stat, opened, flags),
      close() {
        closeSync(opened);
        closeDescriptor(parent);
      },
    };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    closeDescriptor(parent);
    throw error;
  }
}

/** Who could change the name between the look and the deed could have removed the file as well. */
function unlinkIf(name: string, { dev, ino }: BigIntStats, fd: number, flags: number): void {
  const found = lstatSync(name, { bigint: true });
  if (found.dev !== dev || found.ino !== ino) throw new Error("its name is another file's by now");
  const held = FileFlag.IMMUTABLE | FileFlag.APPEND_ONLY;
  const isHeld = (flags & held) !== 0;
  if (isHeld) putFlags(fd, flags & ~held);
  try {
    unlinkSync(name);
  } catch (error) {
    if (isHeld) putFlags(fd, flags);
    throw error;
  }
}

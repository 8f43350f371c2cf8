import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, unlinkSync } from "node:fs";
import { basename, dirname, normalize } from "node:path/posix";
import { O_PATH } from "../../../event/fcntl.ts";
import { closeDescriptor, FileFlag, flagsOf, openBelow, putFlags, Resolve, xattrsOf } from "./libc.ts";

/** Path resolution without symbolic links. */
const STRAIGHT = Resolve.IN_ROOT | Resolve.NO_MAGICLINKS | Resolve.NO_SYMLINKS;

/** An open regular file. It refers to the same file even if another file is created at the path. */
export interface RegularFile {
  /** Descriptor for reading. */
  readonly fd: number;
  readonly stat: BigIntStats;
  /** Status of the directory that contains the file. */
  readonly folder: BigIntStats;
  readonly xattrs: ReadonlyMap<string, Buffer>;
  /** Attributes of chattr(1). */
  readonly flags: number;
  /**
   * Unlinks the file.
   * @throws Error with a message for the user if the path now belongs to another file, or unlinking fails
   */
  remove(): void;
  close(): void;
}

/** Returns the reason why a path cannot be the path of a file that a process opened; undefined if it can. */
export function invalidPath(path: string): string | undefined {
  if (!path.startsWith("/")) return `"${path}" is not an absolute path`;
  if (path === "/" || path.endsWith("/") || normalize(path) !== path || path.includes("\0"))
    return `"${path}" is not a normalized path`;
  return undefined;
}

/**
 * Opens a file below a root directory. Symbolic links are not followed, because they could lead to any file.
 * @throws Error (SystemError: ENOENT if the file does not exist, ELOOP if the path contains a link)
 */
export function openRegularFile(root: number, path: string): RegularFile {
  const parent = openBelow(root, dirname(path), O_PATH | constants.O_DIRECTORY, STRAIGHT);
  const name = `/proc/self/fd/${parent}/${basename(path)}`;
  let fd: number | undefined;
  try {
    const entry = openBelow(root, path, O_PATH | constants.O_NOFOLLOW, STRAIGHT);
    try {
      // The type is checked first, because opening a device or pipe has side effects.
      if (!fstatSync(entry).isFile()) throw new Error("it is not a regular file");
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
      folder: fstatSync(parent, { bigint: true }),
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

/**
 * Unlinks a path if it still refers to the file. Between the check and the unlink, a user can replace the path, but
 * only a user who could have removed the file anyway.
 */
function unlinkIf(name: string, { dev, ino }: BigIntStats, fd: number, flags: number): void {
  const found = lstatSync(name, { bigint: true });
  if (found.dev !== dev || found.ino !== ino) throw new Error("its path now belongs to another file");
  const locked = FileFlag.IMMUTABLE | FileFlag.APPEND_ONLY;
  const isLocked = (flags & locked) !== 0;
  if (isLocked) putFlags(fd, flags & ~locked);
  try {
    unlinkSync(name);
  } catch (error) {
    if (isLocked) putFlags(fd, flags);
    throw error;
  }
}

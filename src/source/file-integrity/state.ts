import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { byteString } from "../../event/bytes.ts";
import { O_PATH } from "../../event/fcntl.ts";
import { closeDescriptor, extendedAttribute, openWithoutLinks, readLinkOf } from "../syscall/libc.ts";

export type FileType = "file" | "directory" | "symlink" | "fifo" | "socket" | "device";

/** The recorded state of a file. Strings are byte strings; times are in microseconds since the epoch. */
export interface FileState {
  readonly type: FileType;
  /** Permission bits, including set-user-ID, set-group-ID and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly ctime: number;
  readonly inode: number;
  /** Number of hard links. */
  readonly links: number;
  /** Target of a symbolic link. */
  readonly target?: string | undefined;
  /** The extended attribute security.capability in hexadecimal; "" if there is none. */
  readonly capability?: string | undefined;
  /** Hash of the content; undefined if the file is larger than the limit or has not been read yet. */
  readonly sha256?: string | undefined;
}

/** Hash algorithms of package databases, other than SHA-256. */
export type OtherHash = "md5" | "sha1";

/** A file state, with an additional hash if one was requested. */
export interface HashedState extends FileState {
  readonly other?: string | undefined;
}

const O_CLOEXEC = 0o2000000;
/** Buffer for the part of a file that is being hashed. Hashing is synchronous, so one buffer is enough. */
const chunk = Buffer.allocUnsafeSlow(256 << 10);
const CAPABILITY = nulTerminated("security.capability");

/** Returns the milliseconds since a time; infinity if the time is in the future, as after the clock was set back. */
export function elapsed(since: number, now: number): number {
  return now < since ? Number.POSITIVE_INFINITY : now - since;
}

/** Converts a byte string to a NUL-terminated path for the kernel. */
export function nulTerminated(path: string): Buffer {
  return Buffer.from(`${path}\0`, "latin1");
}

/** Converts a byte string to a path for functions of Node.js. */
export function pathBytes(path: string): Buffer {
  return Buffer.from(path, "latin1");
}

/** Converts the result of stat(2) to a file state. */
export function stateOf(stats: Stats): FileState {
  return {
    type: typeOf(stats),
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    size: stats.size,
    mtime: Math.round(stats.mtimeMs * 1000),
    ctime: Math.round(stats.ctimeMs * 1000),
    inode: stats.ino,
    links: stats.nlink,
  };
}

function typeOf(stats: Stats): FileType {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symlink";
  if (stats.isFIFO()) return "fifo";
  return stats.isSocket() ? "socket" : "device";
}

/**
 * Reads the state of a file. Does not follow symbolic links in the path, and does not open FIFOs or devices.
 * @param most maximum size of a file that is hashed, in bytes
 * @param other an additional hash to compute
 * @returns undefined if there is no file or it cannot be read
 */
export function readState(path: string, most: number, other?: OtherHash): HashedState | undefined {
  const fd = openWithoutLinks(nulTerminated(path), O_PATH | O_CLOEXEC | constants.O_NOFOLLOW);
  if (fd < 0) return undefined;
  try {
    const state = stateOf(fstatSync(fd));
    if (state.type === "symlink") {
      const target = readLinkOf(fd);
      return target === undefined ? state : { ...state, target: byteString(target, 0, target.length) };
    }
    if (state.type !== "file") return state;
    // The descriptor refers to the inode, even if the path now refers to another file.
    const own = `/proc/self/fd/${fd}`;
    const value = extendedAttribute(nulTerminated(own), CAPABILITY);
    const capability = value === undefined ? "" : Buffer.from(value).toString("hex");
    if (state.size > most) return { ...state, capability };
    return { ...state, capability, ...hashFile(own, most, other) };
  } catch {
    return undefined; // the file was removed, or the file system does not respond
  } finally {
    closeDescriptor(fd); // fs.closeSync warns about descriptors that fs.openSync did not open
  }
}

function hashFile(path: string, most: number, other: OtherHash | undefined): { sha256?: string; other?: string } {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const sha256 = createHash("sha256");
    const second = other && createHash(other);
    let rest = most;
    for (let count = readSync(fd, chunk); count > 0; count = readSync(fd, chunk)) {
      rest -= count;
      if (rest < 0) return {}; // the file has grown
      const part = chunk.subarray(0, count);
      sha256.update(part);
      second?.update(part);
    }
    return { sha256: sha256.digest("hex"), ...(second && { other: second.digest("hex") }) };
  } catch {
    return {};
  } finally {
    closeSync(fd);
  }
}

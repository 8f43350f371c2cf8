import { createHash } from "node:crypto";
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
} from "node:fs";
import { O_PATH } from "../event/fcntl.ts";
import { isForeignOverlay, isRemote, mountAt, mountsOf } from "./mounts.ts";
import type { Algorithm } from "./packages/path-table.ts";

/** Buffer for reading a file in parts. One buffer is enough, because hashing is synchronous. */
const buffer = Buffer.allocUnsafeSlow(1 << 18);
/** Mode bits for write permission of group and others. */
const OTHERS_WRITE = 0o022n;

/** An executable to examine. Text is stored as byte strings. */
export interface Executable {
  /** The process that runs the executable. */
  readonly pid: number;
  /** The parent of the process. */
  readonly ppid: number;
  /** Path of the executable, relative to the root directory of the process. */
  readonly path: string;
  readonly ino: bigint;
  /** Change time: nanoseconds since the epoch. */
  readonly ctime: bigint;
  /** Modification time: nanoseconds since the epoch. */
  readonly mtime: bigint;
  /** Whether the process has just called exec. */
  readonly isStarting: boolean;
}

/**
 * Reason why an executable has no hash. `gone`: the file was not found. `changed`: the file has changed since its
 * execution, or while it was read. `remote`: the file is on a network or FUSE file system, or on an overlay that may
 * contain one. `too_large`: the file exceeds the maximum size. `unreadable`: the file cannot be read.
 */
export type Obstacle = "gone" | "changed" | "remote" | "too_large" | "unreadable";

/**
 * Location of an executable. `host`: at its path in the file system of the machine. `replaced`: on the machine, but no
 * longer at its path. `elsewhere`: in a container, or unknown.
 */
export type Location = "host" | "replaced" | "elsewhere";

/** The result of an examination. */
export interface Examined {
  readonly location: Location;
  /** Whether the file no longer has a directory entry. */
  readonly isUnlinked: boolean;
  readonly isRootOnly: boolean | undefined;
  /** Size of the content in bytes; 0 if the file was not found. */
  readonly size: number;
  /** Hashes of the content, or the reason why there are none. */
  readonly hashes: Hashes | Obstacle;
}

/** Hashes of the content in hexadecimal, by algorithm: SHA-256, and the algorithm of the package's checksum, if any. */
export type Hashes = Readonly<Partial<Record<Algorithm, string>>> & { readonly sha256: string };

export interface ExamineOptions {
  /** Root of the machine: `/`, or its mount point in a container. */
  readonly hostRoot: string;
  /** Maximum size of a file that is hashed, in bytes. */
  readonly maxBytes: number;
  /** The checksum algorithm of the package that owns the path. */
  readonly algorithm?: Algorithm | undefined;
  /** Called after each read with the number of bytes. */
  readonly read?: (bytes: number) => void;
}

/** Examines an executable. Only reads a file whose inode and modification time are those of `executable`. */
export function examine(executable: Executable, options: ExamineOptions): Examined {
  const found = open(executable, options);
  if (typeof found === "string") {
    const isOfMachine = found === "changed" && isInMachine(executable, options);
    const location = isOfMachine ? "replaced" : "elsewhere";
    return { location, isUnlinked: false, isRootOnly: undefined, size: 0, hashes: found };
  }
  const { fd, file, root } = found;
  try {
    const location = locate(executable, file, options);
    const isRootOnly = file.nlink > 0n ? isOnlyRoots(file, root, executable.path) : undefined;
    const size = Number(file.size);
    return { location, isUnlinked: file.nlink === 0n, isRootOnly, size, hashes: hashesOf(fd, file, options) };
  } finally {
    closeSync(fd);
  }
}

interface Found {
  /** A descriptor that does not permit access to the content (O_PATH). */
  readonly fd: number;
  readonly file: BigIntStats;
  /** The root directory to which the path of the executable is relative. */
  readonly root: string;
}

function bytesOf(path: string): Buffer {
  return Buffer.from(path, "latin1");
}

/** Opens the executable through its process, or by its path if this fails. */
function open({ pid, ppid, path, ino, ctime, mtime }: Executable, { hostRoot }: ExamineOptions): Found | Obstacle {
  const host = hostRoot.replace(/\/$/, "");
  const proc = `${host}/proc`;
  const own = `${proc}/${pid}/root`;
  const running = `${proc}/${pid}/exe`;
  const candidates: readonly (readonly [process: string, file: string, root: string])[] = [
    [`${pid}`, running, own],
    ...(path.startsWith("/")
      ? ([
          [`${pid}`, `${own}${path}`, own],
          ["self", `${host}${path}`, host],
          [`${ppid}`, `${proc}/${ppid}/root${path}`, `${proc}/${ppid}/root`],
        ] as const)
      : []),
  ];
  let obstacle: Obstacle = "gone";
  for (const [process, name, root] of candidates) {
    const mounts = mountsOf(proc, process);
    if (mounts === undefined) continue; // exited
    const mount = mountAt(mounts, path);
    if (mount !== undefined && (isRemote(mount) || isForeignOverlay(mount, proc, process))) {
      obstacle = "remote";
      continue;
    }
    const fd = pathDescriptor(name);
    if (fd === undefined) continue;
    const file = stat(fd);
    if (file === undefined) continue;
    const isSame = file.isFile() && file.ino === ino && file.mtimeNs === mtime;
    // The kernel prevents writes while a process runs the file. The change time still increases when the file is
    // renamed, linked or removed. A file with an older change time is another file with the same inode number and a
    // copied modification time.
    if (isSame && (file.ctimeNs === ctime || (name === running && file.ctimeNs > ctime))) return { fd, file, root };
    closeSync(fd);
    if (name === running && file.ino === ino) obstacle = "changed";
  }
  return obstacle;
}

function pathDescriptor(name: string): number | undefined {
  try {
    return openSync(bytesOf(name), O_PATH | (name.endsWith("/exe") ? 0 : constants.O_NOFOLLOW));
  } catch {
    return undefined;
  }
}

/**
 * Returns the status of a file. If the file system denies access to this process, as FUSE can, closes the descriptor.
 */
function stat(fd: number): BigIntStats | undefined {
  try {
    return fstatSync(fd, { bigint: true });
  } catch {
    closeSync(fd);
    return undefined;
  }
}

/** Determines whether the file is at its path on the machine. */
function locate(executable: Executable, { dev, ino }: BigIntStats, options: ExamineOptions): Location {
  const { path } = executable;
  const host = options.hostRoot.replace(/\/$/, "");
  try {
    const there = path.startsWith("/") ? lstatSync(bytesOf(`${host}${path}`), { bigint: true }) : undefined;
    if (there?.dev === dev && there.ino === ino) return "host";
  } catch {
    // The file does not exist on the machine.
  }
  return isInMachine(executable, options) ? "replaced" : "elsewhere";
}

/** Whether the process is in the mount namespace of the machine. */
function isInMachine({ pid }: Executable, { hostRoot }: ExamineOptions): boolean {
  const host = hostRoot.replace(/\/$/, "");
  // If `hostRoot` is `/`, this process is in the mount namespace of the machine; otherwise process 1 is.
  const namespace = namespaceOf(host, `${pid}`);
  return namespace !== undefined && namespace === namespaceOf(host, host === "" ? "self" : "1");
}

function namespaceOf(host: string, pid: string): string | undefined {
  try {
    return readlinkSync(`${host}/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
}

/**
 * Whether only root can write to the file, replace it, or replace a directory above it; undefined if this is unknown.
 */
function isOnlyRoots(file: BigIntStats, root: string, path: string): boolean | undefined {
  if (!belongsToRoot(file)) return false;
  if (!path.startsWith("/")) return undefined;
  try {
    for (let end = path.lastIndexOf("/"); end >= 0; end = end === 0 ? -1 : path.lastIndexOf("/", end - 1)) {
      const directory = lstatSync(bytesOf(`${root}${path.slice(0, end)}/.`), { bigint: true });
      if (!belongsToRoot(directory)) return false;
    }
    return true;
  } catch {
    return undefined;
  }
}

function belongsToRoot({ uid, gid, mode }: BigIntStats): boolean {
  const writable = gid === 0n ? OTHERS_WRITE & 0o002n : OTHERS_WRITE;
  return uid === 0n && (mode & writable) === 0n;
}

/** Whether the content may have changed. Removing a link changes only the change time and the link count. */
function hasChanged(before: BigIntStats, after: BigIntStats): boolean {
  if (before.ino !== after.ino || before.dev !== after.dev || before.mtimeNs !== after.mtimeNs) return true;
  return before.ctimeNs !== after.ctimeNs && before.nlink === after.nlink;
}

function hashesOf(
  fd: number,
  before: BigIntStats,
  { maxBytes, algorithm = "sha256", read }: ExamineOptions,
): Hashes | Obstacle {
  if (before.size > maxBytes) return "too_large";
  let content: number;
  try {
    content = openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOATIME);
  } catch {
    return "unreadable";
  }
  try {
    const sha256 = createHash("sha256");
    const other = algorithm === "sha256" ? undefined : createHash(algorithm);
    let total = 0;
    for (let count = readSync(content, buffer); count > 0; count = readSync(content, buffer)) {
      total += count;
      if (total > maxBytes) return "too_large";
      read?.(count);
      const part = buffer.subarray(0, count);
      sha256.update(part);
      other?.update(part);
    }
    const after = fstatSync(content, { bigint: true });
    if (hasChanged(before, after) || BigInt(total) !== before.size) return "changed";
    return { ...(other && { [algorithm]: other.digest("hex") }), sha256: sha256.digest("hex") };
  } catch {
    return "unreadable";
  } finally {
    closeSync(content);
  }
}

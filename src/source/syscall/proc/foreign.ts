import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { O_PATH } from "../../../event/fcntl.ts";
import { isForeignOverlay, isLocal, type Mount, mountsOf } from "../../../identity/mounts.ts";
import { openEntry, openInRoot } from "../libc.ts";
import { readText } from "./text.ts";

const EXDEV = 18;
/** Maximum size of a file to read, in bytes. */
const MOST = 1 << 20;

/** The root directory of a process. An attacker may control its content. */
export class ForeignRoot {
  private readonly proc: string;
  private readonly pid: number | "self";
  readonly root: number;

  /**
   * @param proc mount point of procfs
   * @throws if the process has exited
   */
  constructor(proc: string, pid: number | "self") {
    this.proc = proc;
    this.pid = pid;
    this.root = openSync(`${proc}/${pid}/root`, O_PATH | constants.O_DIRECTORY);
  }

  close(): void {
    closeSync(this.root);
  }

  /** Identity of the root, for comparison with other processes; undefined if its file system could block. */
  get identity(): string | undefined {
    if (!this.isLocal(this.root)) return undefined;
    const { dev, ino } = fstatSync(this.root);
    return `${dev}:${ino}`;
  }

  /**
   * Whether the root is on a file system that could block. False if the mount of the root is unknown, as for an exiting
   * process.
   */
  get isForeign(): boolean {
    return this.mountOf(this.root) !== undefined && !this.isLocal(this.root);
  }

  /**
   * Returns the content of a file as a byte string; undefined if it is missing, not a regular file, or too large, or if
   * its file system could block. Symbolic links are resolved below the root. Only the file itself can be on another
   * mount.
   */
  read(path: string): string | undefined {
    return this.isLocal(this.root) ? this.readBelow(this.root, path) : undefined;
  }

  /** Like {@link read}, for a file of the procfs at `/proc` below the root; undefined if it is not mounted. */
  readProc(path: string): string | undefined {
    if (!this.isLocal(this.root)) return undefined;
    try {
      // Opening a mount point does not access its file system.
      const directory = openSync(
        `/proc/self/fd/${this.root}/proc`,
        O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW,
      );
      try {
        return this.mountOf(directory)?.type === "proc" ? this.readBelow(directory, path) : undefined;
      } finally {
        closeSync(directory);
      }
    } catch {
      return undefined;
    }
  }

  private readBelow(directory: number, path: string): string | undefined {
    const fd = this.open(directory, path);
    if (fd < 0) return undefined;
    try {
      const file = fstatSync(fd);
      if (!file.isFile() || file.size > MOST) return undefined;
      return readOpened(openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK));
    } catch {
      return undefined;
    } finally {
      closeSync(fd);
    }
  }

  /** Opens a file without access to its content; returns a descriptor, or a negative number. */
  private open(directory: number, path: string): number {
    const fd = openInRoot(directory, nulTerminated(path), O_PATH);
    return fd === -EXDEV ? this.openMounted(directory, path) : fd;
  }

  /** Like {@link open}, for a file that is a mount point. Opening a mount point does not access its file system. */
  private openMounted(directory: number, path: string): number {
    const slash = path.lastIndexOf("/");
    if (slash < 0) return -EXDEV;
    const parent = openInRoot(directory, nulTerminated(path.slice(0, slash)), O_PATH | constants.O_DIRECTORY);
    if (parent < 0) return parent;
    const fd = openEntry(parent, nulTerminated(path.slice(slash + 1)), O_PATH);
    closeSync(parent);
    if (fd < 0 || this.isLocal(fd)) return fd;
    closeSync(fd);
    return -EXDEV;
  }

  /**
   * Whether the target of a symbolic link, given by descriptor, can be read without blocking and is the same for all
   * processes.
   */
  hasReadableLink(link: number): boolean {
    return this.isLocal(link) && this.mountOf(link)?.type !== "proc";
  }

  /**
   * Returns the path of a file below the first mount of its file system, instead of a later bind mount.
   * @param path path of the file, without symbolic links
   */
  withoutBindMount(fd: number, path: string): string {
    const mount = this.mountOf(fd);
    if (mount === undefined || !isBelow(path, mount.point)) return path;
    const inside = moved(path, mount.point, mount.root);
    const first = mountsOf(this.proc, this.pid)?.find(
      ({ device, root }) => device === mount.device && isBelow(inside, root),
    );
    return first === undefined || first.id === mount.id ? path : moved(inside, first.root, first.point);
  }

  private isLocal(directory: number): boolean {
    const mount = this.mountOf(directory);
    return mount !== undefined && isLocal(mount) && !isForeignOverlay(mount, this.proc, this.pid);
  }

  /** Returns the mount of a descriptor, from the mount lists in procfs. */
  private mountOf(directory: number): Mount | undefined {
    const id = /^mnt_id:\s*(\d+)/m.exec(readText(`/proc/self/fdinfo/${directory}`) ?? "")?.[1];
    const find = (pid: number | "self"): Mount | undefined =>
      mountsOf(this.proc, pid)?.find((mount) => mount.id === id);
    // After chroot(2), the mount list of a process may lack the mount of its root. Search the lists of this process and
    // of process 1 too, which may be in other mount namespaces.
    return find(this.pid) ?? find("self") ?? find(1);
  }
}

function isBelow(path: string, directory: string): boolean {
  return directory === "/" || path === directory || path.startsWith(`${directory}/`);
}

/** Replaces the parent directory `from` of a path with `to`. */
function moved(path: string, from: string, to: string): string {
  return (to === "/" ? "" : to) + (from === "/" ? path : path.slice(from.length));
}

/** Calls `use` with the root of a process; returns undefined if the process has exited or is not accessible. */
export function withRoot<T>(proc: string, pid: number | "self", use: (root: ForeignRoot) => T): T | undefined {
  let root: ForeignRoot;
  try {
    root = new ForeignRoot(proc, pid);
  } catch {
    return undefined;
  }
  try {
    return use(root);
  } finally {
    root.close();
  }
}

/** Reads a file and closes it; undefined if it is too large. */
function readOpened(fd: number): string | undefined {
  try {
    const bytes = Buffer.allocUnsafe(64 << 10);
    let content = "";
    for (let count = readSync(fd, bytes); count > 0; count = readSync(fd, bytes)) {
      content += bytes.toString("latin1", 0, count);
      if (content.length > MOST) return undefined;
    }
    return content;
  } finally {
    closeSync(fd);
  }
}

function nulTerminated(path: string): Buffer {
  return Buffer.from(`${path}\0`, "latin1");
}

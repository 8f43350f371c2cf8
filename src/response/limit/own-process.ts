import { readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";

/** State of a process according to /proc. */
export interface ProcessFacts {
  /**
   * Path from which the executable was started, even if the file was removed or replaced since then; undefined if a
   * user other than root can write to the file.
   */
  readonly exe: string | undefined;
  readonly uid: string | undefined;
  /**
   * Whether the program runs as the user whose programs are trusted: root, or the system user of the message bus if it
   * is `dbus-daemon`. Any other user can start the program of a service, with code of their own (`LD_PRELOAD`).
   */
  readonly isOfSystem: boolean;
  /**
   * Whether the process runs in the initial PID namespace and in the user namespace of process 1. In other namespaces,
   * the process can choose the path of its executable.
   */
  readonly isOfHost: boolean;
}

/**
 * Reads the state of a process.
 * @param root root of the machine's file system
 * @returns undefined if the process does not exist or cannot be read
 */
export function readProcess(pid: number, root: string): ProcessFacts | undefined {
  const folder = join(root, "proc", String(pid));
  try {
    const status = readFileSync(join(folder, "status"), "latin1");
    const exe = isWritableByRootOnly(join(folder, "exe")) ? executable(folder) : undefined;
    const [, uid, ...others] = /^Uid:\t(\d+)\t(\d+)\t(\d+)/m.exec(status) ?? []; // real, effective and saved user
    const isOnly = others.every((each) => each === uid);
    return {
      exe,
      uid,
      isOfSystem: isOnly && (uid === "0" || (exe?.endsWith("/dbus-daemon") === true && busUsers(root).includes(uid))),
      // Processes in a container also have a PID in the container's namespace.
      isOfHost: /^NSpid:\t\d+$/m.test(status) && userNamespace(root, pid) === ofMachine(root),
    };
  } catch {
    return undefined;
  }
}

/**
 * Whether only root can write to a file. The link in /proc refers to the running file even if another file is now at
 * its path.
 */
function isWritableByRootOnly(path: string): boolean {
  const WRITABLE_BY_OTHERS = 0o022;
  const { uid, mode } = statSync(path);
  return uid === 0 && (mode & WRITABLE_BY_OTHERS) === 0;
}

/** Suffix that the kernel appends to the path of a removed executable. */
const DELETED = " (deleted)";

/**
 * Path of a process's executable. The suffix is removed because package updates replace the files of running programs.
 * Whether the suffix is part of the file's name does not matter: a user who can create a file of root with such a name
 * can also omit the suffix. Comparing the path with the file would be unsafe, because the process controls its mounts.
 */
function executable(folder: string): string | undefined {
  const path = link(join(folder, "exe"));
  return path?.endsWith(DELETED) ? path.slice(0, -DELETED.length) : path;
}

/** User IDs of the system message bus, which drops root privileges. */
function busUsers(root: string): readonly (string | undefined)[] {
  try {
    const users = readFileSync(join(root, "etc/passwd"), "latin1");
    return [...users.matchAll(/^(?:messagebus|dbus):[^:]*:(\d+):/gm)].map(([, uid]) => uid);
  } catch {
    return [];
  }
}

/** The user namespace of process 1, or of Eyas if process 1 has capabilities that Eyas lacks. */
function ofMachine(root: string): string | undefined {
  return userNamespace(root, 1) ?? userNamespace(root, "self");
}

/** A user who creates a user namespace can mount a file of root over another path. */
function userNamespace(root: string, pid: number | "self"): string | undefined {
  return link(join(root, "proc", String(pid), "ns/user"));
}

/** PIDs of this process and its ancestors. */
export function ownAncestors(root: string): ReadonlySet<number> {
  const line = new Set<number>([1]);
  for (let pid = Number(link(join(root, "proc/self")) ?? process.pid); pid > 1 && !line.has(pid); ) {
    line.add(pid);
    try {
      const status = readFileSync(join(root, "proc", String(pid), "status"), "latin1");
      pid = Number(/^PPid:\t(\d+)/m.exec(status)?.[1] ?? 0);
    } catch {
      break;
    }
  }
  return line;
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

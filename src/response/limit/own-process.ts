import { readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";

/** A process as /proc shows it now. */
export interface ProcessFacts {
  /** Path of its executable; undefined if users other than root can write that file. */
  readonly exe: string | undefined;
  readonly uid: string | undefined;
  /** It runs in the initial pid namespace, not in a container's. */
  readonly isOfHost: boolean;
}

/**
 * @param root root of the machine's file system
 * @returns undefined if there is no such process
 */
export function readProcess(pid: number, root: string): ProcessFacts | undefined {
  const folder = join(root, "proc", String(pid));
  try {
    const status = readFileSync(join(folder, "status"), "latin1");
    return {
      exe: isWritableByRootOnly(join(folder, "exe")) ? link(join(folder, "exe")) : undefined,
      uid: /^Uid:\t(\d+)/m.exec(status)?.[1],
      isOfHost: /^NSpid:\t\d+$/m.test(status), // processes of a container have an id in its namespace too
    };
  } catch {
    return undefined;
  }
}

/** Whether only root can write a file. The link leads to the running file itself, even after its path was replaced. */
function isWritableByRootOnly(path: string): boolean {
  const WRITABLE_BY_OTHERS = 0o022;
  const { uid, mode } = statSync(path);
  return uid === 0 && (mode & WRITABLE_BY_OTHERS) === 0;
}

/** Process ids of this program and its ancestors. */
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

import { readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";

/** What /proc says of a process just now; undefined where there is none. */
export interface ProcessFacts {
  /** The file that it runs; undefined where another than root may have put it there, whatever it is called. */
  readonly exe: string | undefined;
  readonly uid: string | undefined;
  /** It lives in the process ids of the machine itself, not in those of a container. */
  readonly isOfHost: boolean;
}

/** @param root where the machine's root is */
export function lookAtProcess(pid: number, root: string): ProcessFacts | undefined {
  const folder = join(root, "proc", String(pid));
  try {
    const status = readFileSync(join(folder, "status"), "latin1");
    return {
      exe: isOfRoot(join(folder, "exe")) ? link(join(folder, "exe")) : undefined,
      uid: /^Uid:\t(\d+)/m.exec(status)?.[1],
      isOfHost: /^NSpid:\t\d+$/m.test(status), // those in a container have an id there, too
    };
  } catch {
    return undefined;
  }
}

/** Whether nobody but root can have written a file. The link leads to the file itself, also where its path has another by now. */
function isOfRoot(path: string): boolean {
  const WRITABLE_BY_OTHERS = 0o022;
  const { uid, mode } = statSync(path);
  return uid === 0 && (mode & WRITABLE_BY_OTHERS) === 0;
}

/** This program and all that it descends from: whoever ends one of those may end this. */
export function ownLine(root: string): ReadonlySet<number> {
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

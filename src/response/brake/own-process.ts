import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** What /proc says of a process just now; undefined where there is none. */
export interface ProcessFacts {
  /** The file that it runs. */
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
      exe: link(join(folder, "exe"))?.replace(/ \(deleted\)$/, ""),
      uid: /^Uid:\t(\d+)/m.exec(status)?.[1],
      isOfHost: link(join(folder, "ns/pid")) === link(join(root, "proc/1/ns/pid")),
    };
  } catch {
    return undefined;
  }
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

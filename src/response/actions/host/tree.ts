import { readdirSync } from "node:fs";
import { closeDescriptor, openPidfd, signalPidfd } from "./libc.ts";
import { childrenOf, readFacts } from "./proc.ts";
import type { OpenProcess } from "./process.ts";
import { Signal } from "./signals.ts";

/** Maximum number of processes in a tree. */
const MAX_PROCESSES = 4096;
/**
 * Maximum number of passes over the tree. Several passes are needed, because threads of a process that is being stopped
 * can still create processes.
 */
const MAX_PASSES = 8;

/**
 * Stops a process and all its descendants, so that they cannot create more processes. Descendants whose parent has
 * exited were reparented and are not found.
 * @returns the process and its descendants, all opened
 * @throws SystemError ESRCH if the process has exited
 */
export function openTree(root: OpenProcess): OpenProcess[] {
  signalPidfd(root.pidfd, Signal.STOP);
  const tree = [root];
  const known = new Set([root.pid]);
  for (let look = 0, before = 0; look < MAX_PASSES && before < tree.length; look++) {
    before = tree.length;
    for (const parent of tree) {
      for (const pid of childrenOf(parent.pid, threadsOf(parent.pid))) {
        if (known.has(pid) || pid === process.pid || tree.length >= MAX_PROCESSES) continue;
        const child = stopChild(pid, parent.pid);
        if (child === undefined) continue;
        known.add(pid);
        tree.push(child);
      }
    }
  }
  return tree;
}

/** @returns undefined if the process has exited, or another process now has its PID */
function stopChild(pid: number, parent: number): OpenProcess | undefined {
  let pidfd: number;
  try {
    pidfd = openPidfd(pid);
  } catch {
    return undefined;
  }
  try {
    const facts = readFacts(pid);
    signalPidfd(pidfd, 0); // The process has not been reaped yet, so its PID was not reused.
    if (facts?.parent === parent) {
      signalPidfd(pidfd, Signal.STOP);
      return { pid, pidfd, facts, close: () => closeDescriptor(pidfd) };
    }
  } catch {
    // The process has exited.
  }
  closeDescriptor(pidfd);
  return undefined;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

import { readdirSync } from "node:fs";
import { closeDescriptor, openPidfd, signalPidfd } from "./libc.ts";
import { childrenOf, readFacts } from "./proc.ts";
import type { OpenProcess } from "./process.ts";
import { Signal } from "./signals.ts";

/** Maximum number of processes of a tree. */
const MAX_PROCESSES = 4096;
/** Maximum passes over the tree: threads that run while their process is being stopped may create more processes. */
const MAX_PASSES = 8;

/**
 * Stops a process and all its descendants, so that they create no more. Processes whose parent has ended have another
 * one and are not found.
 * @returns the process and its descendants, each opened
 * @throws SystemError: ESRCH if the process has ended
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

/** @returns undefined if the process has ended, or its id belongs to another process now */
function stopChild(pid: number, parent: number): OpenProcess | undefined {
  let pidfd: number;
  try {
    pidfd = openPidfd(pid);
  } catch {
    return undefined;
  }
  try {
    const facts = readFacts(pid);
    signalPidfd(pidfd, 0); // Not reaped yet, so the data read belongs to this process.
    if (facts?.parent === parent) {
      signalPidfd(pidfd, Signal.STOP);
      return { pid, pidfd, facts, close: () => closeDescriptor(pidfd) };
    }
  } catch {
    // It has ended.
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

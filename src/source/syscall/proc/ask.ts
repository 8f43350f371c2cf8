import { readlinkSync } from "node:fs";
import type { MachineHooks } from "../../../machine/machine.ts";
import { readGroups, readUsers } from "./accounts.ts";
import { ControlGroups } from "./cgroups.ts";
import { readDescriptors } from "./descriptors.ts";
import { readProcess } from "./process.ts";
import { SocketTables } from "./sockets.ts";
import { readText } from "./text.ts";

/** Maximum milliseconds per second for reading unknown threads: events wait meanwhile. */
const BUDGET = 100;
/** Minimum milliseconds between two reads of the same accounts. */
const ACCOUNTS_EVERY = 10_000;

/**
 * Lookups of a live machine for state that is in no event: `/proc` and the account files.
 * @param root mount point of the watched machine's root: `/`, or a path like `/host`
 * @param clock a monotonic clock in milliseconds
 */
export function askMachine(root: string, clock = () => performance.now()): MachineHooks {
  const host = root === "/" ? "" : root.replace(/\/+$/, "");
  const proc = `${host}/proc`;
  const cgroups = new ControlGroups(proc);
  const read = new Map<string, number>();
  let periodBegan = Number.NEGATIVE_INFINITY;
  let spent = 0;

  return {
    lookup(tid) {
      const began = clock();
      if (began - periodBegan >= 1000) {
        periodBegan = began;
        spent = 0;
      }
      if (spent > BUDGET) return undefined;
      const found = readUnknown(proc, tid, cgroups);
      spent += clock() - began;
      return found;
    },
    isAlive(pid, tid, comm) {
      return readText(`${proc}/${pid}/task/${tid}/comm`) === `${comm}\n`;
    },
    accounts(containerId, pid) {
      const now = Date.now();
      if (now - (read.get(containerId) ?? 0) < ACCOUNTS_EVERY) return undefined;
      if (read.size > 4096) read.clear();
      read.set(containerId, now);
      if (containerId !== "" && !hasOwnFiles(proc, pid)) return undefined;
      const etc = containerId === "" ? `${host}/etc` : `${proc}/${pid}/root/etc`;
      return { users: readUsers(`${etc}/passwd`), groups: readGroups(`${etc}/group`) };
    },
  };
}

function readUnknown(
  proc: string,
  tid: number,
  cgroups: ControlGroups,
): ReturnType<NonNullable<MachineHooks["lookup"]>> {
  const pid = Number(/^Tgid:\s*(\d+)/m.exec(readText(`${proc}/${tid}/status`) ?? "")?.[1] ?? 0);
  if (pid === 0) return undefined;
  const thread = readProcess(proc, pid, cgroups).find((one) => one.tid === tid);
  if (thread === undefined) return undefined;
  return { thread, descriptors: tid === pid ? readDescriptors(`${proc}/${pid}`, new SocketTables(proc)) : [] };
}

/** Whether a process has another root than the host's first process. */
function hasOwnFiles(proc: string, pid: number): boolean {
  try {
    return readlinkSync(`${proc}/${pid}/ns/mnt`) !== readlinkSync(`${proc}/1/ns/mnt`);
  } catch {
    return false; // exited, or access denied
  }
}

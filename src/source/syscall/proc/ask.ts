import { MAX_CONTAINERS } from "../../../machine/accounts.ts";
import type { MachineHooks } from "../../../machine/machine.ts";
import { type AccountRecords, idMap, readAccounts } from "./accounts.ts";
import { ControlGroups } from "./cgroups.ts";
import { readDescriptors } from "./descriptors.ts";
import { type ForeignRoot, withRoot } from "./foreign.ts";
import { readProcess, startOf, TICK_NS } from "./process.ts";
import { resolvePath } from "./resolve.ts";
import { SocketTables } from "./sockets.ts";
import { readText } from "./text.ts";

/**
 * Maximum time for each kind of lookup (threads, paths, accounts), in milliseconds per second. Lookups delay the
 * evaluation of events.
 */
const BUDGET = 100;
/** Minimum interval between reads of the same accounts, in milliseconds. */
const ACCOUNTS_EVERY = 10_000;

/**
 * Opens lookups in `/proc` and the account files of a live machine, for state that events do not contain.
 * @param root mount point of the watched machine's root: `/`, or a path like `/host`
 * @param warn called with warnings without a period
 * @param clock returns monotonic time in milliseconds
 */
export function askMachine(
  root: string,
  warn: (sentence: string) => void = () => {},
  clock = () => performance.now(),
): MachineHooks {
  const host = root === "/" ? "" : root.replace(/\/+$/, "");
  const proc = `${host}/proc`;
  const cgroups = new ControlGroups(proc);
  const read = new Map<string, number>();
  // If process 1 is not accessible, use the root of this process, which is the same unless it runs in a container.
  const identity = (root: ForeignRoot) => root.identity;
  const hostFiles = withRoot(proc, 1, identity) ?? (host === "" ? withRoot(proc, "self", identity) : undefined);
  if (hostFiles === undefined)
    warn("User names in containers are not available: the root directory of process 1 cannot be read");

  /**
   * Wraps a function to limit its time to {@link BUDGET} milliseconds per second.
   * @param otherwise returned after the limit is reached; if set, calls without a result do not count
   */
  function limited<A extends readonly unknown[], T, O = undefined>(
    act: (...args: A) => T | undefined,
    otherwise?: O,
  ): (...args: A) => T | O | undefined {
    let periodBegan = Number.NEGATIVE_INFINITY;
    let spent = 0;
    return (...args) => {
      const began = clock();
      if (began - periodBegan >= 1000) {
        periodBegan = began;
        spent = 0;
      }
      if (spent > BUDGET) return otherwise;
      const found = act(...args);
      const end = clock();
      if (found !== undefined || otherwise === undefined) spent += end - began;
      return found;
    };
  }

  const readContainer = limited(
    (pid: number) => (hostFiles === undefined ? undefined : containerAccounts(proc, pid, hostFiles)),
    "later" as const,
  );

  return {
    lookup: limited((tid: number, isBrief = false) => readUnknown(proc, tid, cgroups, isBrief)),
    resolve: limited(
      (pid: number, path: string) =>
        resolvePath(proc, pid, path) ?? (pid === 1 && host === "" ? resolvePath(proc, "self", path) : undefined),
    ),
    isOverlay: limited((pid: number, path: string) => hasOverlayAt(proc, pid, path)),
    isAlive(pid, tid, comm, seen) {
      const directory = `${proc}/${pid}/task/${tid}`;
      const name = readText(`${directory}/comm`);
      if (name === undefined || name === `${comm}\n`) return name !== undefined;
      // Threads can change their name. A thread that started later has reused the ID.
      const started = startOf(directory);
      return started !== undefined && Number(started - TICK_NS) <= seen;
    },
    accounts(containerId, pid) {
      const now = clock();
      if (now - (read.get(containerId) ?? Number.NEGATIVE_INFINITY) < ACCOUNTS_EVERY) return undefined;
      const found = containerId === "" ? readAccounts((path) => readText(`${host}/${path}`)) : readContainer(pid);
      // The process has exited, or is a process of the container runtime with the machine's root. Retry with the next
      // process of the container.
      if (found === undefined || found === "later") return found;
      if (read.size > MAX_CONTAINERS) read.clear();
      read.set(containerId, now);
      return found;
    },
  };
}

function readUnknown(
  proc: string,
  tid: number,
  cgroups: ControlGroups,
  isBrief: boolean,
): ReturnType<NonNullable<MachineHooks["lookup"]>> {
  const pid = Number(/^Tgid:\s*(\d+)/m.exec(readText(`${proc}/${tid}/status`) ?? "")?.[1] ?? 0);
  if (pid === 0) return undefined;
  const thread = readProcess(proc, pid, cgroups, { only: tid }).find((one) => one.tid === tid);
  if (thread === undefined) return undefined;
  return {
    thread,
    descriptors: tid === pid && !isBrief ? readDescriptors(`${proc}/${pid}`, new SocketTables(proc)) : [],
  };
}

/** Whether an overlay is mounted at a path in the root of a process; undefined if the process has exited. */
function hasOverlayAt(proc: string, pid: number, path: string): boolean | undefined {
  return readText(`${proc}/${pid}/mountinfo`)
    ?.split("\n")
    .some((line) => {
      // Fields: ID, parent, device, root, mount point, options, optional fields, "-", type, …
      if (!line.includes(" - overlay ")) return false;
      const point = line.split(" ")[4] ?? "";
      return point.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))) === path;
    });
}

/**
 * Reads the accounts of a container from its files, with their IDs on the machine. Empty if the files cannot be read
 * safely.
 * @param hostFiles identity of the machine's root
 * @returns undefined if the process has exited or has the machine's root
 */
function containerAccounts(proc: string, pid: number, hostFiles: string): AccountRecords | undefined {
  return withRoot(proc, pid, (root) => {
    const own = root.identity;
    const [uids, gids] = [readText(`${proc}/${pid}/uid_map`), readText(`${proc}/${pid}/gid_map`)];
    if (own === hostFiles || uids === undefined || gids === undefined) return undefined;
    if (own !== undefined) return readAccounts((path) => root.read(path), idMap(uids), idMap(gids));
    // Do not use another process of the container instead, since it may have mounted its own files.
    return root.isForeign ? { users: [], groups: [] } : undefined;
  });
}

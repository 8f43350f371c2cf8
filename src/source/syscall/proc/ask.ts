import { MAX_CONTAINERS } from "../../../machine/accounts.ts";
import type { MachineHooks } from "../../../machine/machine.ts";
import { type AccountRecords, idMap, readAccounts } from "./accounts.ts";
import { ControlGroups } from "./cgroups.ts";
import { readDescriptors } from "./descriptors.ts";
import { type ForeignRoot, withRoot } from "./foreign.ts";
import { readProcess } from "./process.ts";
import { resolvePath } from "./resolve.ts";
import { SocketTables } from "./sockets.ts";
import { readText } from "./text.ts";

/** Maximum milliseconds per second for reading unknown threads, for resolving paths, and for accounts: events wait meanwhile. */
const BUDGET = 100;
/** Minimum milliseconds between two reads of the same accounts. */
const ACCOUNTS_EVERY = 10_000;

/**
 * Lookups of a live machine for state that is in no event: `/proc` and the account files.
 * @param root mount point of the watched machine's root: `/`, or a path like `/host`
 * @param warn receives sentences without a full stop
 * @param clock a monotonic clock in milliseconds
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
  // Where the first process is not accessible, this program has the same root, unless it runs in a container.
  const identity = (root: ForeignRoot) => root.identity;
  const hostFiles = withRoot(proc, 1, identity) ?? (host === "" ? withRoot(proc, "self", identity) : undefined);
  if (hostFiles === undefined) warn("Users of containers have no names: the root of process 1 cannot be read");

  /**
   * Limits the time that something takes; undefined once that is used up.
   * @param otherwise returned then instead; time without a result does not count in this case
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
    isAlive(pid, tid, comm) {
      return readText(`${proc}/${pid}/task/${tid}/comm`) === `${comm}\n`;
    },
    accounts(containerId, pid) {
      const now = clock();
      if (now - (read.get(containerId) ?? Number.NEGATIVE_INFINITY) < ACCOUNTS_EVERY) return undefined;
      const found = containerId === "" ? readAccounts((path) => readText(`${host}/${path}`)) : readContainer(pid);
      // A process of the runtime that has the machine's files still, or one that has ended: the next one is asked.
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
  const thread = readProcess(proc, pid, cgroups).find((one) => one.tid === tid);
  if (thread === undefined) return undefined;
  return {
    thread,
    descriptors: tid === pid && !isBrief ? readDescriptors(`${proc}/${pid}`, new SocketTables(proc)) : [],
  };
}

/**
 * Accounts in the files of a container, with their ids on the machine; none if they cannot be read safely.
 * @param hostFiles the identity of the machine's root
 * @returns undefined if the process has ended, or the machine's files
 */
function containerAccounts(proc: string, pid: number, hostFiles: string): AccountRecords | undefined {
  return withRoot(proc, pid, (root) => {
    const own = root.identity;
    const [uids, gids] = [readText(`${proc}/${pid}/uid_map`), readText(`${proc}/${pid}/gid_map`)];
    if (own === hostFiles || uids === undefined || gids === undefined) return undefined;
    if (own !== undefined) return readAccounts((path) => root.read(path), idMap(uids), idMap(gids));
    // Another process of the container, which may have mounted files of its own, must not be asked instead.
    return root.isForeign ? { users: [], groups: [] } : undefined;
  });
}

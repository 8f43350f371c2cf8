import { readdirSync } from "node:fs";
import type { SnapshotSink, ThreadRecord } from "../../../event/snapshot.ts";
import { readAccounts } from "./accounts.ts";
import { ControlGroups } from "./cgroups.ts";
import { readDescriptors } from "./descriptors.ts";
import { readInterfaces, readMachine } from "./machine.ts";
import { readProcess } from "./process.ts";
import { SocketTables } from "./sockets.ts";
import { readText } from "./text.ts";

export interface ScanOptions {
  /** Mount point of the watched machine's root: `/`, or a path like `/host`. */
  readonly root: string;
  /** Called after every process, and often in large ones, since a scan can take a long time. */
  readonly pause?: () => void;
  /** Threads that were read before. They are written even if their processes have exited since. */
  readonly earlier?: readonly ThreadRecord[];
}

/**
 * Writes the state of the machine to a sink: machine, interfaces and accounts, then every process with its threads and
 * descriptors. Kernel threads and processes that exit during the scan are omitted. Processes that start during the scan
 * may appear only in events.
 */
export function scanMachine(sink: SnapshotSink, { root, pause, earlier = [] }: ScanOptions): void {
  const host = root === "/" ? "" : root.replace(/\/+$/, "");
  const proc = `${host}/proc`;
  sink.machine(readMachine(proc));
  sink.interfaces(readInterfaces());
  const { users, groups } = readAccounts((path) => readText(`${host}/${path}`));
  sink.accounts(users, groups);
  const cgroups = new ControlGroups(proc);
  const sockets = new SocketTables(proc);
  const read = new Set<number>();
  for (const name of readdirSync(proc)) {
    if (!isNumber(name)) continue;
    const directory = `${proc}/${name}`;
    const threads = readProcess(proc, Number(name), cgroups, { pause });
    if (threads.length === 0) continue;
    read.add(Number(name));
    for (const thread of threads) sink.thread(thread);
    sink.descriptors(Number(name), readDescriptors(directory, sockets, pause));
    pause?.();
  }
  for (const thread of earlier) if (!read.has(thread.pid)) sink.thread(thread);
}

function isNumber(name: string): boolean {
  const first = name.charCodeAt(0);
  return first >= 48 && first <= 57;
}

import { EventCode } from "../event/code.ts";
import { FdKind } from "../event/snapshot.ts";
import type { Observed } from "../machine/observed.ts";
import { NO_PATH } from "../machine/path.ts";
import { fdTable, type Thread } from "../machine/thread.ts";
import type { FieldClass } from "./catalogue.ts";
import { row } from "./row.ts";

const UNKNOWN = -1;

/** Calls with the ID of a process as a parameter, and the index of that parameter. */
const ID_AT: Readonly<Record<number, number>> = {
  [EventCode.PROCESS_VM_READV_X]: 1,
  [EventCode.PROCESS_VM_WRITEV_X]: 1,
  [EventCode.KILL_X]: 1,
  [EventCode.TKILL_X]: 1,
  [EventCode.TGKILL_X]: 1,
  [EventCode.PTRACE_X]: 4,
};

const OPENS: ReadonlySet<number> = new Set([
  EventCode.OPEN_X,
  EventCode.OPENAT_2_X,
  EventCode.OPENAT2_X,
  EventCode.OPEN_BY_HANDLE_AT_X,
  EventCode.CREAT_X,
]);

const IN_PROC = /\/proc\/(self|thread-self|\d+)(?:\/task\/(\d+))?\/[a-z]\w*(?:\/[^/]*)?$/;

/**
 * The ID that is passed to the call, in the PID namespace of the caller; -1 if there is none, 0 for the caller itself.
 */
function givenId(event: Observed, thread: Thread): number {
  const at = ID_AT[event.type];
  if (at !== undefined) return event.length(at) === 8 ? event.i64(at) : UNKNOWN;
  if (event.type === EventCode.PIDFD_GETFD_X) {
    const pidfd = event.length(1) === 8 ? fdTable(thread)?.get(event.i64(1)) : undefined;
    return pidfd?.kind === FdKind.pidfd ? pidfd.pid : UNKNOWN;
  }
  if (!OPENS.has(event.type)) return UNKNOWN;
  const path = openedPath(event);
  if (path === undefined || !path.includes("/proc/")) return UNKNOWN;
  const found = IN_PROC.exec(path);
  if (found === null) return UNKNOWN;
  const [, owner = "", task] = found;
  if (owner.endsWith("self")) return 0;
  return Number(task ?? owner);
}

/** The path that the kernel resolved, since links can lead to /proc; the path as passed if it is unknown. */
function openedPath({ fd }: Observed): string | undefined {
  return fd?.real === undefined || fd.real === NO_PATH ? fd?.path.text : fd.real.text;
}

/** The process that the event is about; undefined if there is none or it is unknown. */
function targetOf(event: Observed): Thread | undefined {
  const { thread, machine } = event;
  if (thread === undefined) return undefined;
  const id = givenId(event, thread);
  if (id === 0) return thread;
  if (id < 0) return undefined;
  if (isOnHost(thread)) return machine.threads.get(id);
  if (id === thread.vpid || id === thread.vtid) return thread;
  return inNamespaceOf(event, thread, id);
}

/** Whether a thread is in the PID namespace of the host. */
function isOnHost({ tid, vtid }: Thread): boolean {
  return vtid === tid || vtid < 0;
}

/** The last search for a thread. Its result is valid until threads are added or removed. */
interface Search {
  readonly caller: Thread;
  readonly id: number;
  readonly added: number;
  readonly removed: number;
  readonly found: Thread | undefined;
}

let last: Search | undefined;

/**
 * Finds a thread by its ID in a PID namespace other than the host's. The search compares all threads, so the result is
 * kept for the other fields of the event.
 */
function inNamespaceOf({ machine: { threads } }: Observed, caller: Thread, id: number): Thread | undefined {
  const { added, removed } = threads;
  if (last?.caller === caller && last.id === id && last.added === added && last.removed === removed) return last.found;
  last = { caller, id, added, removed, found: search(threads.values(), caller, id) };
  return last.found;
}

function search(threads: Iterable<Thread>, caller: Thread, id: number): Thread | undefined {
  for (const thread of threads) if (isInside(thread, caller, id)) return thread;
  return undefined;
}

function isInside(thread: Thread, { pidnsInitStart }: Thread, id: number): boolean {
  return thread.vtid === id && thread.pidnsInitStart === pidnsInitStart && thread.vtid !== thread.tid;
}

/** Does not search all threads, because a process can call this arbitrarily often with the ID of another process. */
function isOther(event: Observed): boolean | undefined {
  const { thread, machine } = event;
  if (thread === undefined) return undefined;
  const id = givenId(event, thread);
  if (id < 0) return undefined;
  if (id === 0) return false;
  if (isOnHost(thread)) return machine.threads.get(id)?.pid !== thread.pid;
  if (id === thread.vpid || id === thread.vtid) return false;
  for (const other of thread.group?.threads ?? []) if (isInside(other, thread, id)) return false;
  return true;
}

function ofTarget<T extends string | number>(read: (thread: Thread) => T): (event: Observed) => T | undefined {
  return (event) => {
    const target = targetOf(event);
    return target === undefined ? undefined : read(target);
  };
}

/** Fields about the process that an event is about. */
export const targetClass: FieldClass = {
  name: "target",
  description: "Target process: kill, ptrace, process_vm_readv, open in /proc/PID",
  fields: [
    row(
      "target.is_other",
      "BOOL",
      isOther,
      "True if the call targets a process other than the caller; absent for calls that do not target a process.",
    ),
    row(
      "target.pid",
      "INT64",
      ofTarget((thread) => thread.pid),
      "The ID of the target process on the host.",
      {
        changes: "often",
      },
    ),
    row(
      "target.name",
      "CHARBUF",
      ofTarget((thread) => thread.comm),
      "The name of the target process.",
    ),
    row(
      "target.exepath",
      "CHARBUF",
      ofTarget((thread) => thread.exepath),
      "The path of the target process's executable.",
    ),
  ],
};

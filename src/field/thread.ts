import { capabilityName } from "../event/capability.ts";
import { EventCode } from "../event/code.ts";
import type { Observed } from "../machine/observed.ts";
import { cgroupPath, isMainThread, type Thread } from "../machine/thread.ts";
import { type Field, FieldArgumentError, type Reader, type Value } from "./field.ts";
import { REQUIRED, row, rowWith } from "./row.ts";

function own<T extends Value>(read: (thread: Thread) => T | undefined): Reader {
  return ({ thread }) => (thread === undefined ? undefined : read(thread));
}

/** Cached strings for capability sets. A machine has few different sets. */
const capabilityTexts = new Map<bigint, string>();
const MAX_TEXTS = 4096;

/** The names of the capabilities in a set, separated by spaces. */
function capabilities(set: bigint): string {
  if (set === 0n) return "";
  let text = capabilityTexts.get(set);
  if (text === undefined) {
    text = capabilityName.filter((_, bit) => ((set >> BigInt(bit)) & 1n) !== 0n).join(" ");
    if (capabilityTexts.size >= MAX_TEXTS) capabilityTexts.clear();
    capabilityTexts.set(set, text);
  }
  return text;
}

/** Cached strings for cgroups, shared by all threads with the same cgroups. */
const cgroupTexts = new WeakMap<Thread["cgroups"], string>();

function cgroups({ cgroups }: Thread): string | undefined {
  if (cgroups.length === 0) return undefined;
  let text = cgroupTexts.get(cgroups);
  if (text === undefined) {
    text = cgroups.map(([subsystem, path]) => `${subsystem}=${path}`).join(" ");
    cgroupTexts.set(cgroups, text);
  }
  return text;
}

/** The cgroup of a subsystem. */
function cgroup(argument: string | undefined): Reader {
  if (argument === undefined || !/^[A-Za-z_]+$/.test(argument)) {
    throw new FieldArgumentError("thread.cgroup requires the name of a subsystem, for example thread.cgroup.cpuset.");
  }
  return own((thread) => cgroupPath(thread, argument));
}

/** CPU usage, which only process info events have. Always 0, because computing it requires an earlier event. */
const cpu: Reader = ({ thread, type }) => (thread !== undefined && type === EventCode.PROCINFO_E ? 0 : undefined);

/** Scheduler events are not recorded, so the execution time is always 0. */
const execTime = () => 0n;

const NO_TIMES = { fixed: "is always 0: the times of scheduler switches are not accumulated" } as const;
const NO_USAGE = { fixed: "has no value: only old captures contain CPU usage" } as const;

const ofMain = (read: (thread: Thread) => number) => own((thread) => (isMainThread(thread) ? read(thread) : 0));

const KIB = 1024;

function threadId({ tid }: Observed): number | undefined {
  return tid >= -1 && tid <= 0xffffffff ? tid : undefined;
}

export const threadFields: readonly Field[] = [
  row(
    "thread.cap_permitted",
    "CHARBUF",
    own((thread) => capabilities(thread.capPermitted)),
    "The permitted capabilities.",
  ),
  row(
    "thread.cap_inheritable",
    "CHARBUF",
    own((thread) => capabilities(thread.capInheritable)),
    "The inheritable capabilities.",
  ),
  row(
    "thread.cap_effective",
    "CHARBUF",
    own((thread) => capabilities(thread.capEffective)),
    "The capabilities in effect.",
  ),
  row(
    "thread.pfmajor",
    "UINT64",
    own((thread) => thread.pfmajor),
    "Major page faults since the thread started.",
  ),
  row(
    "thread.pfminor",
    "UINT64",
    own((thread) => thread.pfminor),
    "Minor page faults since the thread started.",
  ),
  row("thread.tid", "INT64", threadId, "The ID of the thread."),
  row("thread.ismain", "BOOL", own(isMainThread), "True for the main thread of a process."),
  row(
    "thread.vtid",
    "INT64",
    own((thread) => (thread.vtid === -1 ? undefined : thread.vtid)),
    "The thread ID in its own PID namespace.",
  ),
  row(
    "thread.nametid",
    "CHARBUF",
    (event) => (event.thread === undefined ? undefined : `${event.thread.comm}${event.tid}`),
    "The process name and the thread ID, combined.",
    { hidden: true },
  ),
  row("thread.exectime", "RELTIME", execTime, "Always 0: scheduler switches are not recorded.", {
    wide: true,
    ...NO_TIMES,
  }),
  row("thread.totexectime", "RELTIME", own(execTime), "Always 0, like thread.exectime.", {
    wide: true,
    ...NO_TIMES,
  }),
  row("thread.cgroups", "CHARBUF", own(cgroups), "The thread's cgroups, subsystem=path, separated by spaces."),
  rowWith(
    "thread.cgroup",
    "CHARBUF",
    cgroup,
    "The path of the thread's cgroup for one subsystem, as in thread.cgroup.cpuset.",
    {
      argument: { ...REQUIRED, dot: "only" },
    },
  ),
  row("thread.cpu", "DOUBLE", cpu, "CPU usage of the thread in the last second.", NO_USAGE),
  row("thread.cpu.user", "DOUBLE", cpu, "CPU usage of the thread in user mode.", NO_USAGE),
  row("thread.cpu.system", "DOUBLE", cpu, "CPU usage of the thread in kernel mode.", NO_USAGE),
  row(
    "thread.vmsize",
    "UINT64",
    ofMain((thread) => thread.vmsizeKb),
    "The process's virtual memory in KiB for main threads; 0 for other threads.",
  ),
  row(
    "thread.vmrss",
    "UINT64",
    ofMain((thread) => thread.vmrssKb),
    "The process's resident memory in KiB for main threads; 0 for other threads.",
  ),
  row(
    "thread.vmsize.b",
    "UINT64",
    ofMain((thread) => thread.vmsizeKb * KIB),
    "thread.vmsize in bytes.",
    { hidden: true },
  ),
  row(
    "thread.vmrss.b",
    "UINT64",
    ofMain((thread) => thread.vmrssKb * KIB),
    "thread.vmrss in bytes.",
    { hidden: true },
  ),
];

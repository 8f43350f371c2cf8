import type { Descriptor } from "../machine/descriptor.ts";
import type { Observed } from "../machine/observed.ts";
import {
  descriptorLimit,
  environmentValue,
  fdTable,
  mainThread,
  openDescriptorCount,
  otherThreadCount,
  type Thread,
  threadCount,
  workingDirectory,
} from "../machine/thread.ts";
import { type Field, FieldArgumentError, type FieldType, type Reader, type Scalar, type Value } from "./field.ts";
import { kindName } from "./kind.ts";
import { argumentsText, commandLine, environmentText, exeLine } from "./line.ts";
import { ancestor, leader, someParent } from "./lineage.ts";
import { OPTIONAL, PLAIN, row, rowWith, wholeNumber } from "./row.ts";

/** Reads a property of the thread. */
export function own<T extends Value>(read: (thread: Thread) => T | undefined): (event: Observed) => T | undefined {
  return ({ thread }) => (thread === undefined ? undefined : read(thread));
}

/** Reads a property of the parent process. */
export function parents<T extends Value>(read: (thread: Thread) => T | undefined): Reader {
  return ({ machine, thread }) => {
    const parent = thread === undefined ? undefined : ancestor(machine, thread, 1);
    return parent === undefined ? undefined : read(parent);
  };
}

/** Reads a property of the leader of the session or process group; "" if unknown. */
function leaders(idOf: (thread: Thread) => number, virtual: boolean, read: (thread: Thread) => string): Reader {
  return ({ machine, thread }) => {
    if (thread === undefined) return undefined;
    const found = leader(machine, thread, idOf, virtual);
    return found === undefined ? "" : read(found);
  };
}

const comm = (thread: Thread) => thread.comm;
const exe = (thread: Thread) => thread.exe;
const exepath = (thread: Thread) => thread.exepath;

/** Returns undefined for IDs beyond 32 bits, which do not identify a process. */
function shownId(id: number): number | undefined {
  return id >= -1 && id <= 0xffffffff ? id : undefined;
}

const pid = (thread: Thread) => shownId(thread.pid);

/** The generation that an argument selects; -1 for all ancestors. */
function generation(name: string, argument: string | undefined): number {
  if (argument === undefined) return -1;
  const number = wholeNumber(argument);
  if (number === undefined)
    throw new FieldArgumentError(`${name} takes a number of generations, for example ${name}[2].`);
  return number;
}

/** The strings for all ancestors, separated by spaces, beginning with the parent. */
function allAncestors(read: (thread: Thread) => string): Reader {
  return ({ machine, thread }) => {
    const main = thread === undefined ? undefined : mainThread(thread);
    if (main === undefined) return undefined;
    let text = "";
    someParent(machine, main, read, (one) => {
      text = text === "" ? one : `${text} ${one}`;
      return false;
    });
    return text === "" ? undefined : text;
  };
}

function ofGeneration(steps: number, read: (thread: Thread) => Scalar | undefined): Reader {
  return ({ machine, thread }) => {
    const found = thread === undefined || steps < 0 ? undefined : ancestor(machine, thread, steps);
    return found === undefined ? undefined : read(found);
  };
}

/** Returns a test for whether `matches` returns true for any ancestor. */
function anyAncestor<T extends Scalar>(read: (thread: Thread) => T) {
  return ({ machine, thread }: Observed, matches: (value: Scalar) => boolean): boolean => {
    const main = thread === undefined ? undefined : mainThread(thread);
    return main !== undefined && someParent<Scalar>(machine, main, read, matches);
  };
}

/**
 * A field of ancestors. With a number, the field refers to that ancestor. Without a number, it refers to any ancestor
 * in conditions, and to all ancestors in outputs.
 */
function ancestors(name: string, read: (thread: Thread) => string, what: string, extras?: Pick<Field, "heavy">): Field {
  return rowWith(
    name,
    "CHARBUF",
    (argument) => {
      const steps = generation(name, argument);
      return steps === -1 ? allAncestors(read) : ofGeneration(steps, read);
    },
    `${what} of an ancestor: ${name}[1] for the parent, ${name}[2] for the grandparent, and so on; ` +
      "without a number, any ancestor in conditions and all ancestors in outputs.",
    {
      ...PLAIN,
      argument: OPTIONAL,
      any: (argument) => (generation(name, argument) === -1 ? anyAncestor(read) : undefined),
      ...extras,
    },
  );
}

const ancestorIds: Field = rowWith(
  "proc.apid",
  "INT64",
  (argument) => ofGeneration(Math.max(generation("proc.apid", argument), 0), pid),
  "The ID of an ancestor: proc.apid[1] for the parent, and so on; without a number, any ancestor in conditions and " +
    "the process itself in outputs.",
  {
    ...PLAIN,
    argument: OPTIONAL,
    changes: "often",
    any: (argument) => (generation("proc.apid", argument) === -1 ? anyAncestor((thread) => thread.pid) : undefined),
  },
);

/** The arguments of one ancestor or of all ancestors. */
const ancestorArguments: Field = rowWith(
  "proc.aargs",
  "CHARBUF",
  (argument) => {
    const steps = generation("proc.aargs", argument);
    if (steps !== -1) return ofGeneration(steps, argumentsText);
    return allArguments;
  },
  "The arguments of an ancestor: proc.aargs[1] for the parent, and so on; without a number, of all ancestors.",
  { argument: OPTIONAL, heavy: true },
);

function allArguments({ machine, thread }: Observed): string | undefined {
  const main = thread === undefined ? undefined : mainThread(thread);
  if (main === undefined) return undefined;
  let text = "";
  someParent(machine, main, argumentsText, (one) => {
    text = text === "" ? one : `${text} ${one}`;
    return false;
  });
  return text === "" ? undefined : text;
}

/** Returns a reader for one argument, by its index from 0, or for all arguments. */
function argumentsOf(argument: string | undefined): Reader {
  const number = argument === undefined ? -1 : wholeNumber(argument);
  if (number === undefined)
    throw new FieldArgumentError("proc.args takes the number of an argument, for example proc.args[0].");
  if (number < 0) return own(argumentsText);
  return own((thread) => thread.args[number] ?? "");
}

/** Returns a reader for one environment variable, by its name, or for all variables. */
function environmentOf(argument: string | undefined): Reader {
  if (argument === undefined || isNumber(argument)) return own(environmentText);
  return own((thread) => environmentValue(thread, argument));
}

function isNumber(argument: string): boolean {
  return argument === "" || /^[0-9]+$/.test(argument);
}

/** Maximum number of ancestors searched for a variable. */
const MAX_ENVIRONMENTS = 20;

/**
 * Returns a reader for a variable of the nearest ancestor that has it, or for all variables of the process or one
 * ancestor.
 */
function ancestorEnvironment(argument: string | undefined): Reader {
  if (argument === undefined || isNumber(argument)) {
    const steps = argument === undefined || argument === "" ? 0 : Number(argument);
    if (steps < 1) return own(environmentText);
    return (event) => {
      const found = parentBy(event, steps);
      return found === undefined ? undefined : environmentText(found);
    };
  }
  return ({ machine, thread }) => {
    if (thread === undefined) return undefined;
    let at = mainThread(thread);
    for (let i = 0; i < MAX_ENVIRONMENTS && at !== undefined; i++) {
      at = machine.threads.get(at.ptid);
      const value = at === undefined ? "" : environmentValue(at, argument);
      if (value !== "") return value;
    }
    return "";
  };
}

function parentBy({ machine, thread }: Observed, steps: number): Thread | undefined {
  let at = thread === undefined ? undefined : mainThread(thread);
  for (let i = 0; i < steps && at !== undefined; i++) at = machine.threads.get(at.ptid);
  return at;
}

/** PID of the oldest shell among the process and its ancestors. */
function loginShell({ machine, thread }: Observed): number | undefined {
  const main = thread === undefined ? undefined : mainThread(thread);
  if (main === undefined) return undefined;
  let found = main.comm.endsWith("sh") ? main.pid : undefined;
  someParent(
    machine,
    main,
    (parent) => parent,
    (parent) => {
      if (parent.comm.endsWith("sh")) found = parent.pid;
      return false;
    },
  );
  return found;
}

/** Age of a thread in nanoseconds; undefined if unknown. */
function age(event: Observed, thread: Thread | undefined): bigint | undefined {
  return thread === undefined || thread.cloneTime === 0n ? undefined : event.time - thread.cloneTime;
}

/**
 * The age of the parent. As in Falco, the number of open descriptors of the process is returned if the parent started
 * before the capture.
 */
function parentAge(event: Observed): bigint | undefined {
  const { machine, thread } = event;
  if (thread === undefined) return undefined;
  const parent = ancestor(machine, thread, 1);
  if (parent === undefined) return undefined;
  return age(event, parent) ?? BigInt(openDescriptorCount(thread));
}

/** Returns undefined for 0, which represents unknown times and inode numbers. */
const known = (value: bigint) => (value === 0n ? undefined : value);

/** Percentage of the descriptor limit that is in use. */
function descriptorUsage(thread: Thread): number {
  const limit = descriptorLimit(thread);
  if (limit <= 0) return 0;
  const count = openDescriptorCount(thread);
  return count <= limit ? (count * 100) / limit : 100;
}

function directParent({ machine, thread }: Observed): Thread | undefined {
  return thread === undefined ? undefined : machine.threads.get(thread.ptid);
}

const argumentBytes = (thread: Thread) => thread.args.reduce((sum, argument) => sum + argument.length, 0);

/** Reads a property of a standard descriptor. */
function standard(number: number, read: (fd: Descriptor) => string): Reader {
  return own((thread) => {
    const fd = fdTable(thread)?.get(number);
    return fd === undefined ? undefined : read(fd);
  });
}

const nameOf = (fd: Descriptor) => fd.path.text;

const sid = (thread: Thread) => thread.sid;
const vpgid = (thread: Thread) => thread.vpgid;
const pgid = (thread: Thread) => thread.pgid;

const WIDE = { wide: true } as const;
/** Roles of IDs and times, which differ between processes. */
const OFTEN = { changes: "often" } as const;
const SPAN = { ...WIDE, ...OFTEN } as const;
/** Roles of traits that identify a process in addition to its ID. */
const TRAIT = { about: "process", as: "trait", ...OFTEN } as const;

function count(name: string, read: (thread: Thread) => number, description: string, type: FieldType = "UINT64"): Field {
  return row(name, type, own(read), description);
}

export const processFields: readonly Field[] = [
  row(
    "proc.exe",
    "CHARBUF",
    own(exe),
    "The first argument (argv[0]), usually the name or path with which the program was started.",
  ),
  row("proc.pexe", "CHARBUF", parents(exe), "proc.exe of the parent."),
  ancestors("proc.aexe", exe, "proc.exe"),
  row("proc.exepath", "CHARBUF", own(exepath), "The path of the program's file, without symbolic links.", {
    about: "program",
    as: "name",
    ecs: { "process.executable": "text" },
  }),
  row("proc.pexepath", "CHARBUF", parents(exepath), "proc.exepath of the parent.", {
    ecs: { "process.parent.executable": "text" },
  }),
  ancestors("proc.aexepath", exepath, "proc.exepath"),
  row("proc.name", "CHARBUF", own(comm), "The name of the process in the kernel, at most 15 characters.", {
    about: "process",
    as: "name",
    column: "process",
    aliases: ["proc"],
    csv: 5,
    ecs: { "process.name": "text" },
    cef: "sproc",
  }),
  row("proc.pname", "CHARBUF", parents(comm), "proc.name of the parent.", {
    about: "parent",
    as: "name",
    aliases: ["parent"],
    ecs: { "process.parent.name": "text" },
  }),
  ancestors("proc.aname", comm, "proc.name"),
  rowWith(
    "proc.args",
    "CHARBUF",
    argumentsOf,
    "The arguments after argv[0], separated by spaces; proc.args[0] is the first argument.",
    { argument: OPTIONAL },
  ),
  ancestorArguments,
  row("proc.cmdline", "CHARBUF", own(commandLine), "proc.name, followed by proc.args.", {
    aliases: ["cmdline"],
    csv: 7,
    ecs: { "process.command_line": "text" },
  }),
  row("proc.pcmdline", "CHARBUF", parents(commandLine), "proc.cmdline of the parent.", {
    ecs: { "process.parent.command_line": "text" },
  }),
  ancestors("proc.acmdline", commandLine, "proc.cmdline", { heavy: true }),
  count("proc.cmdnargs", (thread) => thread.args.length, "The number of arguments after argv[0]."),
  count("proc.cmdlenargs", argumentBytes, "The length of the arguments in bytes, without separating spaces."),
  row("proc.exeline", "CHARBUF", own(exeLine), "proc.exe, followed by proc.args."),
  rowWith(
    "proc.env",
    "CHARBUF",
    environmentOf,
    "The environment, NAME=value, separated by spaces; proc.env[HOME] is the value of one variable.",
    { argument: OPTIONAL, heavy: true },
  ),
  rowWith(
    "proc.aenv",
    "CHARBUF",
    ancestorEnvironment,
    "The environment of ancestors: proc.aenv[HOME] is the value in the nearest of 20 ancestors, proc.aenv[2] is the " +
      "environment of the parent's parent; in conditions without a name, the environment of any ancestor.",
    {
      ...PLAIN,
      argument: OPTIONAL,
      heavy: true,
      any: (argument) => (argument === undefined || isNumber(argument) ? anyAncestor(environmentText) : undefined),
    },
  ),
  row("proc.cwd", "CHARBUF", own(workingDirectory), "The working directory.", {
    ecs: { "process.working_directory": "text" },
  }),
  row(
    "proc.loginshellid",
    "INT64",
    loginShell,
    "The ID of the oldest shell among the process and its ancestors.",
    OFTEN,
  ),
  count(
    "proc.tty",
    (thread) => thread.tty,
    "The number of the controlling terminal; 0 without a controlling terminal.",
    "UINT32",
  ),
  row("proc.pid", "INT64", own(pid), "The ID of the process.", {
    about: "process",
    as: "id",
    changes: "often",
    aliases: ["pid"],
    csv: 6,
    ecs: { "process.pid": "number" },
    cef: "spid",
  }),
  row("proc.ppid", "INT64", parents(pid), "The ID of the parent.", {
    ...TRAIT,
    ecs: { "process.parent.pid": "number" },
  }),
  ancestorIds,
  row(
    "proc.vpid",
    "INT64",
    own((thread) => (thread.vpid === -1 ? undefined : thread.vpid)),
    "The process ID in its own PID namespace.",
    TRAIT,
  ),
  row("proc.pvpid", "INT64", (event) => directParent(event)?.vpid, "The parent's ID in the parent's namespace.", OFTEN),
  row("proc.sid", "INT64", own(sid), "The ID of the session.", OFTEN),
  row("proc.sname", "CHARBUF", leaders(sid, true, comm), "proc.name of the leader of the session."),
  row("proc.sid.exe", "CHARBUF", leaders(sid, true, exe), "proc.exe of the leader of the session."),
  row("proc.sid.exepath", "CHARBUF", leaders(sid, true, exepath), "proc.exepath of the leader of the session."),
  row("proc.vpgid", "INT64", own(vpgid), "The ID of the process group, in the process's namespace.", OFTEN),
  row("proc.vpgid.name", "CHARBUF", leaders(vpgid, true, comm), "proc.name of the leader of the process group."),
  row("proc.vpgid.exe", "CHARBUF", leaders(vpgid, true, exe), "proc.exe of the leader of the process group."),
  row(
    "proc.vpgid.exepath",
    "CHARBUF",
    leaders(vpgid, true, exepath),
    "proc.exepath of the leader of the process group.",
  ),
  row("proc.pgid", "INT64", own(pgid), "The process group ID on the host.", OFTEN),
  row("proc.pgid.name", "CHARBUF", leaders(pgid, false, comm), "proc.name of the leader of the process group."),
  row("proc.pgid.exe", "CHARBUF", leaders(pgid, false, exe), "proc.exe of the leader of the process group."),
  row(
    "proc.pgid.exepath",
    "CHARBUF",
    leaders(pgid, false, exepath),
    "proc.exepath of the leader of the process group.",
  ),
  row("proc.duration", "RELTIME", (event) => age(event, event.thread), "Nanoseconds since the process started.", SPAN),
  row("proc.ppid.duration", "RELTIME", parentAge, "Nanoseconds since the parent started.", SPAN),
  row(
    "proc.pid.ts",
    "RELTIME",
    own((thread) => known(thread.cloneTime)),
    "Start time of the process: nanoseconds since the epoch.",
    { ...WIDE, ...TRAIT },
  ),
  row("proc.ppid.ts", "RELTIME", (event) => directParent(event)?.cloneTime, "Start time of the parent.", SPAN),
  row(
    "proc.is_exe_writable",
    "BOOL",
    own((thread) => thread.exeWritable),
    "True if the user may write to the program's file.",
  ),
  row(
    "proc.is_exe_upper_layer",
    "BOOL",
    own((thread) => thread.exeUpperLayer),
    "True if the program's file is in an overlay's upper, writable layer: added after the container started.",
  ),
  row(
    "proc.is_exe_lower_layer",
    "BOOL",
    own((thread) => thread.exeLowerLayer),
    "True if the program's file is in an overlay's lower layer: part of the image.",
  ),
  row(
    "proc.is_exe_from_memfd",
    "BOOL",
    own((thread) => thread.exeFromMemfd),
    "True if the program exists only in memory (memfd).",
  ),
  row(
    "proc.is_sid_leader",
    "BOOL",
    own((thread) => thread.sid === thread.vpid),
    "True for the leader of a session.",
  ),
  row(
    "proc.is_vpgid_leader",
    "BOOL",
    own((thread) => thread.vpgid === thread.vpid),
    "True for the leader of a process group, in its own namespace.",
  ),
  row(
    "proc.is_pgid_leader",
    "BOOL",
    own((thread) => thread.pgid === thread.pid),
    "True for the leader of a process group.",
  ),
  row(
    "proc.exe_ino",
    "INT64",
    own((thread) => known(thread.exeIno)),
    "The inode number of the program's file.",
    WIDE,
  ),
  row(
    "proc.exe_ino.ctime",
    "ABSTIME",
    own((thread) => known(thread.exeInoCtime)),
    "Time of the last change of the inode of the program's file: nanoseconds since the epoch.",
    WIDE,
  ),
  row(
    "proc.exe_ino.mtime",
    "ABSTIME",
    own((thread) => known(thread.exeInoMtime)),
    "Time of the last change of the content of the program's file: nanoseconds since the epoch.",
    WIDE,
  ),
  row(
    "proc.exe_ino.ctime_duration_proc_start",
    "ABSTIME",
    own((thread) => known(thread.exeInoCtimeDurationCloneTs)),
    "Nanoseconds from the last change of the inode to the start of the process.",
    WIDE,
  ),
  row(
    "proc.exe_ino.ctime_duration_pidns_start",
    "ABSTIME",
    own((thread) => known(thread.exeInoCtimeDurationPidnsStart)),
    "Nanoseconds from the start of the PID namespace to the last change of the inode, if the change was later.",
    WIDE,
  ),
  row(
    "proc.pidns_init_start_ts",
    "UINT64",
    own((thread) => known(thread.pidnsInitStart)),
    "Start time of the PID namespace: nanoseconds since boot.",
    SPAN,
  ),
  count("proc.fdopencount", openDescriptorCount, "Number of open descriptors of the process."),
  count("proc.fdlimit", descriptorLimit, "The maximum number of open descriptors.", "INT64"),
  count("proc.fdusage", descriptorUsage, "Open descriptors as a percentage of the maximum.", "DOUBLE"),
  count("proc.vmsize", (thread) => thread.vmsizeKb, "Virtual memory of the process, in KiB."),
  count("proc.vmrss", (thread) => thread.vmrssKb, "Resident memory of the process, in KiB."),
  count("proc.vmswap", (thread) => thread.vmswapKb, "Swapped memory of the process, in KiB."),
  count("proc.nthreads", threadCount, "Number of threads of the process."),
  count("proc.nchilds", otherThreadCount, "Number of threads of the process, without the main thread."),
  row("proc.stdin.type", "CHARBUF", standard(0, kindName), "The kind of descriptor 0, standard input."),
  row("proc.stdout.type", "CHARBUF", standard(1, kindName), "The kind of descriptor 1, standard output."),
  row("proc.stderr.type", "CHARBUF", standard(2, kindName), "The kind of descriptor 2, standard error."),
  row("proc.stdin.name", "CHARBUF", standard(0, nameOf), "The name of descriptor 0, standard input."),
  row("proc.stdout.name", "CHARBUF", standard(1, nameOf), "The name of descriptor 1, standard output."),
  row("proc.stderr.name", "CHARBUF", standard(2, nameOf), "The name of descriptor 2, standard error."),
];

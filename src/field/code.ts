import { EventCode } from "../event/code.ts";
import { GenericParam } from "../event/generic.ts";
import { ownParamIndex } from "../event/own.ts";
import { FdKind } from "../event/snapshot.ts";
import { syscallId } from "../event/syscalls.ts";
import type { Observed } from "../machine/observed.ts";
import { joinPath } from "../machine/path.ts";
import { fdTable, workingDirectory } from "../machine/thread.ts";
import type { FieldClass } from "./catalogue.ts";
import { row } from "./row.ts";

/** Origins of code by the bits of the probe (code.h): bit 0 is a file in memory, bit 1 an unlinked file. */
const ORIGINS: readonly (string | undefined)[] = [undefined, "memory", "unlinked", "both"];
const MEMFD = "memfd:";

const exec = (name: string) => ownParamIndex(EventCode.EXECVE_19_X, name);
const Exec = {
  filename: 30,
  interpreter: exec("interpreter"),
  script: exec("script"),
  origin: exec("origin"),
} as const;
const Mapping = {
  origin: ownParamIndex(EventCode.MMAP_X, "origin"),
  path: ownParamIndex(EventCode.MMAP_X, "path"),
} as const;
const Protect = {
  origin: ownParamIndex(EventCode.MPROTECT_X, "origin"),
  path: ownParamIndex(EventCode.MPROTECT_X, "path"),
} as const;
const PKEY_MPROTECT = syscallId.get("pkey_mprotect");
const NOWHERE = -1;

function isKeyed(event: Observed): boolean {
  return event.length(0) === 2 && event.u16(0) === PKEY_MPROTECT;
}

function originIndex(event: Observed): number {
  switch (event.type) {
    case EventCode.EXECVE_19_X:
      return Exec.origin;
    case EventCode.MMAP_X:
      return Mapping.origin;
    case EventCode.MPROTECT_X:
      return Protect.origin;
    case EventCode.GENERIC_X:
      return isKeyed(event) ? GenericParam.second : NOWHERE;
    default:
      return NOWHERE;
  }
}

/** Origin bits that the probe reported; 0 if unknown. */
function originBits(event: Observed): number {
  const i = originIndex(event);
  return i >= 0 && event.length(i) === 4 ? event.u32(i) : 0;
}

const BITS = ORIGINS.length - 1;

function origin(event: Observed): string | undefined {
  return originText(originBits(event), path(event));
}

/** Text of the origin. An unlinked file in memory is "unlinked"; a memfd is "memory", since it never has a name. */
function originText(bits: number, of: string | undefined): string | undefined {
  const text = ORIGINS[bits & BITS];
  return text === "both" ? (of?.startsWith(MEMFD) === true ? "memory" : "unlinked") : text;
}

function scriptOrigin(event: Observed): string | undefined {
  return event.type === EventCode.EXECVE_19_X ? originText(originBits(event) >>> 8, script(event)) : undefined;
}

/** The path in parameter `i`; undefined if it is empty. */
function textAt(event: Observed, i: number): string | undefined {
  return event.length(i) > 1 ? event.text(i) : undefined;
}

function path(event: Observed): string | undefined {
  switch (event.type) {
    case EventCode.EXECVE_19_X:
      return event.thread?.exepath;
    case EventCode.MMAP_X:
      return textAt(event, Mapping.path);
    case EventCode.MPROTECT_X:
      return textAt(event, Protect.path);
    case EventCode.GENERIC_X:
      return isKeyed(event) ? textAt(event, GenericParam.path) : undefined;
    default:
      return undefined;
  }
}

function interpreter(event: Observed): string | undefined {
  return event.type === EventCode.EXECVE_19_X ? textAt(event, Exec.interpreter) : undefined;
}

/** Path of the script that an exec runs. For an opened file, path of the script in the arguments of the program. */
function script(event: Observed): string | undefined {
  switch (event.type) {
    case EventCode.EXECVE_19_X:
      return executedScript(event);
    case EventCode.OPEN_X:
    case EventCode.OPENAT_2_X:
    case EventCode.OPENAT2_X:
      return interpretedFile(event);
    default:
      return undefined;
  }
}

function executedScript(event: Observed): string | undefined {
  if (interpreter(event) === undefined) return descriptorArgument(event) ?? interpretedFile(event);
  const found = textAt(event, Exec.script);
  if (found !== undefined || event.thread === undefined) return found;
  const given = textAt(event, Exec.filename);
  return given === undefined ? undefined : joinPath(workingDirectory(event.thread), given);
}

const BY_DESCRIPTOR = /^\/(?:dev|proc\/(self|thread-self|\d+)(?:\/task\/\d+)?)\/fd\/(\d+)$/;

/** The file to which the first argument of the form `/dev/fd/N` or `/proc/PID/fd/N` refers: `sh /dev/fd/3`. */
function descriptorArgument({ type, thread, machine }: Observed): string | undefined {
  if (type !== EventCode.EXECVE_19_X || thread === undefined) return undefined;
  for (const argument of thread.args) {
    if (!argument.startsWith("/dev/fd/") && !argument.startsWith("/proc/")) continue;
    const found = BY_DESCRIPTOR.exec(argument);
    if (found === null) continue;
    const [, owner = "self", number] = found;
    const of = owner.endsWith("self") ? thread : machine.threads.get(Number(owner));
    const fd = of === undefined ? undefined : fdTable(of)?.get(Number(number));
    if (fd !== undefined) return fd.kind === FdKind.memfd ? memfdPath(fd.name) : fd.name;
  }
  return undefined;
}

/** The options of an interpreter before its script. */
interface Interpreter {
  /** Matches names of the executable. */
  readonly name: RegExp;
  /** Matches options that replace the script. */
  readonly code: RegExp;
  /** Matches options whose value is the next argument. */
  readonly takesValue: RegExp;
}

const SHELL: Interpreter = {
  name: /^(?:sh|r?bash|dash|ash|[mo]?ksh\d*|zsh(?:-[\d.]+)?|fish|t?csh)$/,
  code: /^-[a-zA-Z]*c/,
  takesValue: /^(?:[-+][a-zA-Z]*[oO]|--rcfile|--init-file)$/,
};
const INTERPRETERS: readonly Interpreter[] = [
  SHELL,
  {
    name: /^python[\d.]*$/,
    code: /^-[bBdEiIOPqRsStuvx]*[cm]/,
    takesValue: /^(?:-[bBdEiIOPqRsStuvx]*[WXQ]|--check-hash-based-pycs)$/,
  },
  { name: /^perl[\d.]*$/, code: /^-[acdflnpsStTuUwWX0-7]*[eE]/, takesValue: /^-[acdflnpsStTuUwWX]*I$/ },
  {
    name: /^ruby[\d.]*$/,
    code: /^-[acdlnpsSUvw0-7]*e/,
    takesValue: /^(?:-[acdlnpsSUvw]*[IrCEX]|--(?:(?:external-|internal-)?encoding|enable|disable|backtrace-limit))$/,
  },
  {
    name: /^php[\d.]*$/,
    code: /^(?:-[aCeHilmnqsvw]*[rBRE]|--run|--process-)/,
    takesValue: /^(?:-[aCeHilmnqsvw]*[dczt]|--define|--php-ini|--zend-extension|--docroot)$/,
  },
  { name: /^lua(?:jit)?[\d.-]*$/, code: /^$/, takesValue: /^-[le]$/ },
  {
    name: /^node[\d.]*$/,
    code: /^(?:-e|-p|-pe|--eval|--print)(?:=|$)/,
    takesValue:
      /^(?:-[rC]|--(?:require|import|(?:experimental-)?loader|conditions|env-file(?:-if-exists)?|title|disable-warning|redirect-warnings|diagnostic-dir|icu-data-dir|openssl-config|inspect-port|unhandled-rejections|dns-result-order|tls-cipher-list|watch-path))$/,
  },
];
/** A program with many commands, including shells. Its name, or otherwise its first argument, selects the command. */
const MULTI_CALL = /^(?:busy|toy)box[\w.-]*$/;

const lastName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Path of the script in the arguments of an interpreter: `sh -x ./setup`. */
function interpretedFile({ thread }: Observed): string | undefined {
  if (thread === undefined || thread.args.length === 0) return undefined;
  let program = lastName(thread.exepath);
  let from = 0;
  if (MULTI_CALL.test(program)) {
    program = lastName(thread.exe).replace(/^-/, "");
    if (MULTI_CALL.test(program)) program = lastName(thread.args[from++]!);
  }
  const interpreter = INTERPRETERS.find(({ name }) => name.test(program));
  if (interpreter === undefined) return undefined;
  for (let i = from; i < thread.args.length; i++) {
    const argument = thread.args[i]!;
    if (argument === "") return undefined;
    if (argument.startsWith("-") || (interpreter === SHELL && argument.startsWith("+"))) {
      if (interpreter.code.test(argument)) return undefined;
      if (interpreter.takesValue.test(argument)) i++;
    } else return joinPath(workingDirectory(thread), argument);
  }
  return undefined;
}

/**
 * The kernel's path of a memfd. Descriptors that were opened before the agent started have names such as "/memfd:x".
 */
function memfdPath(name: string): string {
  return name.startsWith(`/${MEMFD}`) ? name.slice(1) : `${MEMFD}${name}`;
}

/** Fields about code that an event makes executable. */
export const codeClass: FieldClass = {
  name: "code",
  description: "Code that a program, script or mapping runs",
  fields: [
    row(
      "code.origin",
      "CHARBUF",
      origin,
      "The location of the file that an exec runs, or that mmap or mprotect makes executable: memory (tmpfs or " +
        "memfd), or unlinked (the last name was removed, or the file never had a name). Absent for files with a " +
        "name on a disk.",
    ),
    row("code.path", "CHARBUF", path, "The path of the file that code.origin describes, as resolved by the kernel."),
    row(
      "code.script",
      "CHARBUF",
      script,
      "The path of the script that an exec runs through an interpreter: as resolved by the kernel for a descriptor, " +
        "otherwise as the program passed it, made absolute. Also the script in the arguments of an interpreter, and " +
        "the file behind an argument such as /dev/fd/3. For an opened file, the script in the arguments of the program.",
    ),
    row("code.script_origin", "CHARBUF", scriptOrigin, "code.origin of a script that was passed by descriptor."),
    row(
      "code.interpreter",
      "CHARBUF",
      interpreter,
      "The interpreter in the first line of the script; absent for programs that are not scripts.",
    ),
  ],
};

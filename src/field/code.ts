import { EventCode } from "../event/code.ts";
import { GenericParam } from "../event/generic.ts";
import { ownPlace } from "../event/own.ts";
import { syscallId } from "../event/syscalls.ts";
import type { Observed } from "../machine/observed.ts";
import { joinPath } from "../machine/path.ts";
import { workingDirectory } from "../machine/thread.ts";
import type { FieldClass } from "./catalogue.ts";
import { row } from "./row.ts";

/** Where a file is, by the bits of the probe (code.h): without a disk, without a directory. */
const ORIGINS: readonly (string | undefined)[] = [undefined, "memory", "unlinked", "memory"];

const exec = (name: string) => ownPlace(EventCode.EXECVE_19_X, name);
const Exec = {
  filename: 30,
  interpreter: exec("interpreter"),
  script: exec("script"),
  origin: exec("origin"),
} as const;
const Mapping = { origin: ownPlace(EventCode.MMAP_X, "origin"), path: ownPlace(EventCode.MMAP_X, "path") } as const;
const Protect = {
  origin: ownPlace(EventCode.MPROTECT_X, "origin"),
  path: ownPlace(EventCode.MPROTECT_X, "path"),
} as const;
const PKEY_MPROTECT = syscallId.get("pkey_mprotect");
const NOWHERE = -1;

function isKeyed(event: Observed): boolean {
  return event.length(0) === 2 && event.u16(0) === PKEY_MPROTECT;
}

function originPlace(event: Observed): number {
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

/** Bits of the probe; 0 if they are unknown. */
function originBits(event: Observed): number {
  const i = originPlace(event);
  return i >= 0 && event.length(i) === 4 ? event.u32(i) : 0;
}

const BITS = ORIGINS.length - 1;

const origin = (event: Observed) => ORIGINS[originBits(event) & BITS];

function scriptOrigin(event: Observed): string | undefined {
  return event.type === EventCode.EXECVE_19_X ? ORIGINS[(originBits(event) >>> 8) & BITS] : undefined;
}

/** A path of an event; undefined if it is empty. */
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

function script(event: Observed): string | undefined {
  if (interpreter(event) === undefined) return undefined;
  const found = textAt(event, Exec.script);
  if (found !== undefined || event.thread === undefined) return found;
  const given = textAt(event, Exec.filename);
  return given === undefined ? undefined : joinPath(workingDirectory(event.thread), given);
}

/** Fields of code that an event makes executable. */
export const codeClass: FieldClass = {
  name: "code",
  description: "Code that a program, script or mapping runs",
  fields: [
    row(
      "code.origin",
      "CHARBUF",
      origin,
      "Where the file is that an exec runs, or that mmap or mprotect makes executable: memory (tmpfs or memfd), or " +
        "unlinked (its last name was removed, or it never had one). Absent for files with a name on a disk.",
    ),
    row("code.path", "CHARBUF", path, "The path of that file as the kernel resolved it."),
    row(
      "code.script",
      "CHARBUF",
      script,
      "The path of the script that an exec runs through an interpreter: by descriptor as the kernel resolved it, else as " +
        "the program gave it, made absolute.",
    ),
    row("code.script_origin", "CHARBUF", scriptOrigin, "code.origin of a script that was given by its descriptor."),
    row(
      "code.interpreter",
      "CHARBUF",
      interpreter,
      "The interpreter in the first line of that script; absent for programs without one.",
    ),
  ],
};

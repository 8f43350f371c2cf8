import { EventCode } from "../event/code.ts";
import { AT_FDCWD } from "../event/constants.ts";
import { GenericParam, genericFd, genericPathIndex } from "../event/generic.ts";
import { FdKind } from "../event/snapshot.ts";
import { eventTypes } from "../event/types.ts";
import type { Observed } from "../machine/observed.ts";
import { pathFrom } from "../machine/open.ts";
import { joinPath, type Name } from "../machine/path.ts";
import { type Thread, workingDirectory } from "../machine/thread.ts";
import { fileName } from "./fd.ts";
import type { Field, Reader } from "./field.ts";
import { row } from "./row.ts";

/** Positions of paths in the parameters of a call, and the condition for its success. */
interface Paths {
  /** The result parameter, whether the result must equal or differ from a value, and this value. */
  readonly success: readonly [number: number, equal: boolean, value: number];
  /** Index of the path parameter; `fd` for the name of the descriptor. */
  readonly name?: number | "fd";
  readonly source?: number;
  readonly target?: number;
}

type End = "name" | "source" | "target";

/**
 * Names of the parameters with the path, or with the source and target. The result of a successful call is 0, or a
 * descriptor for calls that open.
 */
const CALLS: readonly (readonly [codes: readonly (keyof typeof EventCode)[], ends: Partial<Record<End, string>>])[] = [
  [["MKDIR_2_X", "MKDIRAT_X", "RMDIR_2_X", "UNLINK_2_X", "CHOWN_X", "LCHOWN_X"], { name: "path" }],
  [["UNLINKAT_2_X", "UMOUNT_1_X", "UMOUNT2_X"], { name: "name" }],
  [["OPEN_X", "OPENAT_2_X", "OPENAT2_X"], { name: "name" }],
  [["FCHMODAT_X", "CHMOD_X"], { name: "filename" }],
  [["FCHMOD_X", "FCHOWN_X"], { name: "fd" }],
  [["FCHOWNAT_X"], { name: "pathname" }],
  [["QUOTACTL_X"], { name: "special" }],
  [["RENAME_X", "RENAMEAT_X", "RENAMEAT2_X"], { source: "oldpath", target: "newpath" }],
  [["LINK_2_X", "LINKAT_2_X"], { source: "newpath", target: "oldpath" }],
  [["SYMLINK_X", "SYMLINKAT_X"], { source: "linkpath", target: "target" }],
  [["MOUNT_X"], { source: "dev", target: "dir" }],
];

const OPENED = ["OPEN_X", "OPENAT_2_X", "OPENAT2_X"];

const paths: readonly (Paths | undefined)[] = buildPaths();

function buildPaths(): (Paths | undefined)[] {
  const table: (Paths | undefined)[] = new Array(eventTypes.length).fill(undefined);
  for (const [keys, ends] of CALLS) {
    for (const key of keys) {
      const code = EventCode[key];
      const number = (name: string) => eventTypes[code]!.params.findIndex((param) => param.name === name);
      const opened = OPENED.includes(key);
      const entry: { -readonly [K in keyof Paths]: Paths[K] } = {
        success: opened ? [number("fd"), false, -1] : [number("res"), true, 0],
      };
      if (ends.name !== undefined) entry.name = ends.name === "fd" ? "fd" : number(ends.name);
      if (ends.source !== undefined) entry.source = number(ends.source);
      if (ends.target !== undefined) entry.target = number(ends.target);
      table[code] = entry;
    }
  }
  return table;
}

function succeeded(event: Observed, [i, equal, value]: Paths["success"]): boolean {
  if (i < 0 || event.length(i) !== 8) return false;
  return (event.i64(i) === value) === equal;
}

/** Index of the parameter with a path; undefined if the call failed or has no such path. */
function placeOf(event: Observed, end: End): number | "fd" | undefined {
  const call = paths[event.type];
  if (event.type === EventCode.GENERIC_X) return genericPlaceOf(event, end);
  if (call === undefined || !succeeded(event, call.success)) return undefined;
  const place = call[end];
  return typeof place === "number" && (place < 0 || place >= event.count) ? undefined : place;
}

/** Like {@link placeOf}, for generic events whose Eyas-specific parameters were recorded. */
function genericPlaceOf(event: Observed, end: End): number | "fd" | undefined {
  if (event.length(0) !== 2 || !succeeded(event, [GenericParam.res, true, 0])) return undefined;
  const id = event.u16(0);
  const place = genericPathIndex(id, end);
  if (place >= 0) return place < event.count ? place : undefined;
  return end === "name" && genericFd[id]! >= 0 ? "fd" : undefined;
}

/** The path that the program passed. */
function rawPath(event: Observed, end: End): string | undefined {
  const place = placeOf(event, end);
  if (place === "fd") return fileName(event);
  return place === undefined ? undefined : event.machine.decoder.name(event, place).text;
}

const UNKNOWN = "<UNKNOWN>";

/** The directory of the event's descriptor, as prefix for a relative path. */
function eventDirectory({ fd }: Observed): string {
  return fd === undefined || fd.kind !== FdKind.directory ? UNKNOWN : fd.path.asDirectory;
}

/** The absolute path, resolved against the directory of the call. */
function absolute(event: Observed, end: End): string | undefined {
  const place = placeOf(event, end);
  const { thread } = event;
  if (place === undefined || thread === undefined) return undefined;
  if (place === "fd") {
    const name = fileName(event);
    return name === undefined ? undefined : joinPath(workingDirectory(thread), name);
  }
  const name = event.machine.decoder.name(event, place);
  return name.isAbsolute ? name.in("").text : relative(event, thread, name, end);
}

function relative(event: Observed, thread: Thread, name: Name, end: End): string {
  switch (event.type) {
    case EventCode.OPENAT_2_X:
    case EventCode.OPENAT2_X:
      return joinPath("", event.fd?.name ?? UNKNOWN);
    case EventCode.FCHOWNAT_X:
    case EventCode.FCHMODAT_X:
    case EventCode.MKDIRAT_X:
    case EventCode.UNLINKAT_2_X:
      return name.in(eventDirectory(event)).text;
    case EventCode.SYMLINKAT_X:
      return name.in(end === "source" ? eventDirectory(event) : UNKNOWN).text;
    case EventCode.RENAMEAT2_X: {
      const i = end === "target" ? 3 : 1;
      return event.length(i) === 8 ? pathFrom(thread, name, event.i64(i)).text : name.in(UNKNOWN).text;
    }
    case EventCode.GENERIC_X: {
      const i = end === "target" ? GenericParam.first : GenericParam.fd;
      return pathFrom(thread, name, event.length(i) === 8 ? event.i64(i) : AT_FDCWD).text;
    }
    default:
      return name.in(workingDirectory(thread)).text;
  }
}

const absoluteOf =
  (end: End): Reader =>
  (event) =>
    absolute(event, end);
const rawOf =
  (end: End): Reader =>
  (event) =>
    rawPath(event, end);

export const pathFields: readonly Field[] = [
  row(
    "fs.path.name",
    "CHARBUF",
    absoluteOf("name"),
    "The absolute path of the file that a successful call created, removed, opened or changed.",
    { about: "path", as: "name", cef: "filePath" },
  ),
  row("fs.path.nameraw", "CHARBUF", rawOf("name"), "fs.path.name as passed by the program."),
  row("fs.path.source", "CHARBUF", absoluteOf("source"), "For calls with two paths, the absolute path of the source."),
  row("fs.path.sourceraw", "CHARBUF", rawOf("source"), "fs.path.source as passed by the program."),
  row("fs.path.target", "CHARBUF", absoluteOf("target"), "For calls with two paths, the absolute path of the target."),
  row("fs.path.targetraw", "CHARBUF", rawOf("target"), "fs.path.target as passed by the program."),
];

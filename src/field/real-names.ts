import { EventCode } from "../event/code.ts";
import { AT_FDCWD, MountFlag, OPEN_TREE_CLONE } from "../event/constants.ts";
import { GenericParam } from "../event/generic.ts";
import { syscallId } from "../event/syscalls.ts";
import { eventTypes } from "../event/types.ts";
import { MISSING } from "../machine/flags.ts";
import type { Observed } from "../machine/observed.ts";
import { type PathEnd, passedPath, resolvedPath } from "../machine/resolved-path.ts";
import type { Thread } from "../machine/thread.ts";
import type { Field } from "./field.ts";
import { row } from "./row.ts";

/** Indices of the parameters with a directory descriptor (-1: none) and a path. */
type Place = readonly [dirfd: number, path: number];
/** By event type. */
type Places = readonly (Place | undefined)[];

const NONE = -1;

function places(calls: readonly (readonly [code: keyof typeof EventCode, path: string, dirfd?: string])[]): Places {
  const table: (Place | undefined)[] = new Array(eventTypes.length).fill(undefined);
  for (const [code, path, dirfd] of calls) {
    const number = (name: string) => eventTypes[EventCode[code]]!.params.findIndex((param) => param.name === name);
    table[EventCode[code]] = [dirfd === undefined ? NONE : number(dirfd), number(path)];
  }
  return table;
}

const CREATED = places([
  ["RENAME_X", "newpath"],
  ["RENAMEAT_X", "newpath", "newdirfd"],
  ["RENAMEAT2_X", "newpath", "newdirfd"],
  ["LINK_2_X", "newpath"],
  ["LINKAT_2_X", "newpath", "newdir"],
  ["SYMLINK_X", "linkpath"],
  ["SYMLINKAT_X", "linkpath", "linkdirfd"],
]);

const REMOVED = places([
  ["RENAME_X", "oldpath"],
  ["RENAMEAT_X", "oldpath", "olddirfd"],
  ["RENAMEAT2_X", "oldpath", "olddirfd"],
  ["UNLINK_2_X", "path"],
  ["UNLINKAT_2_X", "name", "dirfd"],
]);

/** Hard links. The path of a symbolic link is another matter: it is relative to the directory of the link. */
const LINKED = places([
  ["LINK_2_X", "oldpath"],
  ["LINKAT_2_X", "oldpath", "olddir"],
  ["MOUNT_X", "dev"],
]);

const SYMLINK_TARGET = 1;
const [OPEN_TREE, MOVE_MOUNT] = [syscallId.get("open_tree"), syscallId.get("move_mount")];
const GENERIC_SOURCE: Place = [GenericParam.fd, GenericParam.path];

function isSuccess(event: Observed): boolean {
  return event.length(0) === 8 && event.i64(0) === 0;
}

/** The text of a parameter; undefined if there is none. */
function textAt(event: Observed, at: number): string | undefined {
  if (at >= event.count || event.length(at) === 0) return undefined;
  const { text } = event.machine.decoder.name(event, at);
  return text === MISSING ? undefined : text;
}

/** The path of a call as passed. */
function passed(event: Observed, thread: Thread, [dirfd, at]: Place): string | undefined {
  const text = textAt(event, at);
  if (text === undefined) return undefined;
  return passedPath(thread, dirfd !== NONE && event.length(dirfd) === 8 ? event.i64(dirfd) : AT_FDCWD, text);
}

function resolved(event: Observed, place: Place | undefined, end: PathEnd): string | undefined {
  const { thread } = event;
  const path = place === undefined || thread === undefined ? undefined : passed(event, thread, place);
  return path === undefined || path === "" || thread === undefined ? undefined : resolvedPath(event, thread, path, end);
}

/** A field whose value is read once for all rules. */
const once =
  (name: string, read: (event: Observed) => string | undefined) =>
  (event: Observed): string | undefined =>
    event.machine.eventPaths.get(event, name, () => read(event));

const createdBy = once("created", (event) =>
  isSuccess(event) ? resolved(event, CREATED[event.type], "entry") : undefined,
);
const removedBy = once("removed", (event) =>
  isSuccess(event) ? resolved(event, REMOVED[event.type], "entry") : undefined,
);

const targetOf = once("target", (event) => {
  const { type } = event;
  if (type === EventCode.SYMLINK_X || type === EventCode.SYMLINKAT_X) return symlinkTarget(event);
  if (type === EventCode.GENERIC_X) return resolved(event, isTreeCall(event) ? GENERIC_SOURCE : undefined, "target");
  if (type === EventCode.MOUNT_X && !isBind(event)) return undefined;
  return resolved(event, LINKED[type], "target");
});

/** The target of a symbolic link, by the directory of the link. */
function symlinkTarget(event: Observed): string | undefined {
  const { thread } = event;
  const place = CREATED[event.type];
  const target = textAt(event, SYMLINK_TARGET);
  if (thread === undefined || place === undefined || target === undefined || target === "") return undefined;
  if (target.startsWith("/")) return resolvedPath(event, thread, target, "target");
  const link = passed(event, thread, place);
  return link === undefined ? undefined : resolvedPath(event, thread, `${directoryOf(link)}${target}`, "target");
}

function directoryOf(link: string): string {
  const path = link.replace(/\/+$/, "");
  return path.slice(0, path.lastIndexOf("/") + 1);
}

function isTreeCall(event: Observed): boolean {
  if (event.length(0) !== 2) return false;
  const call = event.u16(0);
  if (call === MOVE_MOUNT) return true;
  const flags = event.length(GenericParam.first) === 4 ? event.u32(GenericParam.first) : 0;
  return call === OPEN_TREE && (flags & OPEN_TREE_CLONE) !== 0;
}

const MOUNT_FLAGS = eventTypes[EventCode.MOUNT_X]!.params.findIndex(({ name }) => name === "flags");

function isBind(event: Observed): boolean {
  if (event.count <= MOUNT_FLAGS || event.length(MOUNT_FLAGS) !== 4) return false;
  const flags = event.u32(MOUNT_FLAGS);
  return (flags & (MountFlag.BIND | MountFlag.MOVE)) !== 0 && (flags & MountFlag.REMOUNT) === 0;
}

const AS_RESOLVED =
  "as the process sees it, through symbolic links, mounts and /proc on a running machine, otherwise through links that were created lately";

/** Names that calls create and remove, and files to which these lead. */
export const realNameFields: readonly Field[] = [
  row(
    "fs.real.created",
    "CHARBUF",
    createdBy,
    `The path that a successful rename, link or symlink creates. Its directory is resolved ${AS_RESOLVED}.`,
  ),
  row(
    "fs.real.removed",
    "CHARBUF",
    removedBy,
    "The path that a successful rename or unlink removes, as fs.real.created.",
  ),
  row(
    "fs.real.target",
    "CHARBUF",
    targetOf,
    "The path to which a link leads, or which a bind mount, a moved mount or open_tree mounts elsewhere, also if the call fails: " +
      `resolved ${AS_RESOLVED}. That of a symbolic link may not exist.`,
  ),
];

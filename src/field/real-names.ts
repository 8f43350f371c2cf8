import { EventCode } from "../event/code.ts";
import { AT_FDCWD } from "../event/constants.ts";
import { eventTypes } from "../event/types.ts";
import { linkedPath } from "../machine/linked-path.ts";
import { isExchange } from "../machine/links.ts";
import type { Observed } from "../machine/observed.ts";
import { directoryText } from "../machine/open.ts";
import { joinPath, NO_PATH } from "../machine/path.ts";
import { fdTable, type Thread } from "../machine/thread.ts";
import type { Field } from "./field.ts";
import { row } from "./row.ts";

/** Indices of the parameters for directory descriptor (-1: none) and path. */
type Place = readonly [dirfd: number, path: number];
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

const LINKED = places([
  ["LINK_2_X", "oldpath"],
  ["LINKAT_2_X", "oldpath", "olddir"],
  ["SYMLINK_X", "target"],
  ["SYMLINKAT_X", "target"],
]);

/** The path in a parameter; undefined if it is absent. */
function pathAt(event: Observed, place: Place | undefined, end: "target" | "entry"): string | undefined {
  const { thread } = event;
  if (place === undefined || thread === undefined) return undefined;
  const [dirfd, path] = place;
  if (path >= event.count || event.length(path) === 0) return undefined;
  const from = dirfd !== NONE && event.length(dirfd) === 8 ? event.i64(dirfd) : AT_FDCWD;
  const name = event.machine.decoder.name(event, path);
  if (name.text === "") return pathOfDescriptor(thread, from);
  return linkedPath(event, thread, name, name.isAbsolute ? "" : directoryText(thread, from), end);
}

/** The file of a descriptor, which is passed with an empty path (AT_EMPTY_PATH). */
function pathOfDescriptor(thread: Thread, fd: number): string | undefined {
  const file = fdTable(thread)?.get(fd);
  return file?.real === undefined || file.real === NO_PATH ? file?.path.text : file.real.text;
}

function entry(event: Observed, table: Places): string | undefined {
  if (event.length(0) !== 8 || event.i64(0) !== 0) return undefined;
  return pathAt(event, table[event.type], "entry");
}

function target(event: Observed): string | undefined {
  const { thread, type } = event;
  const place = LINKED[type];
  if (type !== EventCode.SYMLINK_X && type !== EventCode.SYMLINKAT_X) return pathAt(event, place, "target");
  if (thread === undefined || place === undefined || event.length(place[1]) === 0) return undefined;
  const name = event.machine.decoder.name(event, place[1]);
  const link = name.isAbsolute ? "/" : pathAt(event, CREATED[type], "entry");
  if (link === undefined || !link.startsWith("/")) return undefined;
  return linkedPath(event, thread, name, link.slice(0, link.lastIndexOf("/") + 1), "target");
}

type Read = (event: Observed) => string | undefined;

/** A field whose value is computed once per event, because many rules use it. */
function once(calls: Places, read: Read): Read {
  let last: Observed | undefined;
  let [num, time] = [-1, -1];
  let value: string | undefined;
  return (event) => {
    if (calls[event.type] === undefined) return undefined;
    if (event !== last || event.num !== num || event.timeNumber !== time) {
      last = event;
      num = event.num;
      time = event.timeNumber;
      value = read(event);
    }
    return value;
  };
}

const created = once(CREATED, (event) => entry(event, CREATED));
const removed = once(REMOVED, (event) => entry(event, REMOVED));
const linked = once(LINKED, target);

type Matches = (value: string) => boolean;

/**
 * Tests a path and, if the thread has another root directory, also the path below that directory. The path alone may be
 * correct even then, because it may be relative to a directory outside the root directory.
 */
function matchesInRoot({ thread }: Observed, path: string | undefined, matches: Matches): boolean {
  if (path === undefined) return false;
  if (matches(path)) return true;
  const root = thread?.root ?? "";
  return root.length > 1 && root.startsWith("/") && path.startsWith("/") && matches(joinPath("/", root + path));
}

/** Tests the path that `read` returns and, since an exchange creates and removes both of its paths, the `other` path. */
function eitherIfExchanged(read: Read, other: Read): NonNullable<Field["any"]> {
  return () => (event, matches) =>
    matchesInRoot(event, read(event), matches) || (isExchange(event) && matchesInRoot(event, other(event), matches));
}

const FOLLOWED =
  "links in /proc (/proc/PID/root, cwd and fd) and symbolic links that were created recently are followed. Other " +
  "symbolic links are not";

/** Fields about the paths that calls create, remove or link. */
export const realNameFields: readonly Field[] = [
  row(
    "fs.real.created",
    "CHARBUF",
    created,
    "The path that a successful rename, link or symlink creates: made absolute with the descriptor or working " +
      `directory of the call; in its directory, ${FOLLOWED}. If a rename exchanges two files (RENAME_EXCHANGE), ` +
      "conditions test both paths.",
    { any: eitherIfExchanged(created, removed) },
  ),
  row(
    "fs.real.removed",
    "CHARBUF",
    removed,
    "The path that a successful rename or unlink removes, in the same form as fs.real.created. If a rename exchanges " +
      "two files, conditions test both paths.",
    { any: eitherIfExchanged(removed, created) },
  ),
  row(
    "fs.real.target",
    "CHARBUF",
    linked,
    "The path that a hard or symbolic link points to, even if the call fails: made absolute with the descriptor or " +
      `working directory of the call, or with the directory of the symbolic link; ${FOLLOWED}. The path may not exist.`,
    { any: () => (event, matches) => matchesInRoot(event, linked(event), matches) },
  ),
];

import { EventCode } from "../event/code.ts";
import { AT_FDCWD } from "../event/constants.ts";
import { eventTypes } from "../event/types.ts";
import type { Observed } from "../machine/observed.ts";
import { pathFrom } from "../machine/open.ts";
import { withoutProcessLinks } from "../machine/process-links.ts";
import type { Field } from "./field.ts";
import { row } from "./row.ts";

/** Indices of the parameters for directory descriptor (-1: none) and path, by event type. */
type Places = readonly (readonly [dirfd: number, path: number] | undefined)[];

const NONE = -1;

function places(calls: readonly (readonly [code: keyof typeof EventCode, path: string, dirfd?: string])[]): Places {
  const table: (readonly [number, number] | undefined)[] = new Array(eventTypes.length).fill(undefined);
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

function named(event: Observed, table: Places): string | undefined {
  const place = table[event.type];
  const { thread } = event;
  if (place === undefined || thread === undefined || event.length(0) !== 8 || event.i64(0) !== 0) return undefined;
  const [dirfd, path] = place;
  if (path >= event.count || event.length(path) === 0) return undefined;
  const name = event.machine.decoder.name(event, path);
  const from = dirfd !== NONE && event.length(dirfd) === 8 ? event.i64(dirfd) : AT_FDCWD;
  return withoutProcessLinks(event, thread, pathFrom(thread, name, from).text);
}

/** Fields about the names that calls create or remove. */
export const realNameFields: readonly Field[] = [
  row(
    "fs.real.created",
    "CHARBUF",
    (event) => named(event, CREATED),
    "The path that a successful rename, link or symlink creates: made absolute with the descriptor or working " +
      "directory of the call, without /proc/PID/root, cwd and fd. Symbolic links to directories are not resolved.",
  ),
  row(
    "fs.real.removed",
    "CHARBUF",
    (event) => named(event, REMOVED),
    "The path that a successful rename or unlink removes, in the same form as fs.real.created.",
  ),
];

import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fromByteString } from "../../../event/bytes.ts";
import { EventCode } from "../../../event/code.ts";
import { AT_FDCWD } from "../../../event/constants.ts";
import { GenericParam } from "../../../event/generic.ts";
import { syscallId } from "../../../event/syscalls.ts";
import type { Observed } from "../../../machine/observed.ts";
import { pathFrom } from "../../../machine/open.ts";
import type { Access } from "./access.ts";

/**
 * For each path in an event: the index of the parameter with the directory to which the path is relative (-1: the
 * working directory), and the index of the parameter with the path.
 */
type Paths = readonly (readonly [directoryAt: number, pathAt: number])[];

const PATHS: ReadonlyMap<number, Paths> = new Map<number, Paths>([
  [EventCode.UNLINK_2_X, [[-1, 1]]],
  [EventCode.UNLINKAT_2_X, [[1, 2]]],
  [
    EventCode.RENAME_X,
    [
      [-1, 1],
      [-1, 2],
    ],
  ],
  [
    EventCode.RENAMEAT_X,
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [
    EventCode.RENAMEAT2_X,
    [
      [1, 2],
      [3, 4],
    ],
  ],
]);

const TRUNCATE = syscallId.get("truncate");
const FTRUNCATE = syscallId.get("ftruncate");
const TRUNCATED: Paths = [[-1, GenericParam.path]];

/** Types of events that can report removal or renaming of the journal. Generic events and opens are not included. */
export const journalTypes: readonly number[] = [...PATHS.keys()];
/** IDs of the system calls with generic events that can truncate the journal. */
export const journalCalls: readonly number[] = [TRUNCATE, FTRUNCATE].flatMap((id) => id ?? []);

/** Detects removal, renaming, replacement and truncation of the journal. */
export class JournalFiles {
  /**
   * Paths of the database, its write-ahead log and its shared memory file. Symbolic links to directories are resolved.
   */
  private readonly files: ReadonlySet<string>;
  /** Paths of all parent directories of these files. */
  private readonly folders: ReadonlySet<string>;
  /** Names of these files and directories. Paths with other names are ignored without access to the file system. */
  private readonly names: ReadonlySet<string>;

  constructor(path: string) {
    const place = join(resolved(dirname(path)), basename(path));
    this.files = new Set([place, `${place}-wal`, `${place}-shm`]);
    const folders = new Set<string>();
    for (let folder = dirname(place); folder !== "/"; folder = dirname(folder)) folders.add(folder);
    this.folders = folders;
    this.names = new Set([...this.files, ...folders].map((each) => basename(each)));
  }

  /** Returns the access to the journal that an event reports; undefined if there is none. */
  accessOf(event: Observed): Access | undefined {
    if (event.type !== EventCode.GENERIC_X) {
      const paths = PATHS.get(event.type);
      if (paths === undefined || event.length(0) !== 8 || event.i64(0) !== 0) return undefined;
      const renames = paths.length > 1;
      return this.isAny(event, paths) ? access(renames ? "moved or replaced" : "removed") : undefined;
    }
    if (event.length(0) !== 2 || event.length(GenericParam.res) !== 8 || event.i64(GenericParam.res) !== 0)
      return undefined;
    const call = event.u16(0);
    if (call === TRUNCATE) return this.isAny(event, TRUNCATED) ? access("truncated") : undefined;
    if (call !== FTRUNCATE || event.fd === undefined) return undefined;
    return this.has(event.fd.path.text) ? access("truncated") : undefined;
  }

  private isAny(event: Observed, paths: Paths): boolean {
    const { thread } = event;
    if (thread === undefined) return false;
    return paths.some(([directoryAt, pathAt]) => {
      if (event.length(pathAt) === 0) return false;
      const text = event.text(pathAt);
      if (!this.names.has(text.slice(text.lastIndexOf("/") + 1))) return false;
      const directory = directoryAt >= 0 && event.length(directoryAt) === 8 ? event.i64(directoryAt) : AT_FDCWD;
      return this.has(pathFrom(thread, event.machine.decoder.name(event, pathAt), directory).text);
    });
  }

  private has(path: string): boolean {
    const name = fromByteString(path);
    if (!this.names.has(basename(name))) return false;
    const place = join(resolved(dirname(name)), basename(name));
    return this.files.has(place) || this.folders.has(place);
  }
}

function access(verb: string): Access {
  return { priority: "Critical", what: `${verb} the journal of the agent` };
}

/** The path of a directory with all symbolic links resolved; unchanged if the directory no longer exists. */
function resolved(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

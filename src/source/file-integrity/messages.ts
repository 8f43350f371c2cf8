import type { PackageData } from "../../identity/packages/databases.ts";
import type { Comparison } from "./change.ts";
import type { Mount } from "./mounts.ts";
import type { HashedState } from "./state.ts";

/** Settings of the worker. */
export interface WatchData {
  /** Path of the baseline file. */
  readonly baseline: string;
  readonly hostRoot: string;
  readonly paths: readonly string[];
  readonly defaults: boolean;
  /** Paths whose removals are watched in addition to the default ones. */
  readonly removals: readonly string[];
  readonly exclude: readonly string[];
  /** Maximum numbers of watched directories, and of files that are also watched by inode. */
  readonly maxDirectories: number;
  readonly maxFiles: number;
  /** Maximum size of a file that is hashed, in bytes. */
  readonly maxHash: number;
  /** Maximum rate at which files are read for the baseline, in bytes per second. */
  readonly hashRate: number;
  /** Time without an event after which a change is complete, and its maximum duration, in milliseconds. */
  readonly quiet: number;
  readonly longest: number;
  /** Interval between scans, in milliseconds; 0: none. */
  readonly scanInterval: number;
  /** Paths of the executables of configuration management. */
  readonly managers: readonly string[];
  /** The packages of the machine; "expected" if a `packages` command will follow. */
  readonly packages?: PackageData | "expected" | undefined;
  /** An eventfd(2) descriptor that wakes the worker. */
  readonly wake: number;
}

/** How a change was found: by a kernel event, a scan, or the scan at startup. */
export type FoundBy = "event" | "scan" | "start";

/** A thread that changed files, as read from `/proc` with its first event. */
export interface Actor {
  /** Number of the actor, unique in the worker. */
  readonly id: number;
  readonly tid: number;
  /** Time at which the first event of the thread was read, milliseconds since the epoch. */
  readonly time: number;
  readonly seen: SeenProcess | undefined;
}

/** A process as read from `/proc`. Strings are byte strings. */
export interface SeenProcess {
  readonly pid: number;
  readonly name: string;
  readonly exe: string;
  readonly command: string;
}

/** An execution of a manager, or a manager that was already running when the watch began. */
export interface ManagerRun {
  readonly tid: number;
  /** Time of the execution, or time at which the running manager was found; milliseconds since the epoch. */
  readonly time: number;
  /** Whether the manager was executed before the watch began. */
  readonly isEarlier?: boolean;
  readonly manager: Manager;
}

/** A program whose changes are expected: a package manager, a configuration management tool, or a log program. */
export interface Manager {
  readonly kind: "package" | "configuration" | "logs";
  /** Paths of the executable. */
  readonly paths: readonly string[];
  /** For log programs: directories in which they may remove logs; undefined: all directories. */
  readonly below?: readonly string[] | undefined;
  /** For log programs: whether their removals are expected regardless of their arguments. */
  readonly anyArguments?: boolean | undefined;
}

/** The package that owns a file. */
export interface Owner {
  readonly package: string;
  /** Whether the content matches the checksum in the package database; undefined if there is no checksum. */
  readonly matches: boolean | undefined;
}

/** A change of one path. */
export interface Change extends Comparison {
  readonly path: string;
  /** Old path of a rename. */
  readonly from: string | undefined;
  readonly before: HashedState | undefined;
  readonly after: HashedState | undefined;
  /** Time of the first event, or of the scan; milliseconds since the epoch. */
  readonly time: number;
  /** Number of events. */
  readonly events: number;
  readonly foundBy: FoundBy;
  /** Numbers of the first actors; empty if the actors are unknown. */
  readonly actors: readonly number[];
  /** Whether there were more actors than {@link actors} contains. */
  readonly moreActors: boolean;
  readonly owner: Owner | undefined;
}

/** `moved`: the file was renamed or moved to another directory; `replaced`: another file was renamed to its path. */
export type RemovalKind = "deleted" | "moved" | "replaced";

/** A removal of one path, or of several paths in one directory. */
export interface Removal {
  readonly path: string;
  readonly kind: RemovalKind;
  /**
   * For `moved`, the new path; for `replaced`, the old path of the other file. Undefined for `deleted`, and if that
   * path is unknown, such as a path that is not watched.
   */
  readonly other: string | undefined;
  /** Time of the first event, or of the scan; milliseconds since the epoch. */
  readonly time: number;
  /** Number of events. */
  readonly events: number;
  /** Number of files. In the shared report of additional removals in a directory, `path` is the directory. */
  readonly files: number;
  readonly foundBy: FoundBy;
  /** Numbers of the first actors; empty if the actors are unknown. */
  readonly actors: readonly number[];
  /** Whether there were more actors than {@link actors} contains. */
  readonly moreActors: boolean;
  /** Whether the removal is ordered relative to executions of managers. Otherwise, no manager is reported. */
  readonly isOrdered: boolean;
}

/** Counters of the worker, and the current numbers of watched directories, watched files and baseline entries. */
export interface WatchCounts {
  readonly directories: number;
  readonly files: number;
  /** Number of files and directories in the baseline. */
  readonly entries: number;
  readonly events: number;
  /** Number of times that the kernel dropped events. */
  readonly overflows: number;
  readonly scans: number;
  readonly hashedBytes: number;
}

/** Messages from the worker, in the order of the kernel's events. */
export type WatchMessage =
  | { readonly kind: "runs"; readonly runs: readonly ManagerRun[] }
  | { readonly kind: "actors"; readonly actors: readonly Actor[] }
  | { readonly kind: "changes"; readonly changes: readonly Change[] }
  | { readonly kind: "removals"; readonly removals: readonly Removal[] }
  /** New mounts over watched paths, found at `time` (milliseconds since the epoch). */
  | { readonly kind: "mounts"; readonly mounts: readonly Mount[]; readonly time: number }
  | {
      readonly kind: "verified";
      readonly id: number;
      readonly packages: readonly string[];
      readonly rest: readonly Change[];
    }
  | { readonly kind: "trouble"; readonly what: Trouble; readonly reason: string }
  | { readonly kind: "counts"; readonly counts: WatchCounts }
  | { readonly kind: "baseline"; readonly entries: number; readonly seconds: number; readonly first: boolean }
  | { readonly kind: "closed" };

/**
 * Kinds of problems. `failed`: no directories are watched; `limit`: not all directories are watched; `overflow`: the
 * kernel dropped events, and a scan follows.
 */
export type Trouble = "failed" | "limit" | "overflow" | "baseline";

export type WatchCommand =
  /** Shares packages that another worker has read. */
  | { readonly kind: "packages"; readonly packages: PackageData }
  /** Requests a comparison of changed files with the package database. */
  | { readonly kind: "verify"; readonly id: number; readonly changes: readonly Change[] }
  | { readonly kind: "close" };

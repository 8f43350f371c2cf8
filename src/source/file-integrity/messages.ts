import type { PackageData } from "../../identity/packages/databases.ts";
import type { Comparison } from "./change.ts";
import type { HashedState } from "./state.ts";

/** Settings of the worker. */
export interface WatchData {
  /** The file of the baseline. */
  readonly baseline: string;
  readonly hostRoot: string;
  readonly paths: readonly string[];
  readonly defaults: boolean;
  /** Paths whose removals are watched in addition to the default ones. */
  readonly removals: readonly string[];
  readonly exclude: readonly string[];
  /** Maximum numbers of directories and files that are watched. */
  readonly maxDirectories: number;
  readonly maxFiles: number;
  /** Bytes of the largest file that is hashed. */
  readonly maxHash: number;
  /** Bytes per second that are read for the baseline. */
  readonly hashRate: number;
  /** Milliseconds without an event after which a change is complete, and the most that it may take. */
  readonly quiet: number;
  readonly longest: number;
  /** Milliseconds between two scans; 0: none. */
  readonly scanInterval: number;
  /** Executables of configuration management. */
  readonly managers: readonly string[];
  /** The packages of the machine; "expected" if a command with them follows. */
  readonly packages?: PackageData | "expected" | undefined;
  /** A descriptor of eventfd(2) that wakes the worker. */
  readonly wake: number;
}

/** How a change was found: by an event of the kernel, by a scan, or by the scan at the start. */
export type FoundBy = "event" | "scan" | "start";

/** A thread that changed files, as `/proc` had it when its event was read. */
export interface Actor {
  /** Its number in this session. */
  readonly id: number;
  readonly tid: number;
  /** Milliseconds since the epoch when its first event was read. */
  readonly time: number;
  readonly seen: SeenProcess | undefined;
}

/** A process in `/proc`. Texts are byte strings. */
export interface SeenProcess {
  readonly pid: number;
  readonly name: string;
  readonly exe: string;
  readonly command: string;
}

/** A manager was executed, or ran already. */
export interface ManagerRun {
  readonly tid: number;
  /** Milliseconds since the epoch of its execution; if it ran already, when it was seen. */
  readonly time: number;
  /** It ran before executions were watched. */
  readonly isEarlier?: boolean;
  readonly manager: Manager;
}

/** A program whose changes are expected: a package manager, configuration management, or one that removes old logs. */
export interface Manager {
  readonly kind: "package" | "configuration" | "logs";
  /** Paths of its executable. */
  readonly paths: readonly string[];
  /** For one that removes logs: the directories in which it does; undefined: all. */
  readonly below?: readonly string[] | undefined;
  /** For one that removes logs: its arguments do not matter. */
  readonly anyArguments?: boolean | undefined;
}

/** The package that owns a file. */
export interface Owner {
  readonly package: string;
  /** Whether the content is what the package's database records; undefined if it records nothing. */
  readonly matches: boolean | undefined;
}

/** A change of one path. */
export interface Change extends Comparison {
  readonly path: string;
  /** For a rename: where it was. */
  readonly from: string | undefined;
  readonly before: HashedState | undefined;
  readonly after: HashedState | undefined;
  /** Milliseconds since the epoch of the first event, or of the scan. */
  readonly time: number;
  /** Number of events. */
  readonly events: number;
  readonly foundBy: FoundBy;
  /** Numbers of the actors, the first ones; empty if unknown. */
  readonly actors: readonly number[];
  /** There were more. */
  readonly moreActors: boolean;
  readonly owner: Owner | undefined;
}

/** `moved`: it has another name or directory now; `replaced`: another file was renamed over it. */
export type RemovalKind = "deleted" | "moved" | "replaced";

/** A removal of one path, or of several in one directory. */
export interface Removal {
  readonly path: string;
  readonly kind: RemovalKind;
  /** For `moved` the path after, for `replaced` the path of the other file before; undefined if it is not watched. */
  readonly other: string | undefined;
  /** Milliseconds since the epoch of the first event, or of the scan. */
  readonly time: number;
  /** Number of events. */
  readonly events: number;
  /** Number of files; if there are several, `path` is their directory. */
  readonly files: number;
  readonly foundBy: FoundBy;
  /** Numbers of the actors, the first ones; empty if unknown. */
  readonly actors: readonly number[];
  /** There were more. */
  readonly moreActors: boolean;
  /** Whether its order among the executions of managers is known: a manager may have made it. */
  readonly isOrdered: boolean;
}

/** Counters of the worker. */
export interface WatchCounts {
  readonly directories: number;
  readonly files: number;
  /** Files in the baseline. */
  readonly entries: number;
  readonly events: number;
  /** Times that the kernel dropped events. */
  readonly overflows: number;
  readonly scans: number;
  readonly hashedBytes: number;
}

/** From the worker; in the order of the kernel's events. */
export type WatchMessage =
  | { readonly kind: "runs"; readonly runs: readonly ManagerRun[] }
  | { readonly kind: "actors"; readonly actors: readonly Actor[] }
  | { readonly kind: "changes"; readonly changes: readonly Change[] }
  | { readonly kind: "removals"; readonly removals: readonly Removal[] }
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

/** `failed`: nothing is watched; `limit`: not all is; `overflow`: events were dropped, a scan follows. */
export type Trouble = "failed" | "limit" | "overflow" | "baseline";

export type WatchCommand =
  /** Packages that another worker has read. */
  | { readonly kind: "packages"; readonly packages: PackageData }
  /** Compares changed files with the package database. */
  | { readonly kind: "verify"; readonly id: number; readonly changes: readonly Change[] }
  | { readonly kind: "close" };

import { globSync, realpathSync, statSync } from "node:fs";
import { toByteString } from "../../event/bytes.ts";
import { nameOf, parentOf } from "./baseline.ts";

/** A directory in which removals are watched. */
export interface RemovalRoot {
  /** Absolute path without symbolic links. */
  readonly path: string;
  /** Number of levels of subdirectories to watch. */
  readonly depth: number;
  /** File names whose removal is reported; undefined: all. */
  readonly names: ReadonlySet<string> | undefined;
}

/**
 * Directories in which removals are watched. Home directories have a separate list and kernel queue, since users could
 * fill the queue with events.
 */
export interface RemovalRoots {
  readonly logs: readonly RemovalRoot[];
  readonly homes: readonly RemovalRoot[];
}

interface Wanted {
  readonly path: string;
  readonly depth?: number;
  readonly names?: ReadonlySet<string>;
}

const ALL_LEVELS = 64;

/** Names of files in which shells store their history. */
export const shellHistories: readonly string[] = [
  ...[".bash_history", ".zsh_history", ".zhistory", ".histfile", ".ash_history", ".ksh_history", ".mksh_history"],
  ...[".sh_history", "fish_history", "bash_history", "zsh_history", "ash_history"],
];
/** Names of files in which other programs store the history of user input. */
export const programHistories: readonly string[] = [
  ...[".python_history", ".mysql_history", ".mariadb_history", ".psql_history", ".sqlite_history"],
  ...[".rediscli_history", ".node_repl_history", ".irb_history", ".php_history"],
];
const histories: ReadonlySet<string> = new Set([...shellHistories, ...programHistories]);

/** Default log directories. */
const usualLogs: readonly Wanted[] = [{ path: "/var/log" }, { path: "/run/log/journal" }];

/** Default home directories; `*` matches any name. */
const usualHomes: readonly Wanted[] = [
  { path: "/root", depth: 0, names: histories },
  { path: "/home", depth: 1, names: histories },
  { path: "/root/.local/share/fish", depth: 0, names: histories },
  { path: "/home/*/.local/share/fish", depth: 0, names: histories },
];

/**
 * Finds the directories in which removals are watched. The parent of each directory is watched too: renaming the
 * directory removes its content, and a new directory with the same name must be watched.
 * @param added paths from the configuration
 * @param hostRoot mount point of the host's root directory
 */
export function findRemovalRoots(added: readonly string[], defaults: boolean, hostRoot: string): RemovalRoots {
  const logs = [...added.map((path) => ({ path })), ...(defaults ? usualLogs : [])];
  return { logs: placesOf(logs, hostRoot), homes: placesOf(defaults ? usualHomes : [], hostRoot) };
}

function placesOf(wanted: readonly Wanted[], hostRoot: string): RemovalRoot[] {
  const prefix = hostRoot === "/" ? "" : hostRoot.replace(/\/$/, "");
  const found = new Map<string, RemovalRoot>();
  const add = (root: RemovalRoot): void => {
    const known = found.get(root.path);
    found.set(root.path, known === undefined ? root : both(known, root));
  };
  for (const { path, depth = ALL_LEVELS, names } of wanted) {
    for (const match of path.includes("*") ? globSync(prefix + path) : [prefix + path]) {
      const place = placeOf(match.replace(/\/+$/, ""));
      if (place === undefined || place.path === prefix) continue;
      if (place.type !== "file") add({ path: place.path, depth, names });
      add({ path: parentOf(place.path), depth: 0, names: new Set([nameOf(place.path)]) });
    }
  }
  return [...found.values()];
}

/** Merges two roots with the same path. */
export function both(one: RemovalRoot, other: RemovalRoot): RemovalRoot {
  const { path } = one;
  const depth = Math.max(one.depth, other.depth);
  if (one.names === undefined || other.names === undefined) return { path, depth, names: undefined };
  return { path, depth, names: new Set([...one.names, ...other.names]) };
}

/** Returns the real path, even if only its parent directory exists. */
function placeOf(path: string): { readonly path: string; readonly type: "directory" | "file" | "absent" } | undefined {
  try {
    const real = realpathSync(path);
    return { path: toByteString(real), type: statSync(real).isDirectory() ? "directory" : "file" };
  } catch {
    // The path does not exist on this machine.
  }
  try {
    const at = path.lastIndexOf("/");
    const parent = realpathSync(path.slice(0, at) || "/");
    return { path: toByteString(`${parent === "/" ? "" : parent}${path.slice(at)}`), type: "absent" };
  } catch {
    return undefined;
  }
}

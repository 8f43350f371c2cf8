import { globTest } from "../event/glob.ts";

/** A node in a tree of paths. If a path of the set ends at this node, all paths below it match. */
interface Branch {
  end: boolean;
  readonly names: Map<string, Branch>;
  readonly globs: Glob[];
  /** The branches of `globs` by pattern. */
  readonly patterns: Map<string, Branch>;
}

interface Glob {
  readonly test: (name: string) => boolean;
  readonly branch: Branch;
}

const branch = (): Branch => ({ end: false, names: new Map(), globs: [], patterns: new Map() });

/**
 * Returns a function that tests whether a path is one of `paths` or below one of them (`pmatch`). Names between slashes
 * are compared as a whole; names with wildcards match a single name. Empty names are ignored, so `/etc/`, `//etc` and
 * `etc` are equal.
 */
export function pathSetTest(paths: readonly string[]): (path: string) => boolean {
  const root = branch();
  for (const path of paths) {
    let at = root;
    for (const name of split(path)) at = child(at, name);
    at.end = true;
  }
  return (path) => below(root, path, 0);
}

function split(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

function child(at: Branch, name: string): Branch {
  if (!/[?*[]/.test(name)) {
    const known = at.names.get(name) ?? branch();
    at.names.set(name, known);
    return known;
  }
  const known = at.patterns.get(name);
  if (known !== undefined) return known;
  const added = { test: globTest(name, false), branch: branch() };
  at.globs.push(added);
  at.patterns.set(name, added.branch);
  return added.branch;
}

function below(at: Branch, path: string, from: number): boolean {
  if (at.end) return true;
  let start = from;
  while (path.charCodeAt(start) === 47) start++;
  if (start >= path.length) return false;
  let end = path.indexOf("/", start);
  if (end < 0) end = path.length;
  const name = path.slice(start, end);
  const direct = at.names.get(name);
  if (direct !== undefined && below(direct, path, end)) return true;
  for (const glob of at.globs) if (glob.test(name) && below(glob.branch, path, end)) return true;
  return false;
}

import { lstatSync } from "node:fs";
import { nameOf } from "./baseline.ts";
import type { FoundBy } from "./messages.ts";
import { type FileState, pathBytes, readState, stateOf } from "./state.ts";
import type { Watch } from "./watch.ts";

/** Number of files per query of the baseline. */
const BATCH = 64;

/** Options of a scan. */
export interface ScanOptions {
  readonly foundBy: FoundBy;
  /** Whether the baseline is incomplete. If so, files that are not in the baseline are recorded but not reported. */
  readonly first: boolean;
}

/**
 * Compares all watched directories with the baseline, one directory per step. Each directory is watched before it is
 * read, so that no change is missed.
 */
export function* scan(watch: Watch, options: ScanOptions): Generator<void> {
  const { tree } = watch;
  watch.removals?.scan(options.foundBy, Date.now());
  const rest = [...watch.starts].reverse();
  const seen = new Set<string>();
  for (let directory = rest.pop(); directory !== undefined; directory = rest.pop()) {
    if (seen.has(directory)) continue;
    seen.add(directory);
    tree.add(directory);
    const below: string[] = [];
    const at = directory;
    watch.baseline.together(() => scanDirectory(watch, at, options, below));
    for (const path of below.reverse()) if (tree.descends(path)) rest.push(path);
    watch.flush();
    yield;
  }
  watch.scans++;
}

function scanDirectory(watch: Watch, directory: string, { foundBy, first }: ScanOptions, below: string[]): void {
  const { tree, baseline } = watch;
  const entries = tree.list(directory);
  if (entries === undefined) return;
  const known = baseline.entries(directory);
  for (const { path, isDirectory } of entries) {
    if (isDirectory) below.push(path);
    const name = nameOf(path);
    const before = known.get(name);
    known.delete(name);
    const now = lstat(path);
    if (now === undefined || watch.isPending(path)) continue;
    if (before === undefined && first) {
      const state = now.type === "symlink" ? (readState(path, 0) ?? now) : now;
      baseline.set(path, state);
    } else if (before === undefined || differs(before, now)) watch.found(path, before, foundBy);
    if (now.type === "file") tree.addFile(path);
  }
  for (const [name, before] of known) {
    const path = `${directory}/${name}`;
    if (tree.covers(path) && !watch.isPending(path) && lstat(path) === undefined) watch.found(path, before, foundBy);
  }
}

function lstat(path: string): FileState | undefined {
  try {
    return stateOf(lstatSync(pathBytes(path)));
  } catch {
    return undefined;
  }
}

/** Whether a file must be read again. For a directory, the comparison ignores values that depend on its entries. */
function differs(before: FileState, now: FileState): boolean {
  if (before.type !== now.type || before.inode !== now.inode) return true;
  if (before.mode !== now.mode || before.uid !== now.uid || before.gid !== now.gid) return true;
  return now.type !== "directory" && (before.ctime !== now.ctime || before.size !== now.size);
}

/** Computes missing hashes in the baseline, one file per step. Yields the number of bytes read in each step. */
export function* hashBaseline(watch: Watch, most: number): Generator<number> {
  let after = "/";
  for (;;) {
    const files = watch.baseline.unhashed(most, after, BATCH);
    const last = files.at(-1);
    if (last === undefined) return;
    after = last.path;
    for (const { path, state } of files) {
      const now = readState(path, most);
      // If the file has changed since the query, an event will update its state.
      if (now?.sha256 !== undefined && now.inode === state.inode && now.ctime === state.ctime) {
        watch.baseline.set(path, now);
        watch.hashedBytes += now.size;
      }
      yield now?.size ?? 0;
    }
  }
}

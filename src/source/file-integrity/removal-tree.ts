import { type Dirent, readdirSync } from "node:fs";
import { joined } from "./baseline.ts";
import { type Fanotify, type Handle, handleOf, watchNames } from "./fanotify.ts";
import { both, type RemovalRoot } from "./removal-roots.ts";
import { nulTerminated, pathBytes } from "./state.ts";

/** Maximum number of stored names in all directories. Replacements of files beyond this limit are not detected. */
const MAX_NAMES = 65_536;

/** Metadata of a name in a directory. */
export interface Named {
  /** Time at which the name appeared, milliseconds since the epoch; 0: before the directory was watched. */
  readonly since: number;
  /** ID of the process that created the name; 0: unknown. */
  readonly pid: number;
}

/** A directory in which removals are watched. */
export interface RemovalDirectory {
  path: string;
  /** Number of levels of subdirectories to watch. */
  readonly depth: number;
  /** File names whose removal is reported; undefined: all. */
  readonly only: ReadonlySet<string> | undefined;
  readonly names: Map<string, Named>;
}

/** Metadata of a name that existed, or may have existed, before the directory was watched. */
export const EXISTING: Named = { since: 0, pid: 0 };

/** The directories in which removals are watched, with the names in them. The files are not read. */
export class RemovalTree {
  private readonly fanotify: Fanotify;
  private readonly roots: ReadonlyMap<string, RemovalRoot>;
  private readonly maxDirectories: number;
  private readonly isExcluded: (path: string) => boolean;
  private readonly directories = new Map<Handle, RemovalDirectory>();
  private readonly handles = new Map<string, Handle>();
  private names = 0;
  /** Called with each subdirectory of a watched directory that may be new, even if the subdirectory is not watched. */
  readonly appeared: (path: string) => void;
  /** Whether the limit on directories was reached. */
  isFull = false;

  constructor(
    fanotify: Fanotify,
    roots: readonly RemovalRoot[],
    limits: { readonly maxDirectories: number; readonly isExcluded: (path: string) => boolean },
    appeared: (path: string) => void = () => {},
  ) {
    this.appeared = appeared;
    this.fanotify = fanotify;
    this.roots = new Map(roots.map((root) => [root.path, root]));
    this.maxDirectories = limits.maxDirectories;
    this.isExcluded = limits.isExcluded;
  }

  get size(): number {
    return this.directories.size;
  }

  at(handle: Handle): RemovalDirectory | undefined {
    return this.directories.get(handle);
  }

  all(): readonly RemovalDirectory[] {
    return [...this.directories.values()];
  }

  /** Paths of the roots. */
  get starts(): readonly string[] {
    return [...this.roots.keys()];
  }

  isRoot(path: string): boolean {
    return this.roots.has(path);
  }

  /** Whether removals of this name are reported. */
  reports(directory: RemovalDirectory, name: string): boolean {
    if (directory.only !== undefined && !directory.only.has(name)) return false;
    return !this.isExcluded(joined(directory.path, name));
  }

  remember(directory: RemovalDirectory, name: string, named: Named): void {
    if (directory.names.has(name)) directory.names.set(name, named);
    else if (this.names < MAX_NAMES) {
      this.names++;
      directory.names.set(name, named);
    }
  }

  forget(directory: RemovalDirectory, name: string): Named | undefined {
    const known = directory.names.get(name);
    if (known !== undefined && directory.names.delete(name)) this.names--;
    return known;
  }

  /**
   * Watches a directory and its subdirectories, to the depth that its root or parent specifies.
   * @param since time at which its entries appeared, milliseconds since the epoch; 0: before the directory was watched
   */
  adopt(path: string, parent: RemovalDirectory | undefined, since: number): void {
    if (since !== 0) this.appeared(path);
    const spec = this.specOf(path, parent);
    if (spec === undefined || this.isExcluded(path)) return;
    const directory = this.watch(spec);
    if (directory === undefined) return;
    for (const { name, isDirectory } of listNames(path) ?? []) {
      if (this.reports(directory, name)) this.remember(directory, name, since === 0 ? EXISTING : { since, pid: 0 });
      if (isDirectory) this.adopt(joined(path, name), directory, since);
    }
  }

  private specOf(path: string, parent: RemovalDirectory | undefined): RemovalRoot | undefined {
    const root = this.roots.get(path);
    if (parent === undefined || parent.depth === 0) return root;
    const inherited: RemovalRoot = { path, depth: parent.depth - 1, names: parent.only };
    return root === undefined ? inherited : both(root, inherited);
  }

  /** @returns undefined if the directory is already watched or cannot be watched */
  private watch({ path, depth, names }: RemovalRoot): RemovalDirectory | undefined {
    if (this.directories.size >= this.maxDirectories) {
      this.isFull = true;
      return undefined;
    }
    const bytes = nulTerminated(path);
    if (watchNames(this.fanotify, bytes) !== 0) return undefined;
    const handle = handleOf(bytes);
    if (handle === undefined) return undefined;
    const known = this.directories.get(handle);
    if (known?.path === path) return undefined;
    if (known !== undefined) this.remove(known.path);
    if (this.handles.has(path)) this.remove(path); // another directory had this path
    const directory: RemovalDirectory = { path, depth, only: names, names: new Map() };
    this.directories.set(handle, directory);
    this.handles.set(path, handle);
    return directory;
  }

  /** Updates the paths of a renamed directory and its subdirectories. */
  move(from: string, to: string): void {
    for (const [path, handle] of this.below(from)) {
      const directory = this.directories.get(handle);
      const moved = to + path.slice(from.length);
      this.handles.delete(path);
      this.handles.set(moved, handle);
      if (directory !== undefined) directory.path = moved;
    }
  }

  /** Stops tracking a directory and its subdirectories. */
  remove(path: string): void {
    for (const [each, handle] of this.below(path)) {
      this.names -= this.directories.get(handle)?.names.size ?? 0;
      this.handles.delete(each);
      this.directories.delete(handle);
    }
  }

  private below(path: string): readonly (readonly [string, Handle])[] {
    const start = `${path}/`;
    return [...this.handles].filter(([each]) => each === path || each.startsWith(start));
  }
}

/** Returns the names in a directory; undefined if it cannot be read. */
export function listNames(path: string): { readonly name: string; readonly isDirectory: boolean }[] | undefined {
  try {
    const entries: Dirent<Buffer>[] = readdirSync(pathBytes(path), { withFileTypes: true, encoding: "buffer" });
    return entries.map((entry) => ({ name: entry.name.toString("latin1"), isDirectory: entry.isDirectory() }));
  } catch {
    return undefined;
  }
}

import { type Dirent, readdirSync } from "node:fs";
import { joined, parentOf } from "./baseline.ts";
import { type Fanotify, type Handle, handleOf, lookUpHandle, watchDirectory, watchFile } from "./fanotify.ts";
import type { Root } from "./roots.ts";
import { nulTerminated, pathBytes } from "./state.ts";

/** Negated errno values. */
const [ENOENT, ENOTDIR, EOPNOTSUPP] = [-2, -20, -95];

function reasonOf(error: number): string {
  return error === EOPNOTSUPP ? "its file system has no file handles" : `error ${-error}`;
}

/** Limits of a {@link Tree}. */
export interface TreeLimits {
  readonly maxDirectories: number;
  readonly maxFiles: number;
  /** Whether a path is excluded. */
  readonly isExcluded: (path: string) => boolean;
}

/** A directory entry. */
export interface Entry {
  readonly path: string;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
}

/**
 * The watched directories, and the files that are watched individually, both indexed by handle. A watch on the inode of a
 * file also detects writes through hard links in unwatched directories.
 */
export class Tree {
  private readonly fanotify: Fanotify | undefined;
  private readonly roots: readonly Root[];
  private readonly limits: TreeLimits;
  private readonly directories = new Map<Handle, string>();
  private readonly paths = new Map<string, Handle>();
  private readonly files = new Map<Handle, string>();
  private readonly fileHandles = new Map<string, Handle>();
  /** The first directory that could not be watched, with the error. */
  failure: string | undefined;
  /** Whether the limit on directories was reached. */
  isFull = false;

  /** @param fanotify fanotify group for the watches; undefined to only list directories */
  constructor(fanotify: Fanotify | undefined, roots: readonly Root[], limits: TreeLimits) {
    this.fanotify = fanotify;
    this.roots = roots;
    this.limits = limits;
  }

  get size(): number {
    return this.directories.size;
  }

  get watchedFiles(): number {
    return this.files.size;
  }

  /** Returns the path of a name in a watched directory; undefined if the directory is not watched. */
  pathOf({ directory, name }: { readonly directory: Handle; readonly name: string }): string | undefined {
    const path = this.directories.get(directory);
    if (path === undefined) return undefined;
    return name === "." || name === "" ? path : joined(path, name);
  }

  /** Returns the path of a file that is watched by inode. */
  fileOf(handle: Handle): string | undefined {
    return this.files.get(handle);
  }

  hasDirectory(path: string): boolean {
    return this.paths.has(path);
  }

  /** Whether changes to this path are reported. */
  covers(path: string): boolean {
    return !this.limits.isExcluded(path) && this.roots.some((root) => isBelow(root, path));
  }

  /** Whether the directory at this path is not watched, or is not the one that was watched at this path. */
  isOther(path: string): boolean {
    const handle = handleOf(nulTerminated(path));
    return handle !== undefined && handle !== this.paths.get(path);
  }

  /** Watches a directory. @returns false if the directory cannot be watched */
  add(path: string): boolean {
    if (this.paths.has(path)) {
      if (!this.isOther(path)) return true;
      this.remove(path); // the watched directory was moved away with its parent
    }
    if (this.directories.size >= this.limits.maxDirectories) {
      this.isFull = true;
      return false;
    }
    const bytes = nulTerminated(path);
    const failed = this.fanotify === undefined ? 0 : watchDirectory(this.fanotify, bytes);
    const handle = lookUpHandle(bytes);
    if (failed !== 0 || typeof handle === "number") {
      const error = typeof handle === "number" && failed === 0 ? handle : failed;
      if (error !== ENOENT && error !== ENOTDIR) this.failure ??= `${path} (${reasonOf(error)})`;
      return false;
    }
    const old = this.directories.get(handle);
    if (old !== undefined) this.paths.delete(old);
    this.directories.set(handle, path);
    this.paths.set(path, handle);
    return true;
  }

  /** Watches a file by inode. Call it again after the file was replaced. */
  addFile(path: string): void {
    if (this.fanotify === undefined) return;
    const known = this.fileHandles.get(path);
    if (known === undefined && (this.files.size >= this.limits.maxFiles || !this.isWatchedByInode(path))) return;
    const bytes = nulTerminated(path);
    const handle = handleOf(bytes);
    if (handle === undefined || handle === known || watchFile(this.fanotify, bytes) !== 0) return;
    if (known !== undefined) this.files.delete(known);
    this.files.set(handle, path);
    this.fileHandles.set(path, handle);
  }

  private isWatchedByInode(path: string): boolean {
    return this.roots.some((root) => root.inodes && isBelow(root, path));
  }

  removeFile(path: string): void {
    const handle = this.fileHandles.get(path);
    if (handle === undefined) return;
    this.fileHandles.delete(path);
    if (this.files.get(handle) === path) this.files.delete(handle);
  }

  /** Updates the paths of a renamed directory and everything below it, which stay watched. */
  move(from: string, to: string): void {
    const below = `${from}/`;
    for (const [path, handle] of [...this.paths]) {
      if (path !== from && !path.startsWith(below)) continue;
      const moved = to + path.slice(from.length);
      this.paths.delete(path);
      this.paths.set(moved, handle);
      this.directories.set(handle, moved);
    }
    for (const [path, handle] of [...this.fileHandles]) {
      if (!path.startsWith(below)) continue;
      const moved = to + path.slice(from.length);
      this.fileHandles.delete(path);
      this.fileHandles.set(moved, handle);
      this.files.set(handle, moved);
    }
  }

  /** Stops tracking a directory and everything below it. */
  remove(path: string): void {
    const below = `${path}/`;
    for (const [each, handle] of this.paths) {
      if (each !== path && !each.startsWith(below)) continue;
      this.paths.delete(each);
      this.directories.delete(handle);
    }
    for (const each of [...this.fileHandles.keys()]) if (each.startsWith(below)) this.removeFile(each);
  }

  /** Returns the watched entries of a directory; undefined if it cannot be read. */
  list(directory: string): Entry[] | undefined {
    let entries: Dirent<Buffer>[];
    try {
      entries = readdirSync(pathBytes(directory), { withFileTypes: true, encoding: "buffer" });
    } catch {
      return undefined;
    }
    const found: Entry[] = [];
    for (const entry of entries) {
      const path = joined(directory, entry.name.toString("latin1"));
      if (this.covers(path)) found.push({ path, isDirectory: entry.isDirectory(), isFile: entry.isFile() });
    }
    return found;
  }

  /** Whether the entries of a directory at this path are watched. */
  descends(path: string): boolean {
    return this.roots.some((root) => root.isDirectory && isBelow(root, path) && depthBelow(root, path) <= root.depth);
  }
}

function isBelow(root: Root, path: string): boolean {
  if (path === root.path) return true;
  if (!root.isDirectory || !path.startsWith(`${root.path}/`)) return false;
  return depthBelow(root, path) <= root.depth + 1;
}

function depthBelow(root: Root, path: string): number {
  let depth = 0;
  for (let at = root.path.length; at < path.length; at++) if (path.charCodeAt(at) === 47) depth++;
  return depth;
}

/** Returns the directory to watch for a root: the root itself, or the parent directory of a file. */
export function directoryOf(root: Root): string {
  return root.isDirectory ? root.path : parentOf(root.path);
}

import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";

/** Maximum depth of symbolic links that lead to other symbolic links. The kernel limits their total number to 40. */
const MAX_LINKS = 40;
const NEWLINE = 10;

/** Limits on reading a database. The database may belong to a container, whose contents an attacker may control. */
export interface Limits {
  /** Maximum total size of files that are read, in bytes. */
  readonly bytes: number;
  /** Maximum size of a line, in bytes; longer lines are skipped. */
  readonly line: number;
  /** Maximum number of paths. */
  readonly paths: number;
  /** Maximum number of files in a directory. */
  readonly files: number;
}

export const LIMITS: Limits = { bytes: 256 << 20, line: 8192, paths: 4_000_000, files: 200_000 };

/** Thrown if a database exceeds a limit. */
export class TooLarge extends Error {}

/**
 * The file system below a root directory, of the machine or of a container. Symbolic links are resolved within the
 * root, and only regular files are read. Paths are byte strings.
 */
export class Root {
  readonly limits: Limits;
  private readonly prefix: string;
  private readonly directories = new Map<string, string>();
  private bytes = 0;

  /** @param path the root directory, such as `/` or `/proc/PID/root` */
  constructor(path: string, limits: Limits = LIMITS) {
    this.prefix = path.replace(/\/+$/, "");
    this.limits = limits;
  }

  /** Converts a path in the root to the path at which this process can access it. */
  outside(path: string): Buffer {
    return Buffer.from(`${this.prefix}${path}`, "latin1");
  }

  /**
   * Resolves the symbolic links in the directories of a path; undefined if the path is not absolute, does not end with
   * a name, or has links that are nested too deeply.
   */
  canonical(path: string): string | undefined {
    if (!path.startsWith("/") || path.includes("\0")) return undefined;
    const slash = path.lastIndexOf("/");
    const name = path.slice(slash + 1);
    if (name === "" || name === "." || name === "..") return undefined;
    const directory = this.directory(path.slice(0, slash), MAX_LINKS);
    return directory === undefined ? undefined : `${directory}/${name}`;
  }

  /** Resolves a directory to a path without symbolic links and without a trailing slash; `""` is the root. */
  private directory(path: string, links: number): string | undefined {
    if (path === "") return "";
    const known = this.directories.get(path);
    if (known !== undefined) return known;
    const slash = path.lastIndexOf("/");
    const name = path.slice(slash + 1);
    const parent = this.directory(path.slice(0, Math.max(slash, 0)), links);
    if (parent === undefined) return undefined;
    const resolved = this.child(parent, name, links);
    if (resolved !== undefined && this.directories.size < this.limits.files) this.directories.set(path, resolved);
    return resolved;
  }

  private child(parent: string, name: string, links: number): string | undefined {
    if (name === "" || name === ".") return parent;
    if (name === "..") return parent.slice(0, Math.max(parent.lastIndexOf("/"), 0));
    const path = `${parent}/${name}`;
    const target = this.link(path);
    if (target === undefined) return path;
    if (links === 0) return undefined;
    return this.directory(target.startsWith("/") ? target : `${parent}/${target}`, links - 1);
  }

  private link(path: string): string | undefined {
    try {
      const outside = this.outside(path);
      if (!lstatSync(outside).isSymbolicLink()) return undefined;
      return readlinkSync(outside, "latin1");
    } catch {
      return undefined; // a path that does not exist is unchanged
    }
  }

  /** The names in a directory; empty if the directory does not exist. @throws TooLarge */
  names(path: string): string[] {
    const directory = this.directory(path, MAX_LINKS);
    if (directory === undefined) return [];
    let names: string[];
    try {
      names = readdirSync(this.outside(directory), { encoding: "latin1" });
    } catch {
      return [];
    }
    if (names.length > this.limits.files) throw new TooLarge(`${path} has more than ${this.limits.files} files`);
    return names;
  }

  /**
   * Returns a string that changes when the inode, modification time or size of any of these files and directories
   * changes; "" if none of them exists.
   */
  version(paths: readonly string[]): string {
    return paths
      .map((path) => {
        const canonical = this.canonical(path);
        if (canonical === undefined) return "";
        try {
          const { ino, mtimeNs, size } = lstatSync(this.outside(canonical), { bigint: true });
          return `${ino}:${mtimeNs}:${size}`;
        } catch {
          return "";
        }
      })
      .join(" ")
      .trim();
  }

  /**
   * Returns the content of a regular file; undefined if there is no regular file at the path, or the file cannot be
   * opened.
   * @throws TooLarge
   */
  read(path: string): Buffer | undefined {
    const canonical = this.canonical(path);
    if (canonical === undefined) return undefined;
    let fd: number;
    try {
      // O_NONBLOCK, because the file may be a FIFO.
      fd = openSync(this.outside(canonical), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch {
      return undefined;
    }
    try {
      const file = fstatSync(fd);
      if (!file.isFile()) return undefined;
      const { size } = file;
      this.bytes += size;
      if (this.bytes > this.limits.bytes)
        throw new TooLarge(`the database is larger than ${this.limits.bytes >> 20} MiB`);
      const content = Buffer.allocUnsafe(size);
      let read = 0;
      while (read < size) {
        const count = readSync(fd, content, read, size - read, null);
        if (count === 0) break;
        read += count;
      }
      return content.subarray(0, read);
    } finally {
      closeSync(fd);
    }
  }

  /**
   * Calls `take` with each line of a file, as a byte string without the newline.
   * @returns false if the file cannot be read
   * @throws TooLarge
   */
  lines(path: string, take: (line: string) => void): boolean {
    const content = this.read(path);
    if (content === undefined) return false;
    for (let from = 0; from < content.length; ) {
      let end = content.indexOf(NEWLINE, from);
      if (end < 0) end = content.length;
      if (end - from <= this.limits.line) take(content.toString("latin1", from, end));
      from = end + 1;
    }
    return true;
  }
}

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A file as a package database records it. */
export interface PackagedFile {
  readonly package: string;
  /** MD5 sum of its content, in hexadecimal; undefined for configuration files and links. */
  readonly md5: string | undefined;
}

/** The package database of a machine. Paths are byte strings. */
export interface Packages {
  /** Whether the machine has one. */
  readonly isPresent: boolean;
  /** The package that owns a path. */
  ownerOf(path: string): PackagedFile | undefined;
}

const noPackages: Packages = { isPresent: false, ownerOf: () => undefined };

/** Opens the package database below a root: dpkg's. */
export function openPackages(hostRoot: string): Packages {
  const folder = join(hostRoot, "var/lib/dpkg/info");
  try {
    statSync(folder);
  } catch {
    return noPackages;
  }
  return new DpkgFiles(folder);
}

/** Milliseconds for which the list of packages is not read again, and for which the text of all lists is kept. */
const FRESH = 1000;

/**
 * Reads dpkg's `*.list` and `*.md5sums`. Only directories of packages are kept in memory: a path is looked up in the lists of packages
 * that have files in its directory.
 */
class DpkgFiles implements Packages {
  readonly isPresent = true;
  private readonly folder: string;
  /** Lists by directory: the last part of `parent` selects few packages. */
  private lists = new Map<string, { readonly time: number; readonly directories: Set<number> }>();
  private readAt = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  ownerOf(path: string): PackagedFile | undefined {
    this.refresh();
    const directory = hashOf(path.slice(0, path.lastIndexOf("/")));
    for (const [name, { directories }] of this.lists) {
      if (!directories.has(directory)) continue;
      for (const alias of aliases(path)) {
        if (!hasLine(this.read(`${name}.list`), alias)) continue;
        const conffiles = this.read(`${name}.md5sums`);
        return { package: name.replace(/:[^:]*$/, ""), md5: sumOf(conffiles, alias) ?? sumOf(conffiles, path) };
      }
    }
    return undefined;
  }

  private refresh(): void {
    const now = Date.now();
    if (now - this.readAt < FRESH) return;
    this.readAt = now;
    const next: typeof this.lists = new Map();
    for (const file of readdirSync(this.folder)) {
      if (!file.endsWith(".list")) continue;
      const name = file.slice(0, -5);
      const time = modified(join(this.folder, file));
      const known = this.lists.get(name);
      next.set(name, known?.time === time ? known : { time, directories: directoriesIn(this.read(file)) });
    }
    this.lists = next;
  }

  private read(file: string): string {
    try {
      return readFileSync(join(this.folder, file), "latin1");
    } catch {
      return "";
    }
  }
}

function modified(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

/** Hashes of the directories that a list has files in, and of their names before `/usr` was merged. */
function directoriesIn(list: string): Set<number> {
  const found = new Set<number>();
  let last = "";
  for (let from = 0; from < list.length; ) {
    const newline = list.indexOf("\n", from);
    const end = newline < 0 ? list.length : newline;
    const directory = list.slice(from, list.lastIndexOf("/", end));
    from = end + 1;
    if (directory === last) continue;
    last = directory;
    found.add(hashOf(directory));
    if (MERGED.test(directory)) found.add(hashOf(`/usr${directory}`));
  }
  return found;
}

/** Directories that are symbolic links to those below /usr. */
const MERGED = /^\/(?:bin|sbin|lib|lib32|lib64|libx32)(?:\/|$)/;

/** A path, and its name before `/usr` was merged, which older packages record. */
function aliases(path: string): readonly string[] {
  return path.startsWith("/usr/") && MERGED.test(path.slice(4)) ? [path, path.slice(4)] : [path];
}

function hasLine(text: string, line: string): boolean {
  for (let at = text.indexOf(line); at >= 0; at = text.indexOf(line, at + 1)) {
    const end = at + line.length;
    if ((at === 0 || text[at - 1] === "\n") && (end === text.length || text[end] === "\n")) return true;
  }
  return false;
}

function sumOf(sums: string, path: string): string | undefined {
  const SUM = 32;
  const line = `  ${path.slice(1)}`;
  for (let at = sums.indexOf(line); at >= 0; at = sums.indexOf(line, at + 1)) {
    const end = at + line.length;
    if (end < sums.length && sums[end] !== "\n") continue;
    const sum = sums.slice(Math.max(at - SUM, 0), at);
    if (/^[0-9a-f]{32}$/.test(sum)) return sum;
  }
  return undefined;
}

/** FNV-1a with 32 bits: collisions cost one more lookup. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

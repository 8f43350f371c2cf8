import { type FileHandle, glob, readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { openFile } from "./open.ts";
import { type FilePosition, isSameFile } from "./position.ts";

/** Maximum number of files per path. */
export const MAX_FILES = 4096;
/** Maximum number of files that are compared to find a renamed file. */
const MAX_CANDIDATES = 256;

const COMPRESSED = /\.(?:gz|xz|bz2|zst|lz4|zip)$/;
const PATTERN = /[*?[\]{}]/;

/** The files of a configured path. */
export interface Found {
  /** Absolute paths, sorted. */
  readonly files: readonly string[];
  /** Directories in which files may appear or disappear. */
  readonly folders: readonly string[];
  /** Whether the list is complete. If so, files that are not in the list were removed. */
  readonly sure: boolean;
  /** Reason why files are missing from the list, without a period; undefined if there is no problem. */
  readonly trouble: string | undefined;
}

/**
 * Finds the files of a path: the file itself, the files of a directory (except compressed and hidden ones), or the
 * matches of a pattern.
 */
export async function findFiles(path: string): Promise<Found> {
  const whole = resolve(path);
  const folder = dirname(whole);
  const stats = await stat(whole).catch((error: unknown) => (error instanceof Error ? error : new Error()));
  if (!(stats instanceof Error)) {
    if (stats.isFile()) return { files: [whole], folders: [folder], sure: true, trouble: undefined };
    if (!stats.isDirectory())
      return { files: [], folders: [folder], sure: true, trouble: `${whole} is not a file that can be followed` };
    try {
      const names = (await readdir(whole)).filter((name) => !name.startsWith(".") && !COMPRESSED.test(name)).sort();
      return limited(
        names.map((name) => join(whole, name)),
        [whole],
        whole,
      );
    } catch (error) {
      return { files: [], folders: [whole], sure: false, trouble: `cannot read ${whole}: ${reasonOf(error)}` };
    }
  }
  if (!PATTERN.test(whole))
    return { files: [], folders: [folder], sure: isGone(stats), trouble: `cannot read ${whole}: ${reasonOf(stats)}` };
  const files: string[] = [];
  for await (const each of glob(whole)) {
    if (!COMPRESSED.test(each)) files.push(each);
    if (files.length > MAX_FILES) break;
  }
  files.sort();
  return limited(files, [fixedFolder(whole), ...new Set(files.map((each) => dirname(each)))], whole);
}

function limited(files: readonly string[], folders: readonly string[], path: string): Found {
  if (files.length <= MAX_FILES) return { files, folders, sure: true, trouble: undefined };
  const trouble = `${path} matches more than ${MAX_FILES} files; additional files are not read`;
  return { files: files.slice(0, MAX_FILES), folders, sure: false, trouble };
}

/** Returns the part of a path before its first component with a pattern. */
function fixedFolder(path: string): string {
  const parts = path.split("/");
  const first = parts.findIndex((part) => PATTERN.test(part));
  return parts.slice(0, first).join("/") || "/";
}

/** A file that was found under another name. */
export interface Again {
  readonly file: FileHandle;
  readonly dev: number;
  readonly ino: number;
  /** Time of the last write, milliseconds since the epoch. */
  readonly changed: number;
}

/** Whether the file with this device and inode is already followed. */
export type Known = (dev: number, ino: number) => boolean;

/** Searches a file's directory for the file of a position after a rename, or for a copy of the part that was read. */
export async function findAgain(position: FilePosition, known: Known): Promise<Again | undefined> {
  const others = await siblings(position.path);
  const isSame = ({ dev, ino }: Sibling): boolean => ino === position.ino && dev === position.dev;
  const copies = others.filter((each) => !isSame(each) && isRotated(each.path, position.path));
  for (const { path } of [...others.filter(isSame), ...copies]) {
    const file = await openFile(path).catch(() => undefined);
    if (file === undefined) continue;
    // The file may have been renamed in the meantime, so check the opened file.
    const { dev, ino, mtimeMs } = await file.stat();
    if (!known(dev, ino) && (await isSameFile(file, position))) return { file, dev, ino, changed: mtimeMs };
    await file.close();
  }
  return undefined;
}

/**
 * Finds rotated copies of a file that were last written after `since` and are not followed.
 * @returns the files, oldest first
 */
export async function findBetween(path: string, since: number, known: Known): Promise<readonly Sibling[]> {
  const others = await siblings(path);
  return others
    .filter((each) => isRotated(each.path, path) && each.changed > since && !known(each.dev, each.ino))
    .sort((a, b) => a.changed - b.changed);
}

/** Suffix that log rotation adds to a file name: a number or a date. */
const DATED = /^[-._]\d[\d.:TZ_-]*$/;

/** Whether a path has the name of another file with a rotation suffix, before or after the extension. */
function isRotated(path: string, after: string): boolean {
  const name = basename(after);
  const end = extname(name);
  return isDated(basename(path), name, "") || isDated(basename(path), name.slice(0, name.length - end.length), end);
}

function isDated(name: string, begin: string, end: string): boolean {
  return name.startsWith(begin) && name.endsWith(end) && DATED.test(name.slice(begin.length, name.length - end.length));
}

interface Sibling {
  readonly path: string;
  readonly changed: number;
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
}

/** Returns the other files in the directory of a file, newest first. */
async function siblings(path: string): Promise<Sibling[]> {
  const folder = dirname(path);
  const found: Sibling[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const other = join(folder, name);
    if (other === path || COMPRESSED.test(name)) continue;
    const stats = await stat(other).catch(() => undefined);
    if (stats?.isFile())
      found.push({ path: other, dev: stats.dev, ino: stats.ino, size: stats.size, changed: stats.mtimeMs });
  }
  return found.sort((a, b) => b.changed - a.changed).slice(0, MAX_CANDIDATES);
}

export function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** Returns a short description of a system error. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "no such file";
  if (code === "EACCES") return "permission denied";
  return error.message;
}

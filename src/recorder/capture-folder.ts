import { constants, lstatSync, type Stats, statSync } from "node:fs";
import { type FileHandle, lstat, open, readdir, statfs, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "../journal/folder.ts";
import { untrusted } from "../server/file-trust.ts";

export interface FolderLimits {
  readonly maxFiles: number;
  /** Maximum total size of captures, in bytes. */
  readonly maxTotal: number;
  /** Minimum free space on the file system, in bytes. */
  readonly minFree: number;
}

/** A capture in the directory. */
export interface Stored {
  readonly path: string;
  /** Size of the file, in bytes. */
  readonly size: number;
}

const { O_WRONLY, O_RDONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Number of digits of the time and of the event number in file names, as in Falco. */
const DIGITS = 20;
const NAME = /^_\d{20}_\d{20}\.scap$/;
const [STICKY, ROOT] = [0o1000, 0];

/**
 * Returns the name of a capture, `PREFIX_TIME_NUMBER.scap`.
 * @param time nanoseconds since the epoch
 */
export function captureName(prefix: string, time: bigint, number: number): string {
  return `${prefix}_${String(time).padStart(DIGITS, "0")}_${String(number).padStart(DIGITS, "0")}.scap`;
}

function isNameOf(prefix: string, name: string): boolean {
  return name.startsWith(prefix) && NAME.test(name.slice(prefix.length));
}

/** Splits a path into the directory and the prefix of file names, which may be empty. */
function splitPrefix(path: string): [folder: string, prefix: string] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return [dirname(`${path}x`), name];
}

/**
 * The directory that contains captures. File names of captures begin with a prefix; other files in the directory are
 * never modified.
 */
export class CaptureFolder {
  readonly path: string;
  private readonly prefix: string;
  private readonly limits: FolderLimits;
  /** Names of the rules that caused the captures since startup, by path. */
  private readonly rules = new Map<string, string>();

  /** @param path directory and name prefix, as in `capture.path_prefix` */
  constructor(path: string, limits: FolderLimits) {
    [this.path, this.prefix] = splitPrefix(path);
    this.limits = limits;
  }

  /** Returns the path of the capture for a match. */
  pathFor(time: bigint, number: number): string {
    return join(this.path, captureName(this.prefix, time, number));
  }

  /**
   * Creates a capture file with mode 0600, after deleting old captures to stay within the limits. Never opens an
   * existing file or follows a symbolic link.
   * @param rule name of the first matching rule
   * @throws Error with a message for the user
   */
  async create(path: string, rule: string): Promise<FileHandle> {
    makeFolder(this.path);
    const reason = whyUnsafe(this.path);
    if (reason !== undefined) throw new Error(`${reason}.`);
    await this.makeRoom();
    await this.requireSpace();
    const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    this.rules.set(path, rule);
    return file;
  }

  /** @throws Error with a message for the user, if the file system has too little free space */
  async requireSpace(): Promise<void> {
    const { bavail, bsize } = await statfs(this.path);
    if (bavail * bsize < this.limits.minFree)
      throw new Error(`${this.path} has less than ${Math.ceil(this.limits.minFree / 1e6)} MB free.`);
  }

  /** Returns the captures that this user owns, oldest first. */
  async list(): Promise<readonly Stored[]> {
    const names = (await readdir(this.path)).filter((name) => isNameOf(this.prefix, name)).sort();
    const found = await Promise.all(
      names.map(async (name) => ({ path: join(this.path, name), stats: await statsOf(join(this.path, name)) })),
    );
    return found.flatMap(({ path, stats }) =>
      stats?.isFile() && stats.uid === process.geteuid?.() ? [{ path, size: stats.size }] : [],
    );
  }

  /**
   * Deletes captures until their number and total size are below the limits. Each step deletes the oldest capture of
   * one rule: the rule with the most captures if there are too many files, otherwise the rule with the largest total
   * size. A rule that matches often therefore cannot displace the captures of other rules.
   */
  private async makeRoom(): Promise<void> {
    const { rules } = this;
    const { maxFiles, maxTotal } = this.limits;
    const byRule = new Map<string, Stored[]>();
    const captures = await this.list();
    for (const capture of captures) {
      const rule = rules.get(capture.path) ?? "";
      byRule.set(rule, [...(byRule.get(rule) ?? []), capture]);
    }
    let total = sizeOf(captures);
    for (let files = captures.length; files > 0 && (files >= maxFiles || total >= maxTotal); files--) {
      const weight = files >= maxFiles ? ({ length }: readonly Stored[]) => length : sizeOf;
      // If rules are equal, select the rule with the oldest capture, which is first in the list.
      const most = [...byRule.values()].reduce((first, next) => (weight(next) > weight(first) ? next : first));
      const oldest = most.shift();
      if (oldest === undefined) return;
      await unlink(oldest.path);
      rules.delete(oldest.path);
      total -= oldest.size;
    }
  }
}

function sizeOf(captures: readonly Stored[]): number {
  return captures.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Opens a capture for reading, by the path in an alert. Uses only the file name of the path, in the configured
 * directory. Returns undefined if the file name is not the name of a capture, or if this user owns no such file.
 */
export async function openStored(prefix: string, stated: string): Promise<FileHandle | undefined> {
  const name = basename(stated);
  const [folder, begin] = splitPrefix(prefix);
  if (!isNameOf(begin, name)) return undefined;
  let file: FileHandle | undefined;
  try {
    file = await open(join(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = await file.stat();
    if (stats.isFile() && stats.nlink === 1 && stats.uid === process.geteuid?.()) return file;
  } catch {
    // The file does not exist or cannot be opened.
  }
  await file?.close();
  return undefined;
}

/**
 * Returns the reason why a directory is unsafe: other users can change its entries. Undefined if it is safe. A sticky
 * directory that root owns, such as `/tmp`, is safe.
 */
function whyUnsafe(folder: string): string | undefined {
  const { uid, mode } = statSync(folder);
  if (uid === ROOT && (mode & STICKY) !== 0 && !lstatSync(folder).isSymbolicLink()) return undefined;
  return untrusted(folder);
}

async function statsOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch {
    return undefined;
  }
}

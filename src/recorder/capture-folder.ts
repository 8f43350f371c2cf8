import { constants, lstatSync, type Stats, statSync } from "node:fs";
import { type FileHandle, lstat, open, readdir, statfs, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "../journal/folder.ts";
import { untrusted } from "../server/file-trust.ts";

export interface FolderLimits {
  readonly maxFiles: number;
  /** Bytes of all captures. */
  readonly maxTotal: number;
  /** Bytes that stay free in the file system. */
  readonly minFree: number;
}

/** A capture in the folder. */
export interface Stored {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

const { O_WRONLY, O_RDONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Digits of the time and of the event number in a name, as in Falco. */
const DIGITS = 20;
const NAME = /^_\d{20}_\d{20}\.scap$/;
const [STICKY, ROOT] = [0o1000, 0];

/** The name of a capture, `PREFIX_TIME_NUMBER.scap`. @param time nanoseconds since the epoch */
export function captureName(prefix: string, time: bigint, number: number): string {
  return `${prefix}_${String(time).padStart(DIGITS, "0")}_${String(number).padStart(DIGITS, "0")}.scap`;
}

function isNameOf(prefix: string, name: string): boolean {
  return name.startsWith(prefix) && NAME.test(name.slice(prefix.length));
}

/** The folder, and the beginning of names in it, which may be empty. */
function splitPrefix(path: string): [folder: string, prefix: string] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return [dirname(`${path}x`), name];
}

/** The folder of captures, whose names begin with the last part of `path`. Other files in it are never touched. */
export class CaptureFolder {
  readonly path: string;
  private readonly prefix: string;
  private readonly limits: FolderLimits;
  /** The rules of the captures that were created since the start. */
  private readonly rules = new Map<string, string>();

  /** @param path the folder and the beginning of names, as in `capture.path_prefix` */
  constructor(path: string, limits: FolderLimits) {
    [this.path, this.prefix] = splitPrefix(path);
    this.limits = limits;
  }

  /** The path of the capture for a match. */
  pathFor(time: bigint, number: number): string {
    return join(this.path, captureName(this.prefix, time, number));
  }

  /**
   * Creates a capture with mode 0600, after it has deleted others beyond the limits. An existing file is never opened, and no link
   * is followed.
   * @param rule name of the rule that matched first
   * @throws Error with one sentence
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

  /** @throws Error with one sentence if the file system has less free space than it should keep */
  async requireSpace(): Promise<void> {
    const { bavail, bsize } = await statfs(this.path);
    if (bavail * bsize < this.limits.minFree)
      throw new Error(`${this.path} has less than ${Math.ceil(this.limits.minFree / 1e6)} MB free.`);
  }

  /** Captures of this user, oldest first. */
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
   * Deletes captures of the rule that has the most, its oldest first: captures of rules that match often, on purpose perhaps, do not
   * displace those of others.
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
      // Of equal ones that whose oldest capture is the oldest, since the list is in the order of time.
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
 * Opens a capture for reading by the path in an alert: only its name counts, and the folder is the configured one.
 * Undefined if the name is not that of a capture, or there is no such file of this user.
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
    // There is no such file.
  }
  await file?.close();
  return undefined;
}

/** Why other users can change entries of a folder; a sticky folder of root, as `/tmp`, protects them. */
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

import type { Stats } from "node:fs";
import { type FileHandle, stat } from "node:fs/promises";
import { openCopy } from "./copy.ts";
import { findFiles, isGone, reasonOf } from "./find.ts";
import type { Beginning, Followed } from "./followed.ts";
import { openNewFile } from "./new-file.ts";
import { type FilePosition, noFingerprint } from "./position.ts";
import { filesBetween, MIN_COMMON, resumeElsewhere, resumeHere } from "./resume.ts";

/** The files of a configured path, and rotated files that are not completely read. */
export interface FileSet {
  /** Files in the order in which they are read: rotated files first, since their lines are older. */
  readonly files: readonly Followed[];
  /** Directories in which files may appear or disappear. */
  readonly folders: readonly string[];
  /** Reason why files cannot be read, without a period; undefined if there is no problem. */
  readonly trouble: string | undefined;
  /** Resumes reading at stored positions. */
  resume(positions: readonly FilePosition[]): Promise<void>;
  /**
   * Finds new and rotated files.
   * @param toEnd whether reading begins at the end of new files
   */
  refresh(toEnd: boolean): Promise<void>;
  /** Reads a truncated file from its beginning, after the unread part of its rotated copy. */
  restart(truncated: Followed): Promise<void>;
  drop(file: Followed): void;
}

export interface FileSetOptions {
  /** Path of a file or directory, or a pattern. */
  readonly path: string;
  readonly maxLine: number;
  readonly follow: (file: FileHandle, from: Beginning) => Followed;
  readonly say: (sentence: string) => void;
}

/** Maximum time that a file may be missing during rotation, in milliseconds. */
const GAP = 5000;

export function openFileSet({ path, maxLine, follow, say }: FileSetOptions): FileSet {
  let files: Followed[] = [];
  let folders: readonly string[] = [];
  let trouble: string | undefined;
  let missingSince: number | undefined;

  const known = (dev: number, ino: number): boolean => files.some((each) => each.dev === dev && each.ino === ino);

  function add(file: Followed, rotated: boolean): void {
    if (rotated) file.left = Date.now();
    files.push(file);
    sort();
  }

  function sort(): void {
    const rank = ({ left }: Followed): number => left ?? Number.POSITIVE_INFINITY;
    files = [...files].sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
  }

  const openNew = (name: string, toEnd: boolean) => openNewFile(name, toEnd ? maxLine : undefined, known, follow);

  /** Adds a renamed file with unread lines, or its copy. @returns the time of its last change */
  async function addRotated(position: FilePosition, evaluated: FilePosition): Promise<number | undefined> {
    const found = await resumeElsewhere(position, evaluated, known, follow);
    if (found === undefined) return undefined;
    add(found.file, true);
    return found.changed;
  }

  /** Processes an existing file: a followed file, a copy of a followed file, or a new file. */
  async function meet(name: string, stats: Stats, toEnd: boolean): Promise<void> {
    const same = files.find((each) => each.dev === stats.dev && each.ino === stats.ino);
    if (same !== undefined) {
      same.left = undefined;
      if (same.path !== name) same.rename(name);
      return;
    }
    const copy = await openCopy(name, files, follow);
    if (copy === "incomplete") return;
    const fresh = copy ?? (await openNew(name, toEnd));
    if (fresh !== undefined) add(fresh, false);
  }

  async function refresh(toEnd: boolean): Promise<void> {
    const found = await findFiles(path);
    folders = found.folders;
    let wrong = found.trouble;
    const here = new Set<string>();
    for (const name of found.files) {
      try {
        const stats = await stat(name);
        if (!stats.isFile()) continue;
        here.add(`${stats.dev}:${stats.ino}`);
        await meet(name, stats, toEnd);
      } catch (error) {
        if (!isGone(error)) wrong = `cannot read ${name}: ${reasonOf(error)}`;
      }
    }
    if (found.sure) for (const each of files) if (!here.has(`${each.dev}:${each.ino}`)) each.left ??= Date.now();
    sort();
    missingSince =
      wrong === undefined ? undefined : (missingSince ?? (trouble === undefined && files.length > 0 ? Date.now() : 0));
    trouble = missingSince !== undefined && Date.now() - missingSince >= GAP ? wrong : undefined;
  }

  return {
    get files() {
      return files;
    },
    get folders() {
      return folders;
    },
    get trouble() {
      return trouble;
    },
    refresh,
    async resume(positions) {
      const moved: { readonly path: string; readonly changed: number }[] = [];
      for (const position of positions) {
        const here = await resumeHere(position, known, follow);
        if (here !== undefined) {
          add(here, false);
          continue;
        }
        const changed = await addRotated(position, position);
        if (changed !== undefined) moved.push({ path: position.path, changed });
        else if (position.offset > 0)
          say(`${position.path} was replaced by another file; any unread lines of the previous file are lost`);
      }
      for (const { path: name, changed } of moved)
        for (const other of await filesBetween(name, changed, path, known)) {
          const between = await openNew(other, false).catch(() => undefined);
          if (between !== undefined) add(between, true);
        }
    },
    async restart(truncated) {
      await refresh(false); // finds the rotated copy if there is one
      const position = truncated.position();
      const { path: name, dev, ino, file, left } = truncated;
      const fresh = follow(file, { path: name, dev, ino, offset: 0, head: noFingerprint, last: noFingerprint });
      fresh.left = left;
      files = files.map((each) => (each === truncated ? fresh : each));
      if (position.offset < MIN_COMMON || files.some((each) => each !== fresh && each.isCopyOf(position))) return;
      await addRotated(position, truncated.evaluated);
    },
    drop(file) {
      files = files.filter((each) => each !== file);
    },
  };
}

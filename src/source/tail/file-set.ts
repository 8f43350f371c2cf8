import type { Stats } from "node:fs";
import { type FileHandle, stat } from "node:fs/promises";
import { openCopy } from "./copy.ts";
import { findFiles, isGone, reasonOf } from "./find.ts";
import { type Beginning, endOf, type Followed } from "./followed.ts";
import { openFile } from "./open.ts";
import { FINGERPRINT_BYTES, type FilePosition, fingerprintAt, noFingerprint } from "./position.ts";
import { filesBetween, MIN_COMMON, resumeElsewhere, resumeHere } from "./resume.ts";

/** The files that a path of the configuration stands for, and rotated ones that are not read to their end. */
export interface FileSet {
  /** Rotated files first: their lines are older. */
  readonly files: readonly Followed[];
  /** Folders in which files come and go. */
  readonly folders: readonly string[];
  /** Why nothing can be read, in a sentence without its end. */
  readonly trouble: string | undefined;
  /** Resumes where the last run of the program stopped. */
  resume(positions: readonly FilePosition[]): Promise<void>;
  /**
   * Finds files that have come or been rotated.
   * @param toEnd whether new ones are read from their end on
   */
  refresh(toEnd: boolean): Promise<void>;
  /** Reads a truncated file from its beginning, after the rest of its copy. */
  restart(truncated: Followed): Promise<void>;
  drop(file: Followed): void;
}

export interface FileSetOptions {
  /** A file, a folder or a pattern. */
  readonly path: string;
  readonly maxLine: number;
  readonly follow: (file: FileHandle, from: Beginning) => Followed;
  readonly say: (sentence: string) => void;
}

/** Milliseconds that a file may be missing during rotation. */
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

  /** Opens a file that was never read. */
  async function openNew(name: string, toEnd: boolean): Promise<Followed | undefined> {
    const file = await openFile(name);
    const stats = await file.stat();
    const { dev, ino, size } = stats;
    if (known(dev, ino) || !stats.isFile()) {
      await file.close();
      return undefined;
    }
    const offset = toEnd ? await endOf(file, size, maxLine) : 0;
    const part = Math.min(FINGERPRINT_BYTES, offset);
    const head = await fingerprintAt(file, 0, part);
    const last = await fingerprintAt(file, offset - part, part);
    return follow(file, { path: name, dev, ino, offset, head, last });
  }

  /** Adds what is left of a file under another name, or of its copy. @returns when it was changed last */
  async function addRotated(position: FilePosition, evaluated: FilePosition): Promise<number | undefined> {
    const found = await resumeElsewhere(position, evaluated, known, follow);
    if (found === undefined) return undefined;
    add(found.file, true);
    return found.changed;
  }

  /** Handles a file that exists: known, renamed within the path, or new. */
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
          say(`${position.path} is another file now; any unread lines of the previous one are lost`);
      }
      for (const { path: name, changed } of moved)
        for (const other of await filesBetween(name, changed, path, known)) {
          const between = await openNew(other, false).catch(() => undefined);
          if (between !== undefined) add(between, true);
        }
    },
    async restart(truncated) {
      await refresh(false); // its copy may have come
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

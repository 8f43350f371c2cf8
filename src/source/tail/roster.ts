import type { Stats } from "node:fs";
import { type FileHandle, stat } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { findAgain, findBetween, findFiles, isGone, reasonOf } from "./find.ts";
import { type Beginning, endOf, type Followed } from "./followed.ts";
import { holdsTheSame, isStill, type Mark, noPrint, PRINT, printAt } from "./mark.ts";
import { openFile } from "./open.ts";

/** The files that a path of the configuration stands for, and those that have left it and are not read to their end. */
export interface Roster {
  /** Those that have left come first: their lines are the older ones. */
  readonly files: readonly Followed[];
  /** Folders in which files come and go. */
  readonly folders: readonly string[];
  /** Why nothing can be read, in a sentence without its end. */
  readonly trouble: string | undefined;
  /** Goes on where the last run of the program was. */
  resume(marks: readonly Mark[]): Promise<void>;
  /**
   * Sees which files there are now, and which have left.
   * @param toEnd whether new ones are read from their end on
   */
  look(toEnd: boolean): Promise<void>;
  /** Begins anew with a file that was cut off, after what its copy still has. */
  beginAnew(cut: Followed): Promise<void>;
  drop(file: Followed): void;
}

export interface RosterSettings {
  /** A file, a folder or a pattern. */
  readonly path: string;
  readonly maxLine: number;
  readonly follow: (file: FileHandle, from: Beginning) => Followed;
  readonly say: (sentence: string) => void;
}

/** Milliseconds that a file may be missing, and a copy in the making. */
const GAP = 5000;
/** How often a file is looked for that has another name, and milliseconds in between. */
const TRIES = 3;
const PAUSE = 50;
/** Bytes in common that make a copy. */
const TELLING = 64;

export function openRoster({ path, maxLine, follow, say }: RosterSettings): Roster {
  let files: Followed[] = [];
  let folders: readonly string[] = [];
  let trouble: string | undefined;
  let missingSince: number | undefined;

  const known = (dev: number, ino: number): boolean => files.some((each) => each.dev === dev && each.ino === ino);

  function add(file: Followed, left: boolean): void {
    if (left) file.left = Date.now();
    files.push(file);
    inOrder();
  }

  function inOrder(): void {
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
    const part = Math.min(PRINT, offset);
    const head = await printAt(file, 0, part);
    const last = await printAt(file, offset - part, part);
    return follow(file, { path: name, dev, ino, offset, head, last });
  }

  /** Reads on in a file that has its name still. */
  async function goOnHere(mark: Mark): Promise<boolean> {
    const file = await openFile(mark.path).catch(() => undefined);
    if (file === undefined) return false;
    const { dev, ino } = await file.stat();
    const here = !known(dev, ino) && (await isStill(file, mark));
    if (here) add(follow(file, { ...mark, dev, ino }), false);
    else await file.close();
    return here;
  }

  /** Reads what is left of a file that has another name now, or of its copy. */
  async function goOnElsewhere(mark: Mark, judged: Mark): Promise<number | undefined> {
    let again = await findAgain(mark, known);
    // It may be getting another name just now.
    for (let tries = 0; again === undefined && tries < TRIES; tries++) {
      await wait(PAUSE);
      again = await findAgain(mark, known);
    }
    if (again === undefined) return undefined;
    const { file, dev, ino, changed } = again;
    add(follow(file, { ...mark, dev, ino, judged: { ...judged, dev, ino } }), true);
    return changed;
  }

  /** Reads files that had the name in between, and that have no place of their own. */
  async function readBetween(name: string, since: number): Promise<void> {
    const { files: present } = await findFiles(path);
    for (const { path: other } of await findBetween(name, since, known)) {
      if (present.includes(other)) continue;
      const between = await openNew(other, false).catch(() => undefined);
      if (between !== undefined) add(between, true);
    }
  }

  /**
   * Whether a file that has just come is the copy of another, as rotation by copying makes it: it holds what was read
   * of the other, or is the other's beginning.
   * @returns where to read on in it; "not yet" while the other still holds the same, or the copy is in the making
   */
  async function copyOf(name: string): Promise<Followed | "not yet" | undefined> {
    const file = await openFile(name);
    const { size, mtimeMs, dev, ino } = await file.stat();
    let copy: Followed | "not yet" | undefined;
    for (const each of files) {
      const mark = each.mark();
      if (each.done || mark.offset < TELLING || size < TELLING) continue;
      const there = !(await each.isCut());
      if (size >= mark.offset) {
        if (!(await holdsTheSame(file, mark))) continue;
        const judged = { ...each.judged, path: name, dev, ino };
        copy = there && each.left === undefined ? "not yet" : follow(file, { ...mark, path: name, dev, ino, judged });
        break;
      }
      const part = Math.min(PRINT, size);
      const last = await printAt(file, size - part, part);
      if (!there || !(await holdsTheSame(each.file, { ...mark, offset: size, last }))) continue;
      const head = await printAt(file, 0, part);
      copy = Date.now() - mtimeMs < GAP ? "not yet" : follow(file, { path: name, dev, ino, offset: size, head, last });
      break;
    }
    if (copy === undefined || copy === "not yet") await file.close();
    return copy;
  }

  /** Takes note of a file that is there: as it was, renamed within the path, or new. */
  async function meet(name: string, stats: Stats, toEnd: boolean): Promise<void> {
    const same = files.find((each) => each.dev === stats.dev && each.ino === stats.ino);
    if (same !== undefined) {
      same.left = undefined;
      if (same.path !== name) same.rename(name);
      return;
    }
    const copy = await copyOf(name);
    if (copy === "not yet") return;
    const fresh = copy ?? (await openNew(name, toEnd));
    if (fresh !== undefined) add(fresh, false);
  }

  async function look(toEnd: boolean): Promise<void> {
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
        if (!isGone(error)) wrong = `${name} can't be read: ${reasonOf(error)}`;
      }
    }
    if (found.sure) for (const each of files) if (!here.has(`${each.dev}:${each.ino}`)) each.left ??= Date.now();
    inOrder();
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
    look,
    async resume(marks) {
      const moved: { readonly path: string; readonly changed: number }[] = [];
      for (const mark of marks) {
        if (await goOnHere(mark)) continue;
        const changed = await goOnElsewhere(mark, mark);
        if (changed !== undefined) moved.push({ path: mark.path, changed });
        else if (mark.offset > 0)
          say(`${mark.path} is another file now; what may not have been read of the one before is gone`);
      }
      for (const { path: name, changed } of moved) await readBetween(name, changed);
    },
    async beginAnew(cut) {
      await look(false); // its copy may have come
      const mark = cut.mark();
      const { path: name, dev, ino, file, left } = cut;
      const fresh = follow(file, { path: name, dev, ino, offset: 0, head: noPrint, last: noPrint });
      fresh.left = left;
      files = files.map((each) => (each === cut ? fresh : each));
      if (mark.offset < TELLING || files.some((each) => each !== fresh && each.isCopyOf(mark))) return;
      await goOnElsewhere(mark, cut.judged);
    },
    drop(file) {
      files = files.filter((each) => each !== file);
    },
  };
}

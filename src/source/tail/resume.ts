import type { FileHandle } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { findAgain, findBetween, findFiles } from "./find.ts";
import type { Beginning, Followed } from "./followed.ts";
import { openFile } from "./open.ts";
import { type FilePosition, isSameFile } from "./position.ts";

type Follow = (file: FileHandle, from: Beginning) => Followed;
type Known = (dev: number, ino: number) => boolean;

/** Minimum number of equal bytes by which a file is recognized as a copy. */
export const MIN_COMMON = 64;
/**
 * Maximum number of retries of the search for a renamed file, and the interval between them in milliseconds. A rotation
 * may be in progress.
 */
const RETRIES = 3;
const PAUSE = 50;

/** Resumes reading a file that still has its path. */
export async function resumeHere(position: FilePosition, known: Known, follow: Follow): Promise<Followed | undefined> {
  const file = await openFile(position.path).catch(() => undefined);
  if (file === undefined) return undefined;
  const { dev, ino } = await file.stat();
  if (!known(dev, ino) && (await isSameFile(file, position))) return follow(file, { ...position, dev, ino });
  await file.close();
  return undefined;
}

/** Resumes reading a file that was renamed, or its copy. */
export async function resumeElsewhere(
  position: FilePosition,
  evaluated: FilePosition,
  known: Known,
  follow: Follow,
): Promise<{ readonly file: Followed; readonly changed: number } | undefined> {
  let found = await findAgain(position, known);
  for (let retries = 0; found === undefined && retries < RETRIES; retries++) {
    await wait(PAUSE);
    found = await findAgain(position, known);
  }
  if (found === undefined) return undefined;
  const { file, dev, ino, changed } = found;
  return { file: follow(file, { ...position, dev, ino, evaluated: { ...evaluated, dev, ino } }), changed };
}

/** Returns rotated files of `name` that were last written after `since` and that `path` does not match. */
export async function filesBetween(name: string, since: number, path: string, known: Known): Promise<string[]> {
  const { files: present } = await findFiles(path);
  const between = await findBetween(name, since, known);
  return between.map(({ path: other }) => other).filter((other) => !present.includes(other));
}

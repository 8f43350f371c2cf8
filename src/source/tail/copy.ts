import type { FileHandle } from "node:fs/promises";
import type { Beginning, Followed } from "./followed.ts";
import { openFile } from "./open.ts";
import { FINGERPRINT_BYTES, fingerprintAt, hasSameContent } from "./position.ts";
import { MIN_COMMON } from "./resume.ts";

/** Time without changes after which a copy is considered complete, in milliseconds. */
const COMPLETE = 5000;

/**
 * Opens a new file if it is a copy of a followed file, as made by log rotation with `copytruncate`. A copy starts with
 * the content that was read from the followed file, or is the beginning of the followed file.
 * @returns "incomplete" if the followed file still has the same content, or the copy may still be written; undefined if
 * the file is not a copy
 */
export async function openCopy(
  name: string,
  files: readonly Followed[],
  follow: (file: FileHandle, from: Beginning) => Followed,
): Promise<Followed | "incomplete" | undefined> {
  const file = await openFile(name);
  const { size, mtimeMs, dev, ino } = await file.stat();
  let copy: Followed | "incomplete" | undefined;
  for (const each of files) {
    const position = each.position();
    if (each.done || position.offset < MIN_COMMON || size < MIN_COMMON) continue;
    const there = !(await each.isTruncated());
    if (size >= position.offset) {
      if (!(await hasSameContent(file, position))) continue;
      const evaluated = { ...each.evaluated, path: name, dev, ino };
      copy =
        there && each.left === undefined
          ? "incomplete"
          : follow(file, { ...position, path: name, dev, ino, evaluated });
      break;
    }
    const part = Math.min(FINGERPRINT_BYTES, size);
    const last = await fingerprintAt(file, size - part, part);
    if (!there || !(await hasSameContent(each.file, { ...position, offset: size, last }))) continue;
    const head = await fingerprintAt(file, 0, part);
    copy =
      Date.now() - mtimeMs < COMPLETE ? "incomplete" : follow(file, { path: name, dev, ino, offset: size, head, last });
    break;
  }
  if (copy === undefined || copy === "incomplete") await file.close();
  return copy;
}

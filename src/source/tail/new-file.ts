import type { FileHandle } from "node:fs/promises";
import { type Beginning, endOf, type Followed } from "./followed.ts";
import { openFile } from "./open.ts";
import { FINGERPRINT_BYTES, fingerprintAt } from "./position.ts";

/**
 * Opens a file that was never read.
 * @param maxLine maximum length of a line in bytes, if reading begins after the last complete line; undefined: reading
 * begins at the beginning of the file
 * @returns undefined if the file is already followed, or is not a regular file
 */
export async function openNewFile(
  name: string,
  maxLine: number | undefined,
  known: (dev: number, ino: number) => boolean,
  follow: (file: FileHandle, from: Beginning) => Followed,
): Promise<Followed | undefined> {
  const file = await openFile(name);
  const stats = await file.stat();
  const { dev, ino, size } = stats;
  if (known(dev, ino) || !stats.isFile()) {
    await file.close();
    return undefined;
  }
  const offset = maxLine === undefined ? 0 : await endOf(file, size, maxLine);
  const part = Math.min(FINGERPRINT_BYTES, offset);
  const head = await fingerprintAt(file, 0, part);
  const last = await fingerprintAt(file, offset - part, part);
  return follow(file, { path: name, dev, ino, offset, head, last });
}

import { createHash } from "node:crypto";
import { closeSync, constants, fchownSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { putTimes, putXattr } from "./libc.ts";
import type { RegularFile } from "./regular-file.ts";

const PIECE = 1 << 20;

/**
 * Copies a file's content, owner, timestamps and user extended attributes. The copy is not executable.
 * @returns SHA-256 of the content in hex, and the size in bytes
 * @throws Error with a message for the user if the file changes during the copy, the disk is full or the action times
 * out
 */
export async function copyFile(
  file: RegularFile,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly sha256: string; readonly size: number }> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const copy = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const hash = createHash("sha256");
    const piece = Buffer.alloc(PIECE);
    let size = 0;
    for (;;) {
      const length = readSync(file.fd, piece, 0, PIECE, size);
      if (length === 0) break;
      hash.update(piece.subarray(0, length));
      for (let at = 0; at < length; ) at += writeSync(copy, piece, at, length - at);
      size += length;
      await turn();
      signal.throwIfAborted();
    }
    const { size: sizeNow, mtimeNs } = fstatSync(file.fd, { bigint: true });
    if (sizeNow !== BigInt(size) || mtimeNs !== file.stat.mtimeNs) throw new Error("the file is being written");
    for (const [name, value] of file.xattrs) if (name.startsWith("user.")) tryXattr(copy, name, value);
    fchownSync(copy, Number(file.stat.uid), Number(file.stat.gid));
    putTimes(copy, file.stat.atimeNs, file.stat.mtimeNs);
    fsyncSync(copy);
    return { sha256: hash.digest("hex"), size };
  } finally {
    closeSync(copy);
  }
}

/** Copies an extended attribute if the target file system supports it. The manifest lists all attributes. */
function tryXattr(fd: number, name: string, value: Buffer): void {
  try {
    putXattr(fd, name, value);
  } catch {
    // The manifest records the attribute even if the copy lacks it.
  }
}

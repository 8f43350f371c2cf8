import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import type { ExceptionRequest } from "../../api/agent-view.ts";
import { makeFolder, syncFolder } from "../../journal/folder.ts";
import { Failure } from "../failure.ts";

/** Content, mode and owner of a file before a change. */
export interface KnownFile {
  readonly text: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Maximum size in bytes of a file that the page changes. */
const MAX_SIZE = 1 << 20;

/**
 * Reads a file that the page changes. Does not follow symbolic links, so that no other file is read or replaced.
 * @returns undefined if the file does not exist
 * @throws Failure with a message for the user
 */
export function readPageFile(path: string): KnownFile | undefined {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let file: number;
  try {
    file = openSync(path, flags);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP") throw new Failure(`${path} is a symbolic link; symbolic links are not followed.`);
    throw new Failure(`Cannot read ${path}: ${reasonOf(error)}.`);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Failure(`${path} is not a regular file.`);
    if (stat.size > MAX_SIZE)
      throw new Failure(`${path} is larger than ${MAX_SIZE >> 20} MiB, so it can only be changed by hand.`);
    const bytes = readFileSync(file);
    const text = bytes.toString("utf8");
    if (!Buffer.from(text).equals(bytes))
      throw new Failure(`${path} is not valid UTF-8, so it can only be changed by hand.`);
    return { text, mode: stat.mode & 0o777, uid: stat.uid, gid: stat.gid };
  } finally {
    closeSync(file);
  }
}

/**
 * Replaces a file atomically, and keeps mode and owner. If the file did not exist, the new file has mode 0600.
 * @param before the file that was read; undefined if it did not exist
 * @throws Failure if the file cannot be written, or has been changed since it was read
 */
export function replaceFile(path: string, text: string, before: KnownFile | undefined): void {
  if (readPageFile(path)?.text !== before?.text)
    throw new Failure(`${path} has been changed in the meantime. Try again.`);
  write(path, text, before);
}

/**
 * Reads the history of an exceptions file. A history that cannot be read is treated as empty when exceptions are
 * removed, because removals must not depend on the history. If the history is not a regular file, removals by users
 * fail, because they could not be reverted.
 * @returns the history; `lost` is the reason if it cannot be read, and whether the path is a regular file, which can be
 * replaced
 * @throws Failure with a message for the user
 */
export function readHistory(
  path: string,
  { change }: Pick<ExceptionRequest, "change">,
): {
  readonly past: KnownFile | undefined;
  readonly lost?: { readonly reason: string; readonly isFile: boolean };
} {
  try {
    return { past: readPageFile(path) };
  } catch (error) {
    const isFile = lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
    if (change !== "expired" && (change !== "remove" || !isFile)) throw error;
    return { past: undefined, lost: { reason: reasonOf(error), isFile } };
  }
}

/** Replaces a file that could not be read. @throws Failure if the file cannot be written */
export function overwriteFile(path: string, text: string): void {
  write(path, text, undefined);
}

/** Restores a file, unless the content is no longer `written`. */
export function restoreFile(path: string, before: KnownFile | undefined, written: string): void {
  if (readPageFile(path)?.text !== written) return;
  if (before === undefined) rmSync(path, { force: true });
  else write(path, before.text, before);
}

function write(path: string, text: string, known: KnownFile | undefined): void {
  const fresh = `${path}.${process.pid}`;
  try {
    makeFolder(dirname(path));
    rmSync(fresh, { force: true }); // another user with write access may have created a link
    const file = openSync(fresh, "wx", 0o600);
    try {
      writeFileSync(file, text);
      if (known !== undefined) {
        const { uid, gid } = fstatSync(file);
        if (uid !== known.uid || gid !== known.gid) fchownSync(file, known.uid, known.gid);
        fchmodSync(file, known.mode);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, path);
  } catch (error) {
    removeIfPossible(fresh);
    throw new Failure(`Cannot write ${path}: ${reasonOf(error)}.`);
  }
  syncFolder(dirname(path));
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // the reason to report is the error of the failed write
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

function reasonOf(error: unknown): string {
  if (codeOf(error) === "ENOSPC") return "no space left on the disk";
  return error instanceof Error ? error.message : String(error);
}

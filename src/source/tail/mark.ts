import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

/** A stretch of a file's bytes, in short. */
export interface Print {
  readonly size: number;
  readonly hash: string;
}

/** How far a file was read, and by what it is known again: when it has another name, and when another file has its name. */
export interface Mark {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
  /** Bytes that were read and judged. */
  readonly offset: number;
  /** Its first bytes. */
  readonly head: Print;
  /** The bytes before `offset`. */
  readonly last: Print;
}

/** Bytes of a print. */
export const PRINT = 256;

export const noPrint: Print = { size: 0, hash: "" };

export function printOf(bytes: Uint8Array): Print {
  if (bytes.length === 0) return noPrint;
  return { size: bytes.length, hash: createHash("sha256").update(bytes).digest("base64url").slice(0, 22) };
}

/** The print of up to `PRINT` bytes from `at` on. */
export async function printAt(file: FileHandle, at: number, size: number): Promise<Print> {
  const bytes = new Uint8Array(size);
  let got = 0;
  while (got < size) {
    const { bytesRead } = await file.read(bytes, got, size - got, at + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return printOf(bytes.subarray(0, got));
}

/** Whether a file still begins as the print says. */
export async function beginsAs(file: FileHandle, head: Print): Promise<boolean> {
  return head.size === 0 || (await printAt(file, 0, head.size)).hash === head.hash;
}

/** Whether what a mark says was read of one file is the same in this one: then this one is that one, or its copy. */
export async function holdsTheSame(file: FileHandle, { offset, head, last }: Mark): Promise<boolean> {
  if (offset === 0 || head.size === 0) return false;
  if (!(await beginsAs(file, head))) return false;
  return (await printAt(file, offset - last.size, last.size)).hash === last.hash;
}

/** Whether a file is the one that a mark is of, and goes on behind what was read. */
export async function isStill(file: FileHandle, mark: Mark): Promise<boolean> {
  const { dev, ino, size } = await file.stat();
  if (size < mark.offset) return false;
  if (ino === mark.ino && dev === mark.dev && mark.head.size === 0) return true;
  return mark.offset === 0
    ? ino === mark.ino && dev === mark.dev && (await beginsAs(file, mark.head))
    : await holdsTheSame(file, mark);
}

/** Reads a mark that was kept on disk; undefined for what is none. */
export function readMark(value: unknown): Mark | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { path, dev, ino, offset, head, last } = value as Readonly<Record<string, unknown>>;
  const heads = readPrint(head);
  const lasts = readPrint(last);
  if (typeof path !== "string" || !isCount(dev) || !isCount(ino) || !isCount(offset)) return undefined;
  if (heads === undefined || lasts === undefined || lasts.size > offset) return undefined;
  return { path, dev, ino, offset, head: heads, last: lasts };
}

function readPrint(value: unknown): Print | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { size, hash } = value as Readonly<Record<string, unknown>>;
  return isCount(size) && size <= PRINT && typeof hash === "string" ? { size, hash } : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

/** A hash of some bytes of a file. */
export interface Fingerprint {
  readonly size: number;
  readonly hash: string;
}

/**
 * Position in a file up to which events were evaluated, with fingerprints that identify the file after it was renamed
 * or replaced.
 */
export interface FilePosition {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
  /** Number of bytes whose events were evaluated. */
  readonly offset: number;
  /** Fingerprint of the first bytes. */
  readonly head: Fingerprint;
  /** Fingerprint of the bytes before `offset`. */
  readonly last: Fingerprint;
}

/** Maximum number of bytes of a fingerprint. */
export const FINGERPRINT_BYTES = 256;

export const noFingerprint: Fingerprint = { size: 0, hash: "" };

export function fingerprint(bytes: Uint8Array): Fingerprint {
  if (bytes.length === 0) return noFingerprint;
  return { size: bytes.length, hash: createHash("sha256").update(bytes).digest("base64url").slice(0, 22) };
}

/** Computes the fingerprint of up to `size` bytes from `at` on. */
export async function fingerprintAt(file: FileHandle, at: number, size: number): Promise<Fingerprint> {
  const bytes = new Uint8Array(size);
  let got = 0;
  while (got < size) {
    const { bytesRead } = await file.read(bytes, got, size - got, at + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return fingerprint(bytes.subarray(0, got));
}

/** Whether a file begins with the bytes of a fingerprint. */
export async function hasHead(file: FileHandle, head: Fingerprint): Promise<boolean> {
  return head.size === 0 || (await fingerprintAt(file, 0, head.size)).hash === head.hash;
}

/** Whether a file matches the fingerprints of a position, and is therefore the same file or a copy of it. */
export async function hasSameContent(file: FileHandle, { offset, head, last }: FilePosition): Promise<boolean> {
  if (offset === 0 || head.size === 0) return false;
  if (!(await hasHead(file, head))) return false;
  return (await fingerprintAt(file, offset - last.size, last.size)).hash === last.hash;
}

/** Whether a file is the file of a position or a copy of it, and was not truncated. */
export async function isSameFile(file: FileHandle, position: FilePosition): Promise<boolean> {
  const { dev, ino, size } = await file.stat();
  if (size < position.offset) return false;
  if (ino === position.ino && dev === position.dev && position.head.size === 0) return true;
  return position.offset === 0
    ? ino === position.ino && dev === position.dev && (await hasHead(file, position.head))
    : await hasSameContent(file, position);
}

/** Parses a stored position; undefined if it is invalid. */
export function parsePosition(value: unknown): FilePosition | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { path, dev, ino, offset, head, last } = value as Readonly<Record<string, unknown>>;
  const heads = parseFingerprint(head);
  const lasts = parseFingerprint(last);
  if (typeof path !== "string" || !isCount(dev) || !isCount(ino) || !isCount(offset)) return undefined;
  if (heads === undefined || lasts === undefined || lasts.size > offset) return undefined;
  return { path, dev, ino, offset, head: heads, last: lasts };
}

function parseFingerprint(value: unknown): Fingerprint | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { size, hash } = value as Readonly<Record<string, unknown>>;
  return isCount(size) && size <= FINGERPRINT_BYTES && typeof hash === "string" ? { size, hash } : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

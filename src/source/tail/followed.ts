import type { FileHandle } from "node:fs/promises";
import { type Lines, openLines, type TooLong } from "../lines.ts";
import {
  FINGERPRINT_BYTES,
  type FilePosition,
  type Fingerprint,
  fingerprint,
  fingerprintAt,
  hasHead,
} from "./position.ts";

/** Position in a file at which reading begins. */
export interface Beginning {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
  readonly offset: number;
  readonly head: Fingerprint;
  readonly last: Fingerprint;
  /** Position up to which events were evaluated, if it differs from the position at which reading begins. */
  readonly evaluated?: FilePosition;
}

/** Receives the lines of a file. */
export interface Reading {
  /** Maximum length of a line, in bytes. */
  readonly maxLine: number;
  readonly line: (text: Uint8Array) => void;
  readonly tooLong: TooLong;
}

const LF = 10;
const NONE = new Uint8Array(0);

/** A followed file: it is read to its end, and then whenever it grows. */
export class Followed {
  path: string;
  readonly dev: number;
  readonly ino: number;
  readonly file: FileHandle;
  /** Offset of the next read. */
  at: number;
  /** Size of the file at the last check, in bytes. */
  size = 0;
  /** Whether the file was read to its end and closed. */
  done = false;
  /** Time of the rotation in milliseconds since the epoch; undefined: not rotated. */
  left: number | undefined;
  /** Time at which bytes were last read, milliseconds since the epoch. */
  grew: number;
  /** Resolves when all submitted events are evaluated. */
  settled: Promise<void> = Promise.resolve();
  /** Position up to which events were evaluated. */
  evaluated: FilePosition;
  private readonly begun: number;
  private head: Fingerprint;
  private last: Fingerprint;
  /** Last bytes before `at`, up to the size of a fingerprint. */
  private before: Uint8Array = NONE;
  private readonly lines: Lines;

  constructor(file: FileHandle, from: Beginning, { maxLine, line, tooLong }: Reading) {
    this.file = file;
    this.path = from.path;
    this.dev = from.dev;
    this.ino = from.ino;
    this.at = from.offset;
    this.begun = from.offset;
    this.head = from.head;
    this.last = from.last;
    this.grew = Date.now();
    this.lines = openLines(maxLine, line, tooLong);
    this.evaluated = from.evaluated ?? this.position();
  }

  /** Returns the position after the last complete line. */
  position(): FilePosition {
    const { path, dev, ino, head, last } = this;
    return { path, dev, ino, offset: this.at - this.lines.unfinished, head, last };
  }

  /** Number of unread bytes at the last check. */
  get behind(): number {
    return Math.max(0, this.size - this.at);
  }

  rename(path: string): void {
    this.path = path;
    this.evaluated = { ...this.evaluated, path };
  }

  /** Whether the file was opened as a copy of the file with this position. */
  isCopyOf({ head, offset }: FilePosition): boolean {
    return this.begun === offset && this.head.hash === head.hash;
  }

  /** Reads the next bytes, as many as fit into `buffer`, and emits their lines. Returns the number of bytes. */
  async read(buffer: Uint8Array): Promise<number> {
    const { bytesRead } = await this.file.read(buffer, 0, buffer.length, this.at);
    if (bytesRead === 0) return 0;
    const bytes = buffer.subarray(0, bytesRead);
    this.lines.push(bytes);
    this.at += bytesRead;
    this.grew = Date.now();
    const end = bytes.lastIndexOf(LF) + 1;
    if (end > 0) this.last = fingerprint(lastOf(this.before, bytes.subarray(0, end)));
    this.before = lastOf(this.before, bytes);
    if (this.head.size < FINGERPRINT_BYTES) this.head = await this.readHead(bytes);
    return bytesRead;
  }

  /** Emits the bytes after the last line terminator as a line. Call this when the file will no longer grow. */
  finish(): void {
    this.lines.end();
  }

  /** Whether the file is shorter than the part that was read, or its beginning has changed. */
  async isTruncated(): Promise<boolean> {
    this.size = (await this.file.stat()).size;
    return this.size < this.at || !(await hasHead(this.file, this.head));
  }

  /** Must be called when all lines that were read are submitted. `note` is called after their evaluation. */
  settle(evaluated: Promise<void>, note: () => void): void {
    const position = this.position();
    this.settled = this.settled
      .then(() => evaluated)
      .then(() => {
        this.evaluated = position;
        note();
      });
  }

  private async readHead(bytes: Uint8Array): Promise<Fingerprint> {
    if (this.at === bytes.length) return fingerprint(bytes.subarray(0, FINGERPRINT_BYTES));
    return fingerprintAt(this.file, 0, Math.min(FINGERPRINT_BYTES, this.at));
  }
}

/** Returns a copy of the last {@link FINGERPRINT_BYTES} bytes of two concatenated arrays. */
function lastOf(before: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (bytes.length >= FINGERPRINT_BYTES) return bytes.slice(bytes.length - FINGERPRINT_BYTES);
  const both = new Uint8Array(before.length + bytes.length);
  both.set(before);
  both.set(bytes, before.length);
  return both.subarray(Math.max(0, both.length - FINGERPRINT_BYTES));
}

/** Returns the offset after the last complete line, from which only new lines are read. */
export async function endOf(file: FileHandle, size: number, maxLine: number): Promise<number> {
  const reach = Math.min(size, maxLine + 1);
  const bytes = new Uint8Array(reach);
  let got = 0;
  while (got < reach) {
    const { bytesRead } = await file.read(bytes, got, reach - got, size - reach + got);
    if (bytesRead === 0) return size;
    got += bytesRead;
  }
  const end = bytes.lastIndexOf(LF);
  return end < 0 ? (reach === size ? 0 : size) : size - reach + end + 1;
}

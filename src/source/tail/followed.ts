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

/** Where reading begins in a file. */
export interface Beginning {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
  readonly offset: number;
  readonly head: Fingerprint;
  readonly last: Fingerprint;
  /** Position up to which events were evaluated, if it differs. */
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

/** A followed file, which is read to its end and then as it grows. */
export class Followed {
  path: string;
  readonly dev: number;
  readonly ino: number;
  readonly file: FileHandle;
  /** Offset of the next read. */
  at: number;
  /** Size of the file when last checked. */
  size = 0;
  /** Whether the file was read to its end and closed. */
  done = false;
  /** Time of the rotation in milliseconds since the epoch; undefined: not rotated. */
  left: number | undefined;
  /** Time of the last read. */
  grew: number;
  /** Resolves when everything that was read is evaluated. */
  settled: Promise<void> = Promise.resolve();
  /** Position up to which events were evaluated. */
  evaluated: FilePosition;
  private readonly begun: number;
  private head: Fingerprint;
  private last: Fingerprint;
  /** The last bytes before `at`. */
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

  /** Number of unread bytes when last checked. */
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

  /** Reads some bytes and emits their lines. Returns the number of bytes. */
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

  /** Emits the text after the last line end once no further line end can follow. */
  finish(): void {
    this.lines.end();
  }

  /** Whether the file is shorter than the part that was read, or begins differently. */
  async isTruncated(): Promise<boolean> {
    this.size = (await this.file.stat()).size;
    return this.size < this.at || !(await hasHead(this.file, this.head));
  }

  /** Must be called when everything that was read is submitted. */
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

/** Returns a copy of the last bytes of two concatenated arrays. */
function lastOf(before: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (bytes.length >= FINGERPRINT_BYTES) return bytes.slice(bytes.length - FINGERPRINT_BYTES);
  const both = new Uint8Array(before.length + bytes.length);
  both.set(before);
  both.set(bytes, before.length);
  return both.subarray(Math.max(0, both.length - FINGERPRINT_BYTES));
}

/** Returns the offset after the existing complete lines, so that only new lines are read. */
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

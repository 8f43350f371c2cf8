import type { FileHandle } from "node:fs/promises";
import { type Lines, openLines } from "../lines.ts";
import { beginsAs, type Mark, PRINT, type Print, printAt, printOf } from "./mark.ts";

/** Where a file's reading begins. */
export interface Beginning {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
  readonly offset: number;
  readonly head: Print;
  readonly last: Print;
  /** What was judged of it, where that is something else. */
  readonly judged?: Mark;
}

/** What becomes of a file's lines. */
export interface Reading {
  /** Bytes that one may have. */
  readonly maxLine: number;
  readonly line: (text: Uint8Array) => void;
  readonly tooLong: () => void;
}

const LF = 10;
const NONE = new Uint8Array(0);

/** A file that is read to its end, and on as it grows. */
export class Followed {
  path: string;
  readonly dev: number;
  readonly ino: number;
  readonly file: FileHandle;
  /** Where the next bytes are read. */
  at: number;
  /** Its size when it was looked at last. */
  size = 0;
  /** It was read to its end, and is closed. */
  done = false;
  /** When it left its name to another file; undefined: it has not. */
  left: number | undefined;
  /** When bytes were read of it last. */
  grew: number;
  /** Resolves when all that was read is judged. */
  settled: Promise<void> = Promise.resolve();
  /** How far it was judged. */
  judged: Mark;
  private readonly begun: number;
  private head: Print;
  private last: Print;
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
    this.judged = from.judged ?? this.mark();
  }

  /** Where it is: behind the last whole line. */
  mark(): Mark {
    const { path, dev, ino, head, last } = this;
    return { path, dev, ino, offset: this.at - this.lines.unfinished, head, last };
  }

  /** Bytes that are there and were not read, when it was looked at last. */
  get behind(): number {
    return Math.max(0, this.size - this.at);
  }

  rename(path: string): void {
    this.path = path;
    this.judged = { ...this.judged, path };
  }

  /** Whether it was begun as the copy of what a mark says. */
  isCopyOf({ head, offset }: Mark): boolean {
    return this.begun === offset && this.head.hash === head.hash;
  }

  /** Reads some bytes, and hands over the lines in them. */
  async read(buffer: Uint8Array): Promise<number> {
    const { bytesRead } = await this.file.read(buffer, 0, buffer.length, this.at);
    if (bytesRead === 0) return 0;
    const bytes = buffer.subarray(0, bytesRead);
    this.lines.push(bytes);
    this.at += bytesRead;
    this.grew = Date.now();
    const end = bytes.lastIndexOf(LF) + 1;
    if (end > 0) this.last = printOf(lastOf(this.before, bytes.subarray(0, end)));
    this.before = lastOf(this.before, bytes);
    if (this.head.size < PRINT) this.head = await this.readHead(bytes);
    return bytesRead;
  }

  /** Hands over what stands behind the last line's end: nothing will come to end it. */
  finish(): void {
    this.lines.end();
  }

  /** Whether it was cut off: it is shorter than what was read, or begins in another way. */
  async isCut(): Promise<boolean> {
    this.size = (await this.file.stat()).size;
    return this.size < this.at || !(await beginsAs(this.file, this.head));
  }

  /** To be called when all that was read was offered. */
  settle(judged: Promise<void>, note: () => void): void {
    const mark = this.mark();
    this.settled = this.settled
      .then(() => judged)
      .then(() => {
        this.judged = mark;
        note();
      });
  }

  private async readHead(bytes: Uint8Array): Promise<Print> {
    if (this.at === bytes.length) return printOf(bytes.subarray(0, PRINT));
    return printAt(this.file, 0, Math.min(PRINT, this.at));
  }
}

/** The last bytes of two stretches, copied. */
function lastOf(before: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (bytes.length >= PRINT) return bytes.slice(bytes.length - PRINT);
  const both = new Uint8Array(before.length + bytes.length);
  both.set(before);
  both.set(bytes, before.length);
  return both.subarray(Math.max(0, both.length - PRINT));
}

/** Where a file that is to be read from its end begins: at its last line, where that has no end yet. */
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

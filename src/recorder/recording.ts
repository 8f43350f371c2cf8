import type { FileHandle } from "node:fs/promises";
import type { CaptureFolder } from "./capture-folder.ts";
import type { Piece } from "./packer.ts";

/** Reasons for the end of a recording. `overload`: events arrived faster than they could be written. */
export const recordingEnds = ["duration", "events", "process", "size", "disk", "overload", "stopped"] as const;
export type RecordingEnd = (typeof recordingEnds)[number];

export interface Outcome {
  readonly path: string;
  readonly end: RecordingEnd;
  /** Message with the reason why the capture could not be written; undefined on success. */
  readonly reason: string | undefined;
  readonly events: number;
  /** Size of the file, in bytes. */
  readonly bytes: number;
  /** Number of matches in the capture. */
  readonly matches: number;
  /** Time span of the events before the first match, in seconds. */
  readonly before: number;
}

export interface RecordingLimits {
  /** Maximum file size, in bytes. 0: unlimited. */
  readonly maxFile: number;
  /** Maximum size of unwritten pieces, in bytes. */
  readonly maxWaiting: number;
}

/** Number of written bytes after which the free space is checked again. */
const SPACE_CHECK = 8 << 20;

/** A capture that is being written. Pieces are written in order, each after it is compressed. */
export class Recording {
  readonly path: string;
  /** Time of the first match, nanoseconds since the epoch. */
  readonly matched: number;
  matches = 1;
  /** Resolves when the file is closed. Never rejects. */
  readonly done: Promise<Outcome>;
  private readonly limits: RecordingLimits;
  private readonly queue: { readonly piece: Piece; readonly size: number }[] = [];
  private waiting = 0;
  private end: RecordingEnd | undefined;
  private wake: () => void = () => {};
  private events = 0;
  private bytes = 0;
  private begin: number | undefined;

  /**
   * @param rule name of the first matching rule
   * @param before resolves when the file can be created
   */
  constructor(
    path: string,
    rule: string,
    matched: number,
    folder: CaptureFolder,
    limits: RecordingLimits,
    before: Promise<unknown> = Promise.resolve(),
  ) {
    this.path = path;
    this.matched = matched;
    this.limits = limits;
    this.done = before.then(() => this.write(folder, rule));
  }

  get isOver(): boolean {
    return this.end !== undefined;
  }

  /** Adds a piece to be written. */
  push(piece: Piece): void {
    if (this.end !== undefined) return;
    if (this.begin === undefined && !piece.isState) this.begin = piece.begin;
    piece.isHeld = true;
    this.queue.push({ piece, size: piece.size });
    this.waiting += piece.size;
    if (this.waiting > this.limits.maxWaiting) this.stop("overload");
    this.wake();
  }

  /** Writes the remaining pieces and closes the file. */
  stop(end: RecordingEnd): void {
    this.end ??= end;
    this.wake();
  }

  private async write(folder: CaptureFolder, rule: string): Promise<Outcome> {
    let file: FileHandle | undefined;
    let reason: string | undefined;
    try {
      file = await folder.create(this.path, rule);
      await this.writePieces(file, folder);
    } catch (error) {
      this.end = "disk";
      reason = error instanceof Error ? error.message : String(error);
    }
    try {
      await file?.close();
    } catch (error) {
      reason ??= error instanceof Error ? error.message : String(error);
    }
    for (const { piece } of this.queue.splice(0)) piece.isHeld = false;
    const { path, end = "stopped", events, bytes, matches, begin, matched } = this;
    const before = Math.max(0, matched - (begin ?? matched)) / 1e9;
    return { path, end, reason, events, bytes, matches, before };
  }

  private async writePieces(file: FileHandle, folder: CaptureFolder): Promise<void> {
    let checked = 0;
    for (;;) {
      const next = this.queue.shift();
      if (next === undefined) {
        if (this.end !== undefined) return;
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        continue;
      }
      const { piece, size } = next;
      const member = await piece.packed;
      piece.isHeld = false;
      this.waiting -= size;
      if (member === undefined) throw new Error("Not enough memory to compress the events.");
      const { maxFile } = this.limits;
      if (maxFile > 0 && this.bytes + member.length > maxFile && this.events > 0) {
        this.end = "size";
        return;
      }
      if (this.bytes - checked > SPACE_CHECK) {
        await folder.requireSpace();
        checked = this.bytes;
      }
      await writeAll(file, member);
      this.bytes += member.length;
      this.events += piece.events;
    }
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

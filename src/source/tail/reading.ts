import { basename } from "node:path";
import type { FeedCounts } from "../feed.ts";
import type { PendingDocuments } from "../pending.ts";
import type { FileSet } from "./file-set.ts";
import { reasonOf } from "./find.ts";
import type { Followed } from "./followed.ts";

/** Maximum number of bytes per read. */
const CHUNK = 262_144;
/** Maximum number of chunks that are read from a file before the next file is read. */
const TURN = 4;
/** Time without new bytes after which a rotated file is complete, in milliseconds. */
const LINGER = 60_000;

export interface ReadingOptions {
  readonly set: FileSet;
  readonly pending: PendingDocuments;
  readonly counts: FeedCounts;
  readonly signal: AbortSignal;
  /** Called before a chunk is decoded. */
  readonly receiving: () => void;
  /** Called when positions have changed. */
  readonly note: () => void;
  /** Called when the files of the set must be searched for again immediately. */
  readonly changed: () => void;
}

/** Reads the files of a set in turn. */
export interface Reading {
  /**
   * @param names base names of the files that have grown; undefined: read all files
   * @returns whether more can be read immediately
   */
  readFiles(names: ReadonlySet<string> | undefined): Promise<boolean>;
}

export function openReading({ set, pending, counts, signal, receiving, note, changed }: ReadingOptions): Reading {
  const buffer = new Uint8Array(CHUNK);

  /** Submits the lines read from a file; false if the feed is closed first. */
  async function submit(file: Followed): Promise<boolean> {
    const submitted = await pending.submit(signal);
    if (submitted === undefined) return false;
    file.settle(submitted.evaluated, note);
    return true;
  }

  /** Reads up to {@link TURN} chunks of a file. */
  async function read(file: Followed): Promise<void> {
    if (await file.isTruncated()) {
      await set.restart(file);
      note();
      changed();
      return;
    }
    for (let turn = 0; turn < TURN && file.behind > 0 && !signal.aborted; turn++) {
      receiving();
      const size = await file.read(buffer);
      if (size === 0) return;
      counts.bytes += size;
      if (!(await submit(file))) return;
    }
    if (file.behind === 0 && file.left !== undefined && Date.now() - Math.max(file.grew, file.left) > LINGER)
      await finish(file);
  }

  /** Closes a rotated file that is no longer written to. */
  async function finish(file: Followed): Promise<void> {
    file.finish();
    if (!(await submit(file))) return;
    file.done = true;
    await file.file.close();
    void file.settled.then(() => {
      set.drop(file);
      note();
    });
  }

  return {
    async readFiles(names) {
      const busy = new Set<string>();
      let { trouble } = set;
      for (const file of set.files) {
        if (signal.aborted) return false;
        // Read an older file with the same path first.
        if (file.done || busy.has(file.path)) continue;
        if (names !== undefined && file.left === undefined && file.behind === 0 && !names.has(basename(file.path)))
          continue;
        try {
          await read(file);
        } catch (error) {
          trouble = `cannot read ${file.path}: ${reasonOf(error)}`;
          continue;
        }
        if (file.behind > 0) busy.add(file.path);
      }
      counts.trouble = trouble;
      counts.behind = set.files.reduce((sum, { behind }) => sum + behind, 0);
      return busy.size > 0;
    },
  };
}

import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Decode } from "../decode.ts";
import { type Feed, newCounts } from "../feed.ts";
import type { Intake } from "../inbox.ts";
import { openPending } from "../pending.ts";
import type { Reader } from "../reader.ts";
import { openFileSet } from "./file-set.ts";
import { reasonOf } from "./find.ts";
import { watchFolders } from "./folders.ts";
import { Followed } from "./followed.ts";
import type { Positions } from "./positions.ts";
import { openReading } from "./reading.ts";

export interface TailOptions {
  /** Name of the source. */
  readonly source: string;
  /** Path of a file or directory, or a pattern. */
  readonly path: string;
  /** Position at which reading begins in files that exist when the path is first followed. */
  readonly start: "end" | "beginning";
  /** Maximum length of a line in bytes; longer lines are rejected. */
  readonly maxLine: number;
  readonly decode: Decode;
  /** See {@link Reader.beginning}. */
  readonly beginning?: Reader["beginning"];
  readonly positions: Positions;
  /** Called with a description of lost lines. */
  readonly say: (sentence: string) => void;
}

/** Interval at which files are checked even if the system reports no change, in milliseconds. */
const LOOK = 1000;
/** Time for which reported changes are collected before files are read, in milliseconds. */
const GATHER = 20;
/** Maximum time that closing waits for events in evaluation, in milliseconds. */
const DRAIN = 3000;
/** Maximum time that opening waits for the file system, in milliseconds. */
const OPENING = 5000;

/**
 * Follows a file, or the files of a directory or pattern. Files may be created later, and rotated by renaming or by
 * copying and truncating. Positions of evaluated events are stored on disk, and reading resumes there after a restart.
 * After a crash, some events may be evaluated again, but no event is lost.
 * @returns the feed, after the positions in existing files are known or {@link OPENING} milliseconds have passed
 */
export async function openTail(options: TailOptions, intake: Intake): Promise<Feed> {
  const { source, path, start, maxLine, decode, positions, say } = options;
  const counts = newCounts(path);
  const pending = openPending(intake, decode, counts, options.beginning);
  const ending = new AbortController();
  const { signal } = ending;
  const key = `${source} ${resolve(path)}`;
  let received = { time: 0n };
  let wake = (): void => {};
  let moved = true;
  const grown = new Set<string>();

  const set = openFileSet({
    path,
    maxLine,
    say,
    follow: (file, from) =>
      new Followed(file, from, {
        maxLine,
        line: (text) => pending.decode(text, received),
        tooLong: (text) => pending.tooLong(text, received),
      }),
  });
  const folders = watchFolders(
    (name) => {
      grown.add(name);
      wake();
    },
    () => {
      moved = true;
      wake();
    },
  );
  const note = (): void => positions.note(key, () => set.files.map(({ evaluated }) => evaluated));
  const { readFiles } = openReading({
    ...{ set, pending, counts, signal, note },
    receiving: () => {
      received = { time: BigInt(Date.now()) * 1_000_000n };
    },
    changed: () => {
      moved = true;
    },
  });

  function change(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const opened = Promise.withResolvers<void>();

  async function run(): Promise<void> {
    const before = positions.of(key);
    if (before !== undefined) await set.resume(before);
    let first = before === undefined;
    let looked = 0;
    while (!signal.aborted) {
      const full = moved || performance.now() - looked >= LOOK;
      const names = full ? undefined : new Set(grown);
      grown.clear();
      if (full) {
        moved = false;
        looked = performance.now();
        await set.refresh(first && start === "end");
        folders.follow(set.folders);
        if (first) note();
        first = false;
        counts.trouble = set.trouble;
        opened.resolve();
      }
      if ((await readFiles(names)) || signal.aborted) continue;
      if (grown.size === 0 && !moved) await change();
      await wait(GATHER, undefined, { signal }).catch(() => {});
    }
  }

  const running = run().catch((error: unknown) => {
    counts.trouble = `${path} is no longer followed: ${reasonOf(error)}`;
    opened.resolve();
  });
  // A file system that does not respond must not block the agent.
  await Promise.race([opened.promise, wait(OPENING, undefined, { ref: false })]);

  return {
    counts,
    async close() {
      ending.abort();
      wake();
      await running;
      folders.close();
      // Wait for the positions of events in evaluation. Otherwise, every restart would evaluate these events again.
      const evaluated = Promise.all(set.files.map(({ settled }) => settled));
      await Promise.race([evaluated, wait(DRAIN, undefined, { ref: false })]);
      note();
      for (const file of set.files) if (!file.done) await file.file.close();
    },
  };
}

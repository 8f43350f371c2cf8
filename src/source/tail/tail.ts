import { basename, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Decode } from "../decode.ts";
import { countRefused, type Feed, newCounts } from "../feed.ts";
import { openHandOver } from "../hand-over.ts";
import type { Intake } from "../inbox.ts";
import { reasonOf } from "./find.ts";
import { watchFolders } from "./folders.ts";
import { Followed } from "./followed.ts";
import type { Positions } from "./positions.ts";
import { openRoster } from "./roster.ts";

export interface TailSettings {
  /** Name of the source. */
  readonly source: string;
  /** A file, a folder or a pattern. */
  readonly path: string;
  /** Where files begin that are there when the path is followed for the first time ever. */
  readonly start: "end" | "beginning";
  /** Bytes that a line may have; longer ones are refused. */
  readonly maxLine: number;
  readonly decode: Decode;
  readonly positions: Positions;
  /** Takes a sentence on what could not be read any more. */
  readonly say: (sentence: string) => void;
}

/** Bytes that are read at once. */
const CHUNK = 262_144;
/** Chunks of one file before it is another's turn. */
const TURN = 4;
/** Milliseconds between two looks at the disk, also where it tells of no change. */
const LOOK = 1000;
/** Milliseconds that changes are let come together. */
const GATHER = 20;
/** Milliseconds at the end for what is being judged. */
const FAREWELL = 3000;
/** Milliseconds that the beginning is waited for. */
const PATIENCE = 5000;
/** Milliseconds without a byte after which a file that has left its name is done with. */
const LINGER = 60_000;

/**
 * Follows a file, or those of a folder or pattern, as they grow: across their rotation by renaming or by copying and
 * truncation, and across restarts. Files may come later. What was judged is known by its position on disk, so after a
 * crash some of it may be judged again, but none is left out.
 * @returns when it is known where the files begin that are there now
 */
export async function openTail(settings: TailSettings, intake: Intake): Promise<Feed> {
  const { source, path, start, maxLine, decode, positions, say } = settings;
  const counts = newCounts(path);
  const handOver = openHandOver(intake, decode, counts);
  const ending = new AbortController();
  const { signal } = ending;
  const key = `${source} ${resolve(path)}`;
  const buffer = new Uint8Array(CHUNK);
  let received = { time: 0n };
  let wake = (): void => {};
  let moved = true;
  const grown = new Set<string>();

  const roster = openRoster({
    path,
    maxLine,
    say,
    follow: (file, from) =>
      new Followed(file, from, {
        maxLine,
        line: (text) => handOver.read(text, received),
        tooLong: () => countRefused(counts, "too_large"),
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
  const note = (): void => positions.note(key, () => roster.files.map(({ judged }) => judged));

  /** Offers what was read of a file; false where the end came first. */
  async function offer(file: Followed): Promise<boolean> {
    const taken = await handOver.offer(signal);
    if (taken === undefined) return false;
    file.settle(taken.judged, note);
    return true;
  }

  /** Reads a file, a few chunks at most. */
  async function read(file: Followed): Promise<void> {
    if (await file.isCut()) {
      await roster.beginAnew(file);
      note();
      moved = true;
      return;
    }
    for (let turn = 0; turn < TURN && file.behind > 0 && !signal.aborted; turn++) {
      received = { time: BigInt(Date.now()) * 1_000_000n };
      const size = await file.read(buffer);
      if (size === 0) return;
      counts.bytes += size;
      if (!(await offer(file))) return;
    }
    if (file.behind === 0 && file.left !== undefined && Date.now() - Math.max(file.grew, file.left) > LINGER)
      await finish(file);
  }

  /** Is done with a file that nobody writes to any more. */
  async function finish(file: Followed): Promise<void> {
    file.finish();
    if (!(await offer(file))) return;
    file.done = true;
    await file.file.close();
    void file.settled.then(() => {
      roster.drop(file);
      note();
    });
  }

  /**
   * Reads the files, in turns.
   * @param names of those that are known to have grown; undefined: all are looked at
   * @returns whether there is more to read at once
   */
  async function readFiles(names: ReadonlySet<string> | undefined): Promise<boolean> {
    const busy = new Set<string>();
    let trouble = roster.trouble;
    for (const file of roster.files) {
      if (signal.aborted) return false;
      // What is older of the same name comes first.
      if (file.done || busy.has(file.path)) continue;
      if (names !== undefined && file.left === undefined && file.behind === 0 && !names.has(basename(file.path)))
        continue;
      try {
        await read(file);
      } catch (error) {
        trouble = `${file.path} can't be read: ${reasonOf(error)}`;
        continue;
      }
      if (file.behind > 0) busy.add(file.path);
    }
    counts.trouble = trouble;
    counts.behind = roster.files.reduce((sum, { behind }) => sum + behind, 0);
    return busy.size > 0;
  }

  function change(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  let begun = (): void => {};
  const beginning = new Promise<void>((resolve) => {
    begun = resolve;
  });

  async function run(): Promise<void> {
    const before = positions.of(key);
    if (before !== undefined) await roster.resume(before);
    let first = before === undefined;
    let looked = 0;
    while (!signal.aborted) {
      const full = moved || performance.now() - looked >= LOOK;
      const names = full ? undefined : new Set(grown);
      grown.clear();
      if (full) {
        moved = false;
        looked = performance.now();
        await roster.look(first && start === "end");
        folders.follow(roster.folders);
        if (first) note();
        first = false;
        counts.trouble = roster.trouble;
        begun();
      }
      if ((await readFiles(names)) || signal.aborted) continue;
      if (grown.size === 0 && !moved) await change();
      await wait(GATHER, undefined, { signal }).catch(() => {});
    }
  }

  const running = run().catch((error: unknown) => {
    counts.trouble = `${path} is not followed any more: ${reasonOf(error)}`;
    begun();
  });
  // A disk that doesn't answer keeps nothing else waiting.
  await Promise.race([beginning, wait(PATIENCE, undefined, { ref: false })]);

  return {
    counts,
    async close() {
      ending.abort();
      wake();
      await running;
      folders.close();
      // What is being judged is noted too: otherwise every restart would judge it again.
      const judged = Promise.all(roster.files.map(({ settled }) => settled));
      await Promise.race([judged, wait(FAREWELL, undefined, { ref: false })]);
      note();
      for (const file of roster.files) if (!file.done) await file.file.close();
    },
  };
}

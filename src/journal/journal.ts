import type { Alert } from "../alert/alert.ts";
import { entryOf } from "../alert/entry.ts";
import type { Counts, JournalSettings, Kept, News } from "./keep.ts";
import type { Progress } from "./output-status.ts";
import { startThread, type Thread } from "./thread.ts";

export type { Counts, JournalSettings, Kept, News } from "./keep.ts";
export { defaultJournal } from "./place.ts";

/** Alerts on disk, written by a thread of its own. Nothing here throws or waits for the disk. */
export interface Journal {
  /**
   * Keeps alerts.
   * @returns when they are on disk: their ids; or why they could not be kept
   */
  keep(alerts: readonly Alert[]): Promise<Kept>;
  /** Remembers how far a reader has come: everything up to this number is done with. */
  place(name: string, seq: number): void;
  /** Writes down how it goes with outputs. @returns whether that is on disk */
  record(progress: Progress): Promise<boolean>;
  /** As of a second ago at the most. */
  counts(): Counts;
  /** Returns when everything is on disk and the file is closed. */
  close(): Promise<void>;
}

/** Milliseconds before a thread that broke down is started again. */
const RETRY = 1000;

/**
 * @param tell takes what is worth saying, as it happens
 * @param opened called when it is ours to write, with the number of the newest alert before those of this process; again where
 * the thread had to be started anew
 */
export function openJournal(
  settings: JournalSettings,
  tell: (news: News) => void,
  opened: (last: number) => void = () => {},
): Journal {
  let counts: Counts = { kept: 0, missed: 0, dropped: 0, size: 0, oldest: undefined };
  let waiting: ((kept: Kept) => void)[] = [];
  const recording: ((done: boolean) => void)[] = [];
  let closing: (() => void) | undefined;
  let thread: Thread | undefined = start();
  let startAt = 0;

  function start(): Thread {
    return startThread(
      settings,
      (answer) => {
        if (answer.kind === "kept") waiting.shift()?.(answer.kept);
        else if (answer.kind === "recorded") recording.shift()?.(answer.done);
        else if (answer.kind === "news") tell(answer.news);
        else if (answer.kind === "opened") opened(answer.last);
        else if (answer.kind === "counts") counts = answer.counts;
      },
      (error) => {
        thread = undefined;
        startAt = Date.now() + RETRY;
        if (error !== undefined) tell({ kind: "stopped", fault: "failed", reason: error.message });
        const lost = waiting;
        waiting = [];
        for (const resolve of lost) resolve({ fault: "failed" });
        for (const resolve of recording.splice(0)) resolve(false);
        closing?.();
      },
    );
  }

  return {
    keep(alerts) {
      if (thread === undefined && closing === undefined && Date.now() >= startAt) thread = start();
      const one = thread;
      if (one === undefined) return Promise.resolve({ fault: "failed" });
      return new Promise((resolve) => {
        waiting.push(resolve);
        one.order({ kind: "keep", entries: alerts.map(entryOf) });
      });
    },
    place(name, seq) {
      thread?.order({ kind: "place", name, seq });
    },
    record(progress) {
      const one = thread;
      if (one === undefined) return Promise.resolve(false);
      return new Promise((resolve) => {
        recording.push(resolve);
        one.order({ kind: "record", progress });
      });
    },
    counts: () => counts,
    close() {
      const one = thread;
      if (one === undefined) return Promise.resolve();
      return new Promise((resolve) => {
        closing = resolve;
        one.order({ kind: "close" });
      });
    },
  };
}

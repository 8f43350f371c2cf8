import type { Alert } from "../alert/alert.ts";
import { entryOf } from "../alert/entry.ts";
import { supervise } from "../worker/supervise.ts";
import type { Counts, JournalSettings, Kept, News } from "./keeper.ts";
import type { Progress } from "./output-status.ts";
import type { Answer, Order } from "./thread.ts";

export type { Counts, JournalSettings, Kept, News } from "./keeper.ts";
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

  function heard(answer: Exclude<Answer, { kind: "closed" }>): void {
    if (answer.kind === "kept") waiting.shift()?.(answer.kept);
    else if (answer.kind === "recorded") recording.shift()?.(answer.done);
    else if (answer.kind === "news") tell(answer.news);
    else if (answer.kind === "opened") opened(answer.last);
    else counts = answer.counts;
  }

  function broke(reason: string): void {
    tell({ kind: "stopped", fault: "failed", reason });
    const lost = waiting;
    waiting = [];
    for (const resolve of lost) resolve({ fault: "failed" });
    for (const resolve of recording.splice(0)) resolve(false);
  }

  const url = new URL("./worker.ts", import.meta.url);
  const worker = supervise<Order, Answer>({ url, data: () => settings, onMessage: heard, onFailure: broke });

  return {
    keep(alerts) {
      return new Promise((resolve) => {
        if (worker.send({ kind: "keep", entries: alerts.map(entryOf) })) waiting.push(resolve);
        else resolve({ fault: "failed" });
      });
    },
    place: (name, seq) => void worker.send({ kind: "place", name, seq }),
    record(progress) {
      return new Promise((resolve) => {
        if (worker.send({ kind: "record", progress })) recording.push(resolve);
        else resolve(false);
      });
    },
    counts: () => counts,
    close: () => worker.close({ kind: "close" }),
  };
}

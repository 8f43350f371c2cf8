import type { Alert } from "../alert/alert.ts";
import { entryOf } from "../alert/entry.ts";
import { supervise } from "../worker/supervise.ts";
import type { AppendResult, Counts, JournalNotice, JournalSettings } from "./durable-writer.ts";
import type { WriterMessage, WriterOrder } from "./messages.ts";
import type { Progress } from "./output-status.ts";

export { defaultJournal } from "./default-path.ts";
export type { AppendResult as Kept, Counts, JournalNotice as News, JournalSettings } from "./durable-writer.ts";

/** The journal, written by a worker. Nothing here throws or waits for the disk. */
export interface Journal {
  /**
   * Writes alerts.
   * @returns when they are on disk: their ids; or why they are not written
   */
  append(alerts: readonly Alert[]): Promise<AppendResult>;
  /** Stores the position of a reader: it has handled all alerts up to this number. */
  setPosition(name: string, seq: number): void;
  /** Stores the status of outputs. @returns whether it is on disk */
  saveProgress(progress: Progress): Promise<boolean>;
  /** At most one second old. */
  counts(): Counts;
  /** Returns when everything is on disk and the file is closed. */
  close(): Promise<void>;
}

/**
 * @param tell called with each notice
 * @param opened called when it is ours to write, with the number of the newest alert before those of this process; again where
 * the worker was restarted
 */
export function openJournal(
  settings: JournalSettings,
  tell: (news: JournalNotice) => void,
  opened: (last: number) => void = () => {},
): Journal {
  let counts: Counts = { kept: 0, missed: 0, dropped: 0, size: 0, oldest: undefined };
  let waiting: ((kept: AppendResult) => void)[] = [];
  const recording: ((done: boolean) => void)[] = [];

  function heard(answer: Exclude<WriterMessage, { kind: "closed" }>): void {
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
  const worker = supervise<WriterOrder, WriterMessage>({
    url,
    data: () => settings,
    onMessage: heard,
    onFailure: broke,
  });

  return {
    append(alerts) {
      return new Promise((resolve) => {
        if (worker.send({ kind: "keep", entries: alerts.map(entryOf) })) waiting.push(resolve);
        else resolve({ fault: "failed" });
      });
    },
    setPosition: (name, seq) => void worker.send({ kind: "place", name, seq }),
    saveProgress(progress) {
      return new Promise((resolve) => {
        if (worker.send({ kind: "record", progress })) recording.push(resolve);
        else resolve(false);
      });
    },
    counts: () => counts,
    close: () => worker.close({ kind: "close" }),
  };
}

import { randomInt } from "node:crypto";
import type { Alert } from "../alert/alert.ts";
import { entryOf } from "../alert/entry.ts";
import { supervise } from "../worker/supervise.ts";
import { type Counts, noCounts } from "./counts.ts";
import type { AppendResult, JournalNotice, JournalSettings } from "./durable-writer.ts";
import type { WriterMessage, WriterOrder } from "./messages.ts";
import type { Progress } from "./output-status.ts";
import type { Limits } from "./retention.ts";

export { defaultJournal } from "./default-path.ts";
export type { AppendResult as Kept, Counts, JournalNotice as News, JournalSettings } from "./durable-writer.ts";

/** The journal, which is written by a worker. No method throws or waits for disk I/O. */
export interface Journal {
  /**
   * Writes alerts.
   * @param hold whether alerts that cannot be written wait in memory
   * @returns the IDs of the alerts when they are on disk, or the reason why they were not written
   */
  append(alerts: readonly Alert[], hold?: boolean): Promise<AppendResult>;
  /** Stores the position of a reader, up to which it has handled all alerts. */
  setPosition(name: string, seq: number): void;
  /**
   * Stores the positions, status and dead letters of outputs.
   * @returns false if the data could not be stored; true if it is on disk, or deferred because a reader keeps the
   * write-ahead log full
   */
  saveProgress(progress: Progress): Promise<boolean>;
  /**
   * Stores a marker with the current time, in place of the previous marker. It is written after all earlier requests.
   * @returns false if the marker could not be stored; true if it is on disk, or deferred because a reader keeps the
   * write-ahead log full
   */
  mark(): Promise<boolean>;
  /** Number of requests to store alerts or progress that the worker has answered. */
  readonly answers: number;
  /** Sets new limits. */
  limit(limits: Limits): void;
  /** Counters, updated about once a second. */
  counts(): Counts;
  /** Closes the journal. Resolves when all data is on disk. */
  close(): Promise<void>;
}

/**
 * Starts the worker that opens and writes the journal.
 * @param notify called with each notice
 * @param opened called when the journal is open for writing, also after the worker was restarted. `last` is the
 * sequence number of the newest alert that this worker did not write
 */
export function openJournal(
  settings: JournalSettings,
  notify: (news: JournalNotice) => void,
  opened: (last: number) => void = () => {},
): Journal {
  let counts = noCounts;
  let answers = 0;
  let waiting: ((kept: AppendResult) => void)[] = [];
  const recording: ((done: boolean) => void)[] = [];

  function receive(answer: Exclude<WriterMessage, { kind: "closed" }>): void {
    if (answer.kind === "kept" || answer.kind === "recorded") answers++;
    if (answer.kind === "kept") waiting.shift()?.(answer.kept);
    else if (answer.kind === "recorded") recording.shift()?.(answer.done);
    else if (answer.kind === "news") notify(answer.news);
    else if (answer.kind === "opened") opened(answer.last);
    else counts = answer.counts;
  }

  function broke(reason: string): void {
    notify({ kind: "stopped", fault: "failed", reason });
    const { waiting: left, reserved } = counts;
    if (left > 0) notify({ kind: "left", alerts: left - reserved, reserved });
    counts = { ...counts, waiting: 0, reserved: 0 };
    const lost = waiting;
    waiting = [];
    for (const resolve of lost) resolve({ fault: "failed" });
    for (const resolve of recording.splice(0)) resolve(false);
  }

  const instance = randomInt(1, 2 ** 47);
  const url = new URL("./worker.ts", import.meta.url);
  let { limits } = settings;
  const worker = supervise<WriterOrder, WriterMessage>({
    url,
    data: (): JournalSettings => ({ ...settings, limits, instance }),
    onMessage: receive,
    onFailure: broke,
  });

  function saveProgress(progress: Progress): Promise<boolean> {
    return new Promise((resolve) => {
      if (worker.send({ kind: "record", progress })) recording.push(resolve);
      else resolve(false);
    });
  }

  return {
    append(alerts, hold = false) {
      return new Promise((resolve) => {
        if (worker.send({ kind: "keep", entries: alerts.map(entryOf), hold })) waiting.push(resolve);
        else resolve({ fault: "failed" });
      });
    },
    setPosition: (name, seq) => void worker.send({ kind: "place", name, seq }),
    saveProgress,
    mark: () => saveProgress({ outputs: [], dead: [], marker: Date.now() }),
    get answers() {
      return answers;
    },
    limit(next) {
      if (next.maxAge === limits.maxAge && next.maxSize === limits.maxSize) return;
      limits = next;
      worker.send({ kind: "limit", limits });
    },
    counts: () => counts,
    close: () => worker.close({ kind: "close" }),
  };
}

import type { DatabaseSync } from "node:sqlite";
import type { DeadLetter, OutputRecord, Progress } from "./output-status.ts";

/** Writes the positions, status and dead letters of outputs. Keeps them in memory while the journal has no space. */
export interface ProgressWriter {
  setPosition(name: string, seq: number): void;
  /** Writes the positions, status and dead letters of outputs. Throws SQLite errors. */
  saveProgress(progress: Progress): void;
  /** Writes the data that is kept in memory. Throws SQLite errors. */
  flush(): void;
  /** Calls {@link flush} if the journal has space. */
  flushIfRoom(): void;
}

/** Maximum number of dead letters in memory. Above this limit, they are written even if `hasRoom` returns false. */
const MAX_KEPT = 5000;

/**
 * Opens a writer for the progress of outputs.
 * @param hasRoom returns whether positions may be written now. After a crash, alerts after the last written position
 * are delivered again
 */
export function openProgress(
  db: DatabaseSync,
  transaction: (work: () => void) => void,
  hasRoom: () => boolean,
): ProgressWriter {
  const setPosition = db.prepare("INSERT OR REPLACE INTO position VALUES (?, ?, ?)");
  const setStatus = db.prepare("INSERT OR REPLACE INTO output VALUES (?, ?)");
  const addDeadLetter = db.prepare("INSERT OR REPLACE INTO dead VALUES (?, ?, ?, ?)");
  const setState = db.prepare("INSERT OR REPLACE INTO state VALUES (?, ?)");
  const places = new Map<string, number>();
  const outputs = new Map<string, OutputRecord>();
  /**
   * Dead letters by output and sequence number, so that a dead letter that is added again after a failed write replaces
   * the first one.
   */
  const dead = new Map<string, DeadLetter>();
  let marker: number | undefined;

  function flush(): void {
    if (places.size === 0 && outputs.size === 0 && dead.size === 0 && marker === undefined) return;
    transaction(() => {
      const time = Date.now();
      if (marker !== undefined) setState.run("marker", marker);
      for (const [name, seq] of places) setPosition.run(name, seq, time);
      for (const { name, seq, status } of outputs.values()) {
        setPosition.run(name, seq, time);
        setStatus.run(name, JSON.stringify(status));
      }
      for (const { output, seq, time: at, reason } of dead.values()) addDeadLetter.run(output, seq, at, reason);
    });
    places.clear();
    outputs.clear();
    dead.clear();
    marker = undefined;
  }

  function flushIfRoom(): void {
    if (dead.size > MAX_KEPT || hasRoom()) flush();
  }

  return {
    flush,
    flushIfRoom,
    setPosition(name, seq) {
      const record = outputs.get(name);
      if (record === undefined) places.set(name, seq);
      else outputs.set(name, { ...record, seq });
      flushIfRoom();
    },
    saveProgress(progress) {
      for (const record of progress.outputs) {
        places.delete(record.name);
        outputs.set(record.name, record);
      }
      for (const letter of progress.dead) dead.set(`${letter.output}\n${letter.seq}`, letter);
      marker = progress.marker ?? marker;
      flushIfRoom();
    },
  };
}

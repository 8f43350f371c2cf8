import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { faultOf, reasonOf } from "./fault.ts";
import { makeFolder } from "./folder.ts";
import { type Lock, takeLock } from "./lock.ts";
import { type Recovered, recover, setAside } from "./recover.ts";
import type { Limits } from "./retention.ts";
import { openWriter, type Writer } from "./write.ts";

/** Path and limits of a journal. */
export interface JournalSettings {
  /** Path of the database. */
  readonly file: string;
  readonly limits: Limits;
}

/** A writer that is opened on demand, and replaced if the file is damaged. */
export interface RecoveringWriter {
  /** Undefined while the file is not open. */
  readonly current: Writer | undefined;
  /** Opens the file. Throws errors of SQLite, JournalHeld. */
  open(): void;
  /** Runs `work`; if the file is damaged, repeats it on a new file. Throws errors of SQLite. */
  attempt<T>(work: (writer: Writer) => T): T;
  /** Applies other limits. Throws errors of SQLite. */
  limit(limits: Limits): void;
  /** Closes the file but keeps the lock. */
  closeFile(): void;
  /** Closes the file and releases the lock. */
  close(): void;
}

/** @param damaged called after a damaged file was set aside */
export function openRecoveringWriter(
  { file, limits: first }: JournalSettings,
  damaged: (damage: { readonly reason: string } & Recovered) => void,
  now: () => number,
): RecoveringWriter {
  let lock: Lock | undefined;
  let writer: Writer | undefined;
  let limits = first;

  function open(): Writer {
    if (lock === undefined) {
      makeFolder(dirname(file));
      // Readable by the owner only: command lines and file names can contain secrets.
      closeSync(openSync(file, "a", 0o600));
      lock = takeLock(`${file}.lock`);
    }
    try {
      return openWriter(file, limits);
    } catch (error) {
      if (faultOf(error) !== "damaged") throw error;
      return replace(error);
    }
  }

  /** Sets a damaged journal aside and creates a new one with the recovered data. */
  function replace(error: unknown): Writer {
    letGo();
    const aside = setAside(file, new Date(now()));
    closeSync(openSync(file, "a", 0o600));
    const fresh = openWriter(file, limits);
    damaged({ reason: reasonOf(error), ...recover(aside, fresh) });
    return fresh;
  }

  function letGo(): void {
    const before = writer;
    writer = undefined;
    try {
      before?.close();
    } catch {
      // The file is damaged; recoverable data is already on disk.
    }
  }

  function attempt<T>(work: (writer: Writer) => T): T {
    writer ??= open();
    try {
      return work(writer);
    } catch (error) {
      if (faultOf(error) !== "damaged") throw error;
      writer = replace(error);
      return work(writer);
    }
  }

  return {
    get current() {
      return writer;
    },
    open() {
      writer ??= open();
    },
    attempt,
    limit(next) {
      limits = next;
      writer?.limit(limits);
    },
    closeFile: letGo,
    close() {
      letGo();
      lock?.release();
      lock = undefined;
    },
  };
}

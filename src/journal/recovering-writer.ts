import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { faultOf, reasonOf } from "./fault.ts";
import { makeFolder } from "./folder.ts";
import { type Lock, takeLock } from "./lock.ts";
import { type Recovered, recover, setAside } from "./recover.ts";
import type { Limits } from "./retention.ts";
import { openWriter, type Writer } from "./write.ts";

/** Where a journal is and how much it holds. */
export interface JournalSettings {
  /** The database. */
  readonly file: string;
  readonly limits: Limits;
}

/** A writer that is opened when it is needed, and replaced where the file is damaged. */
export interface RecoveringWriter {
  /** Undefined while the file is not open. */
  readonly current: Writer | undefined;
  /** Opens the file. Throws what SQLite throws, JournalHeld. */
  open(): void;
  /** Runs `work`, once more on a new file where the old one is damaged. Throws what SQLite throws. */
  attempt<T>(work: (writer: Writer) => T): T;
  /** Closes the file; the lock stays. */
  closeFile(): void;
  /** Closes the file and releases the lock. */
  close(): void;
}

/** @param damaged called when a damaged file was set aside */
export function openRecoveringWriter(
  { file, limits }: JournalSettings,
  damaged: (damage: { readonly reason: string } & Recovered) => void,
  now: () => number,
): RecoveringWriter {
  let lock: Lock | undefined;
  let writer: Writer | undefined;

  function open(): Writer {
    if (lock === undefined) {
      makeFolder(dirname(file));
      closeSync(openSync(file, "a", 0o600)); // command lines and file names can be secret
      lock = takeLock(`${file}.lock`);
    }
    try {
      return openWriter(file, limits);
    } catch (error) {
      if (faultOf(error) !== "damaged") throw error;
      return replace(error);
    }
  }

  /** Sets a damaged journal aside and begins a new one with what can be read of the old. */
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
      // It is broken: what could be kept is on disk already.
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
    closeFile: letGo,
    close() {
      letGo();
      lock?.release();
      lock = undefined;
    },
  };
}

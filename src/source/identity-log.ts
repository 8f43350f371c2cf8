import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Identities of evaluated documents, stored on disk. They are kept even if the process is killed. */
export interface IdentityLog {
  /** Returns the identities that earlier processes recorded, oldest first. */
  known(): Iterable<string>;
  append(identities: readonly string[]): void;
  close(): void;
}

/** Format of a line of the file. */
const IDENTITY = /^[A-Za-z0-9+/]{22}$/;

/**
 * Opens a log with the two files `file` and `file.old`. If they cannot be written, identities are not stored.
 * @param most number of lines at which `file` replaces `file.old`
 */
export function openIdentityLog(file: string, most: number): IdentityLog {
  const old = `${file}.old`;
  let lines = 0;
  for (const _ of linesOf(file)) lines++;
  let handle: number | undefined;

  function attempt(work: () => void): void {
    try {
      work();
    } catch {
      close();
    }
  }

  function close(): void {
    const open = handle;
    handle = undefined;
    if (open !== undefined) closeSync(open);
  }

  attempt(() => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    handle = openSync(file, "a", 0o600);
    writeSync(handle, "\n"); // completes a line whose write was interrupted
  });
  return {
    *known() {
      yield* linesOf(old);
      yield* linesOf(file);
    },
    append(identities) {
      if (handle === undefined || identities.length === 0) return;
      const open = handle;
      attempt(() => {
        writeSync(open, `${identities.join("\n")}\n`);
        lines += identities.length;
        if (lines < most) return;
        close();
        renameSync(file, old);
        handle = openSync(file, "a", 0o600);
        lines = 0;
      });
    },
    close: () => attempt(close),
  };
}

/** Yields the identities of a file, which can have up to 3 MB. */
function* linesOf(file: string): Generator<string> {
  let text = "";
  try {
    text = readFileSync(file, "latin1");
  } catch {}
  for (let from = 0, to = 0; from < text.length; from = to + 1) {
    to = text.indexOf("\n", from);
    if (to < 0) to = text.length;
    const line = text.slice(from, to);
    if (IDENTITY.test(line)) yield line;
  }
}

import { closeSync, openSync, readdirSync, readSync, type Stats, statSync } from "node:fs";
import { damaged, faultOf, reasonOf } from "./fault.ts";
import { PAGE_SIZE } from "./pages/image.ts";
import { openReadOnly } from "./read.ts";
import { pragma } from "./schema.ts";
import { suffixes } from "./set-aside.ts";

/** Detects changes that other programs make to the files of an open journal. */
export interface FileChanges {
  /**
   * Describes the first detected change; undefined if the files are unchanged.
   * @param pages number of pages of the database
   */
  find(pages: number): string | undefined;
  /** Must be called after the journal itself has made its file smaller. */
  shrunk(pages: number): void;
  /** Paths in `/proc` through which this process can read the opened files, even after they were deleted. */
  originals(): { readonly file: string; readonly log: string } | undefined;
  /**
   * Closes the descriptor. Call only after the database is closed, because closing a descriptor releases all locks of
   * the process on the file.
   */
  close(): void;
}

/**
 * Starts to watch the files of a journal.
 * @param file path of a database that this process has open for writing
 */
export function watchFileChanges(file: string): FileChanges {
  const known = new Map(suffixes.map((suffix) => [suffix, statSync(file + suffix, { throwIfNoEntry: false })]));
  const descriptor = openSync(file, "r");
  const header = headerOf(descriptor);
  let size = known.get("")?.size ?? 0;
  let least = Number.POSITIVE_INFINITY;

  function replaced(): string | undefined {
    for (const [suffix, before] of known) {
      const path = file + suffix;
      const now = statSync(path, { throwIfNoEntry: false });
      if (before === undefined) {
        if (now !== undefined) known.set(suffix, now);
      } else if (now === undefined) return `${path} was deleted or renamed`;
      else if (!isSame(before, now)) return `${path} was replaced by another file`;
    }
    return undefined;
  }

  /** Describes a truncation by another program. The file may become smaller only if this process releases pages. */
  function truncated(pages: number): string | undefined {
    const now = statSync(file).size;
    const before = size;
    size = now;
    least = now >= pages * PAGE_SIZE ? pages : Math.min(least, pages);
    if (now >= before || now >= least * PAGE_SIZE) return undefined;
    return `${file} was truncated to ${now.toLocaleString("en")} bytes`;
  }

  function overwritten(): string | undefined {
    return headerOf(descriptor) === header ? undefined : `${file} was overwritten`;
  }

  /** Describes damage. Reads through a new connection, because the existing connection would use its cache. */
  function unreadable(): string | undefined {
    try {
      const db = openReadOnly(file);
      try {
        if (pragma(db, "application_id") === 0) throw damaged("its header was overwritten");
        db.prepare("SELECT seq, checksum FROM alert ORDER BY seq DESC LIMIT 1").get();
        return undefined;
      } finally {
        db.close();
      }
    } catch (error) {
      return faultOf(error) === "damaged" ? `${file} cannot be read: ${reasonOf(error)}` : undefined;
    }
  }

  return {
    find: (pages) => replaced() ?? truncated(pages) ?? overwritten() ?? unreadable(),
    shrunk(pages) {
      least = Math.min(least, pages);
    },
    close: () => closeSync(descriptor),
    originals() {
      const main = descriptorOf(known.get(""));
      return main === undefined ? undefined : { file: main, log: descriptorOf(known.get("-wal")) ?? "" };
    },
  };
}

/** Reads the constant parts of the file header: format, page size and application ID. */
function headerOf(descriptor: number): string {
  const header = Buffer.alloc(72);
  readSync(descriptor, header, 0, header.length, 0);
  return header.toString("latin1", 0, 18) + header.toString("latin1", 68, 72);
}

function isSame(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

/** The `/proc` path of a descriptor through which this process has opened a file. The file may already be deleted. */
function descriptorOf(file: Stats | undefined): string | undefined {
  if (file === undefined) return undefined;
  return readdirSync("/proc/self/fd")
    .map((number) => `/proc/self/fd/${number}`)
    .find((path) => {
      const open = statSync(path, { throwIfNoEntry: false });
      return open !== undefined && isSame(open, file);
    });
}

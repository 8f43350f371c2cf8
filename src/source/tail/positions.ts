import { mkdirSync, readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { type Mark, readMark } from "./mark.ts";

/** How far files were read, kept on disk for the time after a restart. */
export interface Positions {
  /** The marks under a key; undefined where it was never there before. */
  of(key: string): readonly Mark[] | undefined;
  /** Takes note; it is on disk a moment later. */
  note(key: string, marks: () => readonly Mark[]): void;
  /** Brings everything to disk. */
  close(): Promise<void>;
}

/** Milliseconds between two times of writing: what was judged in between is judged again after a crash. */
const EVERY = 500;

/**
 * Opens the file; it need not be there. What others wrote there since, under other keys, stays.
 * @param say called with a sentence where it can't be read or written
 */
export function openPositions(file: string, say: (sentence: string) => void): Positions {
  const changed = new Map<string, () => readonly Mark[]>();
  let known = read(file, say);
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let failed = false;
  let wrote = Number.NEGATIVE_INFINITY;

  async function write(): Promise<void> {
    const others = read(file, () => {});
    for (const [key, marks] of changed) others.set(key, marks());
    changed.clear();
    known = others;
    const text = `${JSON.stringify({ version: 1, files: Object.fromEntries(others) })}\n`;
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      // A name of its own: two programs may write at once.
      const fresh = `${file}.${process.pid}`;
      const handle = await open(fresh, "w", 0o600);
      try {
        await handle.writeFile(text);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await rename(fresh, file);
      failed = false;
    } catch (error) {
      if (!failed) say(`How far files were read can't be kept in ${file}: ${reason(error)}`);
      failed = true;
    }
  }

  function soon(): void {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        wrote = performance.now();
        writing = writing.then(write);
      },
      Math.max(0, wrote + EVERY - performance.now()),
    ).unref();
  }

  return {
    of: (key) => known.get(key),
    note(key, marks) {
      changed.set(key, marks);
      soon();
    },
    async close() {
      clearTimeout(timer);
      timer = undefined;
      await writing;
      if (changed.size > 0) await write();
    },
  };
}

function read(file: string, say: (sentence: string) => void): Map<string, readonly Mark[]> {
  const known = new Map<string, readonly Mark[]>();
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT"))
      say(`How far files were read before can't be read from ${file}: ${reason(error)}`);
    return known;
  }
  try {
    const { files }: { readonly files?: unknown } = JSON.parse(text);
    if (typeof files !== "object" || files === null) throw new Error("it is another kind of file");
    for (const [key, marks] of Object.entries(files))
      if (Array.isArray(marks))
        known.set(
          key,
          marks.map(readMark).filter((mark) => mark !== undefined),
        );
  } catch (error) {
    say(`How far files were read before can't be read from ${file}: ${reason(error)}`);
  }
  return known;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof SyntaxError ? "it is damaged" : error.message;
}

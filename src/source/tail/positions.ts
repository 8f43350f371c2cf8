import { mkdirSync, readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { type FilePosition, parsePosition } from "./position.ts";

/** Stores file positions on disk, to resume after a restart. */
export interface Positions {
  /** Returns the positions of a key; undefined for a new key. */
  of(key: string): readonly FilePosition[] | undefined;
  /** Sets the positions of a key. They are written to disk within {@link EVERY} milliseconds. */
  note(key: string, entries: () => readonly FilePosition[]): void;
  /** Writes pending positions. */
  close(): Promise<void>;
}

/** Minimum interval between writes, in milliseconds. Events since the last write are evaluated again after a crash. */
const EVERY = 500;

/**
 * Opens the file, which may not exist yet. Keys that other processes write are preserved.
 * @param say called with a description if the file cannot be read or written
 */
export function openPositions(file: string, say: (sentence: string) => void): Positions {
  const changed = new Map<string, () => readonly FilePosition[]>();
  let known = read(file, say);
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let failed = false;
  let wrote = Number.NEGATIVE_INFINITY;

  async function write(): Promise<void> {
    const others = read(file, () => {});
    for (const [key, entries] of changed) others.set(key, entries());
    changed.clear();
    known = others;
    const text = `${JSON.stringify({ version: 1, files: Object.fromEntries(others) })}\n`;
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      // The name contains the process ID, since two processes may write at the same time.
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
      if (!failed) say(`Cannot write file positions to ${file}: ${reason(error)}`);
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
    note(key, entries) {
      changed.set(key, entries);
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

function read(file: string, say: (sentence: string) => void): Map<string, readonly FilePosition[]> {
  const known = new Map<string, readonly FilePosition[]>();
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT"))
      say(`Cannot read file positions from ${file}: ${reason(error)}`);
    return known;
  }
  try {
    const { files }: { readonly files?: unknown } = JSON.parse(text);
    if (typeof files !== "object" || files === null) throw new Error("it has unexpected content");
    for (const [key, entries] of Object.entries(files))
      if (Array.isArray(entries))
        known.set(
          key,
          entries.map(parsePosition).filter((position) => position !== undefined),
        );
  } catch (error) {
    say(`Cannot read file positions from ${file}: ${reason(error)}`);
  }
  return known;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof SyntaxError ? "it is damaged" : error.message;
}

import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { CreatorRecord, Creators } from "../../machine/creators.ts";

/** Number of lines above which the file is rewritten with only the objects that are still in memory. */
const MAX_LINES = 32_768;

/** Number of strings at the start of each line: resource, namespace, name, UID and user. */
const TEXTS = 5;

/** A file that stores the users who created pods, so that the users are known after a restart. */
export interface CreatorLog {
  /** Writes pending records and closes the file. */
  close(): void;
}

/**
 * Restores the records in the file, and appends new records. Each line of the file is a JSON array, encoded as Latin-1.
 * If the file cannot be written, records are kept only in memory.
 * @param most number of lines above which the file is rewritten
 */
export function openCreatorLog(file: string, creators: Creators, most = MAX_LINES): CreatorLog {
  for (const record of recordsIn(file)) creators.restore(record);
  let handle: number | undefined;
  let lines = 0;
  let unwritten: string[] = [];
  let writing: NodeJS.Immediate | undefined;

  /** Rewrites the file with the records in memory. */
  function rewrite(): void {
    const kept = [...creators.records()].map(lineOf);
    writeFileSync(`${file}.new`, kept.join(""), { encoding: "latin1", mode: 0o600 });
    renameSync(`${file}.new`, file);
    if (handle !== undefined) closeSync(handle);
    handle = openSync(file, "a", 0o600);
    lines = kept.length;
  }

  function write(): void {
    clearImmediate(writing);
    writing = undefined;
    if (handle === undefined || unwritten.length === 0) return;
    const text = unwritten.join("");
    lines += unwritten.length;
    unwritten = [];
    attempt(() => {
      if (lines > most) rewrite();
      else if (handle !== undefined) writeSync(handle, text, undefined, "latin1");
    });
  }

  /** Calls `work`. After an error, no more records are written. */
  function attempt(work: () => void): void {
    try {
      work();
    } catch {
      creators.recorded = undefined;
    }
  }

  creators.recorded = (record) => {
    unwritten.push(lineOf(record));
    writing ??= setImmediate(write); // batches the records of one turn of the event loop
  };
  attempt(() => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    rewrite();
  });
  return {
    close() {
      write();
      creators.recorded = undefined;
      if (handle !== undefined) closeSync(handle);
      handle = undefined;
    },
  };
}

function lineOf({ resource, namespace, name, uid, user, generation, at }: CreatorRecord): string {
  return `${JSON.stringify([resource, namespace, name, uid, user, generation, at])}\n`;
}

function* recordsIn(file: string): Generator<CreatorRecord, void> {
  let text = "";
  try {
    text = readFileSync(file, "latin1");
  } catch {
    return; // the file does not exist yet or cannot be read
  }
  for (const line of text.split("\n")) {
    const record = recordIn(line);
    if (record !== undefined) yield record;
  }
}

/** Parses a line; returns undefined if the line is incomplete or invalid. */
function recordIn(line: string): CreatorRecord | undefined {
  let values: unknown;
  try {
    values = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!Array.isArray(values)) return undefined;
  const all: readonly unknown[] = values;
  const [generation, at] = all.slice(TEXTS);
  const texts = all.slice(0, TEXTS).filter((each) => typeof each === "string");
  const [resource = "", namespace = "", name = "", uid = "", user = ""] = texts;
  if (texts.length !== TEXTS || typeof generation !== "number" || typeof at !== "number") return undefined;
  return { resource, namespace, name, uid, user, generation, at };
}

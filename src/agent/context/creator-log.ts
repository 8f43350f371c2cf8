import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { CreatorRecord, Creators } from "../../machine/creators.ts";

/** Number of lines after which the file is rewritten without the entries of forgotten objects. */
const MAX_LINES = 32_768;

/** Number of strings at the start of a line. */
const TEXTS = 5;

/** Persists who created pods in a file, across restarts. */
export interface CreatorLog {
  /** Writes pending records. */
  close(): void;
}

/**
 * Restores the records of earlier processes and appends new ones: one JSON value per line, bytes as Latin-1. If the
 * file cannot be read or written, nothing is persisted.
 * @param most maximum number of lines in the file
 */
export function openCreatorLog(file: string, creators: Creators, most = MAX_LINES): CreatorLog {
  for (const record of recordsIn(file)) creators.restore(record);
  let handle: number | undefined;
  let lines = 0;
  let unwritten: string[] = [];
  let writing: NodeJS.Immediate | undefined;

  /** Rewrites the file with the objects in memory. */
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

  /** Stops recording after an error. */
  function attempt(work: () => void): void {
    try {
      work();
    } catch {
      creators.recorded = undefined;
    }
  }

  creators.recorded = (record) => {
    unwritten.push(lineOf(record));
    writing ??= setImmediate(write); // one write per turn
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
    return; // the file does not exist yet
  }
  for (const line of text.split("\n")) {
    const record = recordIn(line);
    if (record !== undefined) yield record;
  }
}

/** Undefined for an incomplete line. */
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

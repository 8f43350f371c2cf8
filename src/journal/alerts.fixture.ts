import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Entry } from "../alert/entry.ts";
import { openReader, type Reader } from "./read.ts";
import { startRecovery } from "./recover.ts";
import { setAside } from "./set-aside.ts";
import type { Writer } from "./write.ts";

/** Path of a new journal in a temporary directory. */
export function newJournal(): string {
  return join(mkdtempSync(join(tmpdir(), "eyas-journal-")), "journal.db");
}

/** An example of an alert raised by rules. */
export function entry(
  number: number,
  changes: Partial<Entry> = {},
  fields: Readonly<Record<string, unknown>> = {},
): Entry {
  const all: Record<string, unknown> = {
    "proc.name": "cat",
    "proc.pid": number,
    "fd.name": `/etc/file-${number}`,
    ...fields,
  };
  const names = Object.keys(all).sort();
  const file = String(all["fd.name"]);
  return {
    rule: "File read",
    priority: "Warning",
    source: "syscall",
    tags: ["T1005", "host"],
    hostname: "node-1",
    time: 1_795_573_542_000_000_000n + BigInt(number),
    message: `${all["proc.name"]} read the file ${file} (pid=${all["proc.pid"]})`,
    output: "%proc.name read the file %fd.name (pid=%proc.pid)",
    names,
    values: names.map((name) => JSON.stringify(all[name])),
    ...changes,
  };
}

/** Reads a journal. Throws an error if it does not exist. */
export function reading<T>(file: string, work: (reader: Reader) => T): T {
  const reader = openReader(file);
  if (reader === undefined) throw new Error(`there is no journal at ${file}`);
  try {
    return work(reader);
  } finally {
    reader.close();
  }
}

/** IDs of all alerts by sequence number. */
export function inventory(file: string): Map<number, string> {
  return reading(file, (reader) => new Map(reader.read(0, 10_000_000).map(({ seq, id }) => [seq, id])));
}

/** Sets a journal aside and recovers its alerts into another one. @returns the number of recovered alerts */
export function recoverInto(writer: Writer, file: string): number {
  const aside = setAside(file, new Date());
  return recoverFrom(writer, aside);
}

/** Recovers a journal that was set aside. @returns the number of recovered alerts */
export function recoverFrom(writer: Writer, aside: string): number {
  const recovery = startRecovery({ file: aside, log: `${aside}-wal` }, aside, writer);
  while (recovery.step(writer, 1000));
  recovery.close();
  return recovery.saved;
}

import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { Alert } from "../alert/alert.ts";
import { entry, inventory, newJournal, reading } from "./alerts.fixture.ts";
import type { JournalNotice } from "./durable-writer.ts";
import { openJournal } from "./journal.ts";
import { openReader } from "./read.ts";
import { openWriter } from "./write.ts";

const limits = { maxAge: 0, maxSize: 0 };

function alert(number: number): Alert {
  const { rule, priority, source, tags, time, message, names, values, hostname, output } = entry(number);
  return {
    rule,
    priority,
    source,
    tags,
    time,
    message,
    text: "",
    json: "",
    parts: { names, values, hostname, output: output ?? "" },
  };
}

test("alerts are on disk when the promise resolves, and only the owner can read them", async () => {
  const file = newJournal();
  const news: JournalNotice[] = [];
  const journal = openJournal({ file, limits }, (one) => news.push(one));
  const kept = await journal.append([alert(1), alert(2)]);
  expect([...inventory(file).values()]).toEqual("ids" in kept && kept.ids);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await journal.close();
  expect(journal.counts()).toMatchObject({ kept: 2, missed: 0 });
  expect(await journal.append([alert(3)])).toHaveProperty("fault");
  expect(news).toEqual([]);
});

test("batches are written in order", async () => {
  const file = newJournal();
  const journal = openJournal({ file, limits }, () => {});
  const batches = Array.from({ length: 200 }, (_, i) => [alert(3 * i), alert(3 * i + 1), alert(3 * i + 2)]);
  const kept = await Promise.all(batches.map((batch) => journal.append(batch)));
  journal.setPosition("http", 42);
  await journal.close();
  const ids = kept.flatMap((one) => ("ids" in one ? one.ids : []));
  reading(file, (reader) => {
    const alerts = reader.read(0, 1000);
    expect(alerts.map(({ id }) => id)).toEqual(ids);
    expect(alerts.map(({ time }) => time)).toEqual(batches.flat().map(({ time }) => time));
    expect(reader.position("http")).toBe(42);
    expect(reader.position("nobody")).toBe(0);
  });
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(600);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("markers are stored after earlier alerts, and each replaces the previous marker", async () => {
  const file = newJournal();
  const journal = openJournal({ file, limits }, () => {});
  const stored: string[] = [];
  const all = Array.from({ length: 20 }, (_, i) => [
    journal.append([alert(i)]).then(() => stored.push(`alert ${i}`)),
    journal.mark().then((isStored) => stored.push(`marker ${i} ${isStored}`)),
  ]);
  await Promise.all(all.flat());
  expect(stored).toEqual(Array.from({ length: 20 }, (_, i) => [`alert ${i}`, `marker ${i} true`]).flat());
  expect(journal.answers).toBe(40);
  await journal.close();
  const { size } = statSync(file);
  const later = openJournal({ file, limits }, () => {});
  for (let i = 0; i < 50; i++) expect(await later.mark()).toBe(true);
  await later.close();
  expect(statSync(file).size).toBe(size);
  const db = new DatabaseSync(file);
  const markers = db.prepare("SELECT value FROM state WHERE name = 'marker'").all();
  db.close();
  expect(markers).toHaveLength(1);
  expect(Math.abs(Number(markers[0]?.value) - Date.now())).toBeLessThan(60_000);
});

test("a marker is stored when another program no longer blocks the writer", async () => {
  const file = newJournal();
  const journal = openJournal({ file, limits }, () => {});
  expect(await journal.mark()).toBe(true);
  const other = new DatabaseSync(file);
  other.exec("BEGIN IMMEDIATE");
  let answer: boolean | undefined;
  const marked = journal.mark().then((isStored) => {
    answer = isStored;
  });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(answer).toBeUndefined();
  other.exec("ROLLBACK");
  other.close();
  await marked;
  expect(answer).toBe(true);
  await journal.close();
});

test("a second process reports the ID of the process that writes", async () => {
  const file = newJournal();
  const first = openJournal({ file, limits }, () => {});
  await first.append([alert(1)]);
  const news: JournalNotice[] = [];
  const second = openJournal({ file, limits }, (one) => news.push(one));
  expect(await second.append([alert(2)])).toEqual({ fault: "held" });
  expect(news).toEqual([
    { kind: "stopped", fault: "held", reason: `another process (${process.pid}) is writing to it` },
  ]);
  await first.close();
  await second.close();
  expect(inventory(file).size).toBe(1);
});

test("readers do not block the writer", async () => {
  const file = newJournal();
  const journal = openJournal({ file, limits }, () => {});
  await journal.append([alert(0)]);
  const reader = openReader(file);
  const other = openReader(file);
  const slow = other?.find(undefined, "oldest")[Symbol.iterator](); // reads a snapshot as long as it is open
  expect(slow?.next().value?.seq).toBe(1);
  const seen: number[] = [];
  for (let i = 0; i < 50; i++) {
    expect(await journal.append([alert(2 * i + 1), alert(2 * i + 2)])).toHaveProperty("ids");
    seen.push(...(reader?.read(seen.length, 1000) ?? []).map(({ seq }) => seq));
  }
  expect(seen).toEqual(Array.from({ length: 101 }, (_, i) => i + 1));
  expect(slow?.next().done).toBe(true);
  reader?.close();
  other?.close();
  await journal.close();
});

test("numbers, times and texts are read back exactly", () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  const odd = entry(
    7,
    { time: 9_223_372_036_854_775_807n, message: "a message of its own\n\u001b[31m", rule: 'Odd "rule" 😀', tags: [] },
    { "evt.arg.flags": null, "fd.list": ["a", "b\nc"], text: 'quo"te\n', "user.name": "é" },
  );
  const big = { ...entry(8), names: ["big", "proc.pid"], values: ["18446744073709551615", "-9223372036854775808"] };
  writer.append([odd, big]);
  writer.close();
  reading(file, (reader) => {
    const [first, second] = reader.read(0, 10);
    const { output: _, ...oddAsKept } = odd;
    expect(first).toEqual({ ...oddAsKept, seq: 1, id: expect.any(String) });
    expect(second!.values).toEqual(big.values);
    expect(second!.message).toBe(big.message);
  });
});

import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { attackJournal } from "../../test/attack/journal-damage.ts";
import { damages } from "../../test/attack/journal-damages.ts";
import { parseQuery } from "../query/parse.ts";
import { entry, inventory, newJournal, reading } from "./alerts.fixture.ts";
import { type JournalNotice, openDurableWriter } from "./durable-writer.ts";
import { openReader } from "./read.ts";
import { layoutOf, VERSION } from "./schema.ts";
import { openWriter } from "./write.ts";

const limits = { maxAge: 0, maxSize: 0 };

function journalWith(alerts: number): string {
  const file = newJournal();
  const writer = openWriter(file, limits);
  for (let i = 0; i < alerts; i += 100)
    writer.append(Array.from({ length: Math.min(100, alerts - i) }, (_, j) => entry(i + j)));
  writer.close();
  return file;
}

function sql(file: string, text: string): void {
  const db = new DatabaseSync(file);
  db.exec(text);
  db.close();
}

test("every kind of damage leaves a usable journal with the intact alerts", { timeout: 300_000 }, async () => {
  const failures: string[] = [];
  const result = await attackJournal({
    ...{ seeds: 2, flips: 1, alerts: 1000 },
    report: (line) => failures.push(line),
  });
  expect(failures).toEqual([]);
  expect(result).toEqual({ attempts: 2 * damages.length + 1, crashes: 0, hangs: 0, lost: 0 });
  expect(damages.length).toBeGreaterThanOrEqual(16);
});

test.each([
  ["a quote in its values", `UPDATE alert SET "values" = replace("values", 'cat', 'c"at') WHERE seq = 7`],
  ["another time", "UPDATE alert SET time = time + 1 WHERE seq = 7"],
  ["an unknown shape", "UPDATE alert SET shape = 9999 WHERE seq = 7"],
  ["another shape", "UPDATE alert SET shape = tags WHERE seq = 7"],
  ["an unknown priority", "UPDATE alert SET priority = 99 WHERE seq = 7"],
  ["no ID", "UPDATE alert SET id = x'' WHERE seq = 7"],
  ["a quote in its values, and no checksum", `UPDATE alert SET checksum = NULL, "values" = '"a"b"' WHERE seq = 7`],
])("an alert with %s is skipped and counted by every reader", (_, damage) => {
  const file = journalWith(20);
  sql(file, damage);
  const others = Array.from({ length: 20 }, (_, i) => i + 1).filter((seq) => seq !== 7);
  reading(file, (reader) => {
    expect(reader.damaged).toBe(0);
    expect(reader.page(0, 10)).toMatchObject({ reached: 11, damaged: [7] });
    expect(reader.read(0, 100).map(({ seq }) => seq)).toEqual(others);
    expect([...reader.find(undefined, "newest")].map(({ seq }) => seq)).toEqual(others.toReversed());
    expect([...reader.find(parseQuery(["cat"]), "oldest")].map(({ seq }) => seq)).toEqual(others);
    expect(reader.named("7")).toEqual([]);
    expect(reader.damaged).toBe(1);
  });
});

test("alerts whose rule is missing or changed are damaged", () => {
  for (const damage of ["DELETE FROM word WHERE kind = 'rule'", "UPDATE word SET text = 'Other' WHERE kind = 'rule'"]) {
    const file = journalWith(20);
    sql(file, damage);
    reading(file, (reader) => {
      expect(reader.read(0, 100)).toEqual([]);
      expect(reader.damaged).toBe(20);
    });
  }
});

function flip(page: Buffer, at: number, bit: number): void {
  page.writeUInt8(page.readUInt8(at) ^ bit, at);
}

/**
 * Damages the table page that contains a string that alerts share.
 * @param damage receives the page and the offset of the string
 */
function damageWord(file: string, text: string, damage: (page: Buffer, at: number) => unknown): void {
  const bytes = readFileSync(file);
  const leaves = Array.from({ length: bytes.length / 4096 }, (_, i) => bytes.subarray(i * 4096, (i + 1) * 4096));
  const page = leaves.find((one) => one[0] === 0x0d && one.includes(text));
  damage(page!, page!.indexOf(text));
  writeFileSync(file, bytes);
}

test.each([
  ["text", (page: Buffer, at: number) => flip(page, at, 0x20)],
  ["kind", (page: Buffer, at: number) => flip(page, at - 1, 0x01)],
  ["checksum", (page: Buffer, at: number) => flip(page, at + "File read".length, 0x04)],
  ["page", (page: Buffer) => page.fill(0xff)],
])("a string that alerts share is read from its copy if its %s is damaged, and the search restores it", (_, damage) => {
  const file = journalWith(2000);
  damageWord(file, "File read", damage);
  const readable = (): number =>
    reading(file, (reader) => reader.read(0, 10_000).filter(({ rule }) => rule === "File read").length);
  expect(readable()).toBe(2000);
  const news: JournalNotice[] = [];
  const durable = openDurableWriter({ file, limits }, (one) => news.push(one));
  do durable.watch();
  while (!durable.isSearched);
  durable.close();
  const kinds = news.map(({ kind }) => kind).filter((kind) => kind !== "stopped" && kind !== "resumed");
  expect(kinds).toEqual(["replaced", "recovered"]);
  expect(news.find(({ kind }) => kind === "recovered")).toMatchObject({ saved: 2000 });
  expect(readable()).toBe(2000);
  reading(file, (reader) => {
    expect(reader.read(0, 10_000)).toHaveLength(2000);
    expect([reader.restored, reader.damaged]).toEqual([0, 0]);
  });
});

test("a damaged alert that no query has read is found by the search for damage, and reported once", () => {
  const file = journalWith(500);
  sql(file, "UPDATE alert SET time = time + 1 WHERE seq IN (7, 400)");
  const news: JournalNotice[] = [];
  let clock = Date.now();
  const durable = openDurableWriter(
    { file, limits },
    (one) => news.push(one),
    () => clock,
    () => clock,
  );
  for (let day = 0; day < 3; day++) {
    do durable.watch();
    while (!durable.isSearched);
    clock += 90_000_000;
  }
  expect(durable.counts().damaged).toBe(2);
  durable.close();
  const found = news.map((one) => (one.kind === "unreadable" ? one.alerts : one.kind));
  expect(found.reduce((sum: number, alerts) => sum + Number(alerts), 0)).toBe(2);
});

test.each([
  ["an alert's row", (large: bigint) => `UPDATE alert SET seq = ${large} WHERE seq = 500`],
  ["the state of the journal", (large: bigint) => `UPDATE state SET value = ${large} WHERE name = 'next'`],
])("a sequence number that is far too large, in %s, does not prevent new alerts", (_, damage) => {
  for (const large of [1n << 50n, 1n << 60n]) {
    const file = journalWith(500);
    sql(file, damage(large));
    const news: JournalNotice[] = [];
    const durable = openDurableWriter({ file, limits }, (one) => news.push(one));
    expect(durable.append([entry(1000)])).toMatchObject({ ids: [expect.any(String)] });
    durable.close();
    expect(news.map(({ kind }) => kind)).toEqual(["replaced", "recovered"]);
    reading(file, (reader) => {
      const seqs = reader.read(0, 1000).map(({ seq }) => seq);
      expect(seqs.length).toBeGreaterThanOrEqual(500);
      expect(seqs.at(-1)).toBeLessThan(1000);
    });
  }
});

test("a stored sequence number that is not a number does not prevent new alerts", () => {
  const file = journalWith(500);
  sql(file, "UPDATE state SET value = 'x' WHERE name = 'next'");
  const durable = openDurableWriter({ file, limits }, () => {});
  expect(durable.append([entry(1000)])).toMatchObject({ ids: [expect.any(String)] });
  durable.close();
  reading(file, (reader) => expect(reader.read(0, 1000)).toHaveLength(501));
});

test("the largest sequence number is not reused if no alert is intact", () => {
  const file = journalWith(20);
  const more = 2_000_000;
  sql(
    file,
    `UPDATE alert SET seq = seq + ${more}; UPDATE span SET first = first + ${more}, last = last + ${more};
     UPDATE state SET value = value + ${more} WHERE name = 'next'`,
  );
  writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(100)])); // all checksums are wrong as well
  const durable = openDurableWriter({ file, limits }, () => {});
  durable.append([entry(1000)]);
  expect(durable.last).toBe(more + 21);
  durable.close();
});

test("implausible integers are not recovered", () => {
  const file = journalWith(20);
  sql(file, "INSERT INTO plan VALUES (7, 'a'), (1 << 60, 'b')");
  writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(100)]));
  openDurableWriter({ file, limits }, () => {}).close();
  const db = new DatabaseSync(file);
  expect(db.prepare("SELECT id FROM plan").all()).toEqual([{ id: 7 }]);
  db.close();
});

test("the file is not replaced because of a damaged string if the size limit has no room for a copy", () => {
  const file = journalWith(2000);
  damageWord(file, "File read", (page, at) => flip(page, at, 0x20));
  const news: JournalNotice[] = [];
  const durable = openDurableWriter({ file, limits: { maxAge: 0, maxSize: statSync(file).size + 4096 } }, (one) =>
    news.push(one),
  );
  do durable.watch();
  while (!durable.isSearched);
  durable.close();
  expect(news).toEqual([]);
  reading(file, (reader) => expect(reader.read(0, 10_000)).toHaveLength(2000));
});

test("a recovered row that is invalid does not prevent the recovery of other rows", () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  const rows = [2 ** 80, 7].map((id) => ({ id, text: `plan ${id}` }));
  writer.restoreRows("plan", [{ id: 1.5, text: "first" }, ...rows]);
  writer.close();
  const db = new DatabaseSync(file);
  expect(db.prepare("SELECT id FROM plan").all()).toEqual([{ id: 7 }]);
  db.close();
});

test("a query continues after damaged pages, and without the full-text index if it is damaged", () => {
  const file = journalWith(3000);
  const bytes = readFileSync(file);
  let leaves = 0;
  let index = 0;
  for (let at = 50 * 4096; at < bytes.length; at += 4096) {
    const page = bytes.subarray(at, at + 4096);
    if (page[0] !== 0x0d) continue;
    const isAlert = page.includes("/etc/file-");
    if (isAlert ? leaves === 5 : index === 3) continue;
    page.fill(0xff);
    if (isAlert) leaves++;
    else index++;
  }
  expect([leaves, index]).toEqual([5, 3]);
  writeFileSync(file, bytes);
  reading(file, (reader) => {
    const all = reader.read(0, 10_000).map(({ seq }) => seq);
    expect(all.length).toBeGreaterThan(2600);
    expect([...reader.find(undefined, "newest")].map(({ seq }) => seq)).toEqual(all.toReversed());
    expect([...reader.find(parseQuery(["read"]), "newest")].map(({ seq }) => seq)).toEqual(all.toReversed());
    expect(reader.damaged).toBe(3000 - all.length);
  });
});

test("alerts in pages that were exchanged are read in order, and recovered after the search for damage", () => {
  const file = journalWith(3000);
  const bytes = readFileSync(file);
  const leaves: number[] = [];
  for (let at = 50 * 4096; at < bytes.length; at += 4096)
    if (bytes[at] === 0x0d && bytes.subarray(at, at + 4096).includes("/etc/file-")) leaves.push(at);
  const [first = 0, second = 0] = [leaves[2], leaves.at(-5)];
  const kept = Buffer.from(bytes.subarray(first, first + 4096));
  bytes.copyWithin(first, second, second + 4096);
  kept.copy(bytes, second);
  writeFileSync(file, bytes);
  for (const order of ["newest", "oldest"] as const)
    reading(file, (reader) => {
      const seqs = [...reader.find(undefined, order)].map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.toSorted((a, b) => (order === "newest" ? b - a : a - b)));
      expect(seqs.length).toBeLessThan(3000);
    });
  reading(file, (reader) => {
    const seqs: number[] = [];
    for (let after = 0, more = true; more; ) {
      const { alerts, reached } = reader.page(after, 100);
      seqs.push(...alerts.map(({ seq }) => seq));
      more = reached !== after;
      after = reached;
    }
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });
  const clock = Date.now();
  const durable = openDurableWriter(
    { file, limits },
    () => {},
    () => clock,
    () => clock,
  );
  while (durable.watch() || !durable.isSearched);
  durable.close();
  reading(file, (reader) => expect([...reader.find(undefined, "oldest")]).toHaveLength(3000));
});

test.each([-9, 9])("alerts hidden by a changed key are recovered after the search for damage (%i)", (change) => {
  const file = journalWith(3000);
  const hidden = changeInnerKey(file, change);
  reading(file, (reader) => expect(reader.named(`${hidden}`)).toEqual([]));
  const clock = Date.now();
  const news: JournalNotice[] = [];
  const durable = openDurableWriter(
    { file, limits },
    (one) => news.push(one),
    () => clock,
    () => clock,
  );
  while (durable.watch() || !durable.isSearched);
  durable.close();
  expect(news.map(({ kind }) => kind)).toContain("replaced");
  reading(file, (reader) => {
    expect(reader.named(`${hidden}`)).toHaveLength(1);
    expect([...reader.find(undefined, "oldest")]).toHaveLength(3000);
  });
});

/** Changes a key in the root of the alerts. @returns the sequence number of an alert that is no longer found */
function changeInnerKey(file: string, change: number): number {
  const bytes = readFileSync(file);
  const page = bytes.subarray(((layoutOf(VERSION).get("alert")?.root ?? 0) - 1) * 4096).subarray(0, 4096);
  expect(page[0]).toBe(0x05);
  const cell = page.readUInt16BE(12 + 2 * Math.floor(page.readUInt16BE(3) / 2));
  const [high = 0, low = 0] = page.subarray(cell + 4, cell + 6);
  const key = ((high & 0x7f) << 7) | low; // a variable-length integer of two bytes
  page[cell + 4] = ((key + change) >> 7) | 0x80;
  page[cell + 5] = (key + change) & 0x7f;
  writeFileSync(file, bytes);
  return change < 0 ? key : key + 1;
}

test("the root pages of a journal have the numbers that its version specifies", () => {
  const file = journalWith(200);
  const db = new DatabaseSync(file, { readOnly: true });
  const roots = db.prepare("SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND rootpage > 0").all();
  db.close();
  const layout = layoutOf(VERSION);
  expect(Object.fromEntries(roots.map(({ name, rootpage }) => [name, rootpage]))).toEqual(
    Object.fromEntries([...layout].map(([name, { root }]) => [name, root])),
  );
});

test("an interrupted recovery continues at the next start", () => {
  const file = journalWith(3000);
  const before = inventory(file);
  const model = newJournal();
  copyFileSync(file, `${file}.damaged-20260101T000000`);
  const news: JournalNotice[] = [];
  const first = openWriter(model, limits);
  first.setState("recovering 20260101T000000", 1);
  first.close();
  copyFileSync(model, file);
  const durable = openDurableWriter({ file, limits }, (one) => news.push(one));
  while (durable.watch());
  durable.close();
  expect(news).toMatchObject([{ kind: "recovered", saved: 3000, lost: 0 }]);
  expect(inventory(file)).toEqual(before);
  openDurableWriter({ file, limits }, (one) => news.push(one)).close();
  expect(news).toHaveLength(1);
});

test("a header with another version or program is damaged if the tables have the expected version", () => {
  for (const pragma of ["user_version = 4104", "application_id = 17", "user_version = 3"]) {
    const file = journalWith(50);
    sql(file, `PRAGMA ${pragma}`);
    const news: JournalNotice[] = [];
    const durable = openDurableWriter({ file, limits }, (one) => news.push(one));
    expect(durable.append([entry(51)])).toHaveProperty("ids");
    while (durable.watch());
    durable.close();
    expect(news).toMatchObject([{ kind: "replaced" }, { kind: "recovered", saved: 50 }]);
    expect(inventory(file).size).toBe(51);
  }
});

test("a header with a format that SQLite cannot write is damaged", () => {
  const file = journalWith(50);
  const bytes = readFileSync(file);
  bytes[18] = 34;
  writeFileSync(file, bytes);
  const durable = openDurableWriter({ file, limits }, () => {});
  expect(durable.append([entry(51)])).toHaveProperty("ids");
  while (durable.watch());
  durable.close();
  expect(inventory(file).size).toBe(51);
});

test("a reader of an intact journal counts no damaged alerts", () => {
  const reader = openReader(journalWith(100));
  expect(reader?.read(0, 1000)).toHaveLength(100);
  expect(reader?.damaged).toBe(0);
  reader?.close();
});

import { readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import type { LineageProcess } from "../alert/background.ts";
import type { Entry } from "../alert/entry.ts";
import { parseQuery } from "../query/parse.ts";
import { entry, inventory, newJournal, reading } from "./alerts.fixture.ts";
import { type AppendResult, openDurableWriter } from "./durable-writer.ts";

const DAY = 86_400_000;

function keep(writer: ReturnType<typeof openDurableWriter>, from: number, count: number): void {
  for (let i = 0; i < count; i += 200)
    writer.append(
      Array.from({ length: 200 }, (_, j) => entry(from + i + j, {}, { "k8s.pod.name": `pod-${from + i + j}` })),
    );
}

test("expired alerts are deleted with their index, and sequence numbers are not reused", () => {
  const file = newJournal();
  let clock = Date.now();
  const open = (maxAge: number) =>
    openDurableWriter(
      { file, limits: { maxAge, maxSize: 0 } },
      () => {},
      () => clock,
      () => clock,
    );
  let writer = open(DAY);
  keep(writer, 0, 1000);
  expect(writer.enforceLimits(1e9)).toBe(false);
  expect(inventory(file).size).toBe(1000);
  expect(Math.abs((writer.counts().oldest ?? 0) - Date.now())).toBeLessThan(60_000);
  clock += 2 * DAY;
  writer.enforceLimits(1e9);
  expect(writer.counts()).toMatchObject({ dropped: 1000, oldest: undefined });
  expect(inventory(file).size).toBe(0);
  reading(file, (reader) => {
    expect([...reader.find(parseQuery(["cat"]), "newest")]).toEqual([]);
    expect(reader.count(undefined, "rule")).toEqual([]);
  });
  writer.close();
  writer = open(DAY);
  keep(writer, 1000, 200);
  writer.close();
  expect(Math.min(...inventory(file).keys())).toBe(1001);
});

test("alerts that were written while the clock was ahead, or afterwards, expire", () => {
  const file = newJournal();
  let clock = Date.parse("2036-01-01T00:00:00Z");
  let sinceBoot = 0;
  const writer = openDurableWriter(
    { file, limits: { maxAge: 30 * DAY, maxSize: 0 } },
    () => {},
    () => clock,
    () => sinceBoot,
  );
  const append = (from: number, count: number): void => {
    const time = BigInt(clock) * 1_000_000n;
    writer.append(Array.from({ length: count }, (_, i) => entry(from + i, { time })));
  };
  append(0, 2500); // more than one step of retention examines
  clock = Date.parse("2026-01-01T00:00:00Z");
  append(2500, 3000);
  writer.enforceLimits(1e9);
  expect(inventory(file).size).toBe(5500);
  clock += 31 * DAY;
  sinceBoot += 31 * DAY;
  append(5500, 10);
  for (let i = 0; i < 3; i++) writer.enforceLimits(1e9);
  expect([...inventory(file).keys()]).toEqual(Array.from({ length: 10 }, (_, i) => 5501 + i));
  writer.close();
});

/** Size of all files of a journal in bytes. */
function sizeOf(file: string): number {
  const names = readdirSync(dirname(file)).filter((name) => name.startsWith(basename(file)));
  return names.reduce((sum, name) => sum + statSync(join(dirname(file), name)).size, 0);
}

const MAX = 10_000_000;
const isId = (id: string | undefined): id is string => id !== undefined;

/** One alert for each of fifty rules. */
const rare = Array.from({ length: 50 }, (_, i) =>
  entry(i, { rule: `Rare ${i}`, priority: i % 2 === 0 ? "Notice" : "Critical" }),
);

interface Flood {
  readonly count: number;
  readonly batch?: number;
  readonly made?: (i: number) => Entry;
  /** Runs after the rare alerts are written. @returns a function that is called at the end */
  readonly before?: (file: string) => (() => void) | undefined;
}

/** Writes the rare alerts and then many others. Checks the size after each batch and the counts at the end. */
function flood({ count, batch = 1000, made = (i) => entry(i), before }: Flood) {
  const file = newJournal();
  const news: string[] = [];
  const writer = openDurableWriter({ file, limits: { maxAge: 0, maxSize: MAX } }, ({ kind }) => news.push(kind));
  const first = writer.append(rare);
  const ids = "ids" in first ? first.ids.filter(isId) : [];
  const close = before?.(file);
  let largest = 0;
  for (let i = 0; i < count; i += batch) {
    writer.append(Array.from({ length: batch }, (_, j) => made(i + j)));
    largest = Math.max(largest, sizeOf(file));
    if (i % 20_000 === 0) writer.enforceLimits(100);
    largest = Math.max(largest, sizeOf(file));
  }
  close?.();
  const there = inventory(file);
  const counts = { ...writer.counts() };
  const left = new Set(there.values());
  return { file, writer, news, largest, counts, left, rareLeft: ids.filter((id) => left.has(id)).length };
}

describe("under a flood of one rule", () => {
  test("rare alerts are kept, all files stay within 110% of max_size, and counts are exact", () => {
    const { file, writer, largest, counts, left, rareLeft } = flood({ count: 60_000 });
    writer.close();
    expect(rareLeft).toBe(50);
    expect(largest).toBeLessThanOrEqual(MAX * 1.1);
    expect(counts).toMatchObject({ kept: 60_050, missed: 0, dropped: 60_050 - left.size });
    expect(left.size).toBeGreaterThan(20_000);
    const seqs = [...inventory(file).keys()].filter((seq) => seq > 50);
    expect(seqs.slice(0, 4)).toEqual([51, 52, 53, 54]); // the first alerts are kept
    expect(seqs.at(-1)).toBe(60_050);
    // A sample of the old alerts and all of the newest ones are kept.
    expect(seqs.filter((seq) => seq < 30_000).length).toBeGreaterThan(1000);
    expect(seqs.filter((seq) => seq > 59_050)).toHaveLength(1000);
    reading(file, (reader) => {
      expect([...reader.find(parseQuery(["rule=Rare 7"]), "newest")]).toHaveLength(1);
      expect(reader.count(undefined, "rule")).toHaveLength(51);
    });
    const db = new DatabaseSync(file, { readOnly: true });
    expect(db.prepare("PRAGMA integrity_check").get()?.integrity_check).toBe("ok");
    db.close();
  });

  test("common alerts are not stored while a reader keeps the log at its limit", async () => {
    const { writer, news, largest, counts, left, rareLeft } = flood({
      count: 40_000,
      before(file) {
        const db = new DatabaseSync(file, { readOnly: true });
        db.exec("BEGIN");
        db.prepare("SELECT count(*) FROM alert").get();
        return () => db.close();
      },
    });
    expect(largest).toBeLessThanOrEqual(MAX * 1.1);
    expect(rareLeft).toBe(50);
    expect(counts.missed).toBeGreaterThan(0);
    expect(counts.kept + counts.missed).toBe(40_050);
    expect(left.size).toBe(counts.kept - counts.dropped);
    await expect.poll(() => writer.append([entry(1)])).toMatchObject({ ids: [expect.any(String)] }); // the reader is gone
    writer.enforceLimits(100);
    writer.enforceLimits(100);
    expect(news).toEqual(["rejecting", "accepting"]);
    writer.close();
  });

  test("a critical alert is stored while a reader keeps the log at its limit for common alerts", () => {
    const file = newJournal();
    const writer = openDurableWriter({ file, limits: { maxAge: 0, maxSize: MAX } }, () => {});
    writer.append(Array.from({ length: 2000 }, (_, i) => entry(i)));
    const db = new DatabaseSync(file, { readOnly: true });
    db.exec("BEGIN");
    db.prepare("SELECT count(*) FROM alert").get();
    let answer: AppendResult = { ids: [] };
    for (let i = 0; i < 100 && !("ids" in answer && answer.ids.includes(undefined)); i++)
      answer = writer.append(Array.from({ length: 500 }, (_, j) => entry(500 * i + j)));
    expect(answer).toMatchObject({ ids: expect.arrayContaining([undefined]) });
    expect(writer.append([entry(1, { priority: "Critical" })])).toMatchObject({ ids: [expect.any(String)] });
    db.close();
    writer.close();
  });

  test("alerts with triage, comments or unfinished responses are kept, but not alerts of a bulk change", () => {
    const chosen = [51, 1000, 2000, 3000];
    const { writer, file } = flood({
      count: 60_000,
      before(file) {
        const db = new DatabaseSync(file);
        db.exec(`INSERT INTO triage VALUES (1000, 'acknowledged', 'ada', 7), (1001, 'acknowledged', 'ada', 7);
          INSERT INTO bulk_change (time, who, address, action, text, query, changed, first, last, updated)
            VALUES (7, 'ada', '::1', 'acknowledge', 'all', 'q', 1, 1, 1, 7);
          INSERT INTO comment (seq, time, who, text, state, bulk) VALUES (1001, 7, 'ada', '', 'acknowledged', 1);
          INSERT INTO comment (seq, time, who, text) VALUES (2000, 7, 'ada', 'look');
          INSERT INTO response VALUES (1, 3000, 'r', 0, 'kill', 1, 'k', NULL, NULL, 0, 'waiting', NULL, NULL, 7, NULL, NULL, NULL, NULL)`);
        db.close();
        return undefined;
      },
    });
    writer.close();
    const left = inventory(file);
    expect(chosen.filter((seq) => !left.has(seq))).toEqual([]);
    expect(left.has(1001)).toBe(false);
  });
});

test.each([
  [
    "many rules and workloads",
    30_000,
    (i: number) => entry(i, { rule: `rule ${(i * 7919) % 100}` }, { "container.id": `c${(i * 104_729) % 100}` }),
  ],
  [
    "a new workload and process each",
    30_000,
    (i: number) => entry(i, {}, { "container.id": `c${i}`, "proc.name": `p${i}` }),
  ],
  ["large values", 900, (i: number) => entry(i, {}, { "fd.name": `/${i}/`.padEnd(60_000, `word ${i} `) })],
  [
    "times, outputs, tags and fields of their own",
    24_000,
    (i: number) =>
      entry(
        i,
        { time: BigInt(i) * 700_000_000_000n, output: `out ${i} %fd.name`, tags: [`t${i}`] },
        { [`x.f${i}`]: 1 },
      ),
  ],
  ["processes of their own", 24_000, (i: number) => ({ ...entry(i), background: { lineage: lineage(i) } })],
])("a flood of alerts with %s displaces no rare alerts, and unused rows are deleted", (_, count, made) => {
  const { file, writer, largest, counts, left, rareLeft } = flood({ count, batch: Math.min(500, count / 30), made });
  writer.close();
  expect(largest).toBeLessThanOrEqual(MAX * 1.1);
  expect(rareLeft).toBe(50);
  expect(counts.missed).toBe(0);
  expect(left.size).toBe(counts.kept - counts.dropped);
  const db = new DatabaseSync(file, { readOnly: true });
  const number = (sql: string): number => Number(db.prepare(`SELECT (${sql}) AS n`).get()?.n);
  expect(number("SELECT count(*) FROM word")).toBeLessThan(5 * left.size + 1000);
  expect(number("SELECT count(*) FROM span")).toBeLessThan(2 * left.size + 2000);
  expect(number("SELECT count(*) FROM process")).toBeLessThan(2 * left.size + 9000);
  expect(number("SELECT count(*) FROM behind WHERE process NOT IN (SELECT id FROM process)")).toBe(0);
  db.close();
});

function lineage(i: number): readonly LineageProcess[] {
  const one = (pid: number): LineageProcess => ({
    ...{ pid, began: BigInt(pid), name: `p${pid}`, cmdline: `run --job ${pid}`, exepath: "/bin/run", account: "root" },
  });
  return [one(i + 10), one(1)];
}

test("a lower limit takes effect immediately, including the size of the file", () => {
  const file = newJournal();
  const writer = openDurableWriter({ file, limits: { maxAge: 0, maxSize: 4 * MAX } }, () => {});
  writer.append(rare);
  for (let i = 0; i < 100_000; i += 1000) writer.append(Array.from({ length: 1000 }, (_, j) => entry(i + j)));
  expect(sizeOf(file)).toBeGreaterThan(1.2 * MAX);
  writer.limit({ maxAge: 0, maxSize: MAX });
  while (writer.enforceLimits(100));
  expect(sizeOf(file)).toBeLessThanOrEqual(1.1 * MAX);
  const rules = new Set(reading(file, (reader) => reader.count(undefined, "rule").map(({ value }) => value)));
  expect(rules.size).toBe(51);
  writer.close();
});

test("copies of damaged journals count towards the size limit, and the oldest copies are deleted first", () => {
  const file = newJournal();
  const writer = openDurableWriter({ file, limits: { maxAge: 0, maxSize: MAX } }, () => {});
  writer.append(rare);
  for (const stamp of ["20260101T000000", "20260102T000000", "20260103T000000"])
    writeFileSync(`${file}.damaged-${stamp}`, Buffer.alloc(4_000_000));
  writer.enforceLimits(100);
  expect(sizeOf(file)).toBeLessThanOrEqual(1.1 * MAX);
  const copies = readdirSync(dirname(file)).filter((name) => name.includes(".damaged-"));
  expect(copies.map((name) => name.slice(-15))).toEqual(["20260102T000000", "20260103T000000"]);
  writer.close();
});

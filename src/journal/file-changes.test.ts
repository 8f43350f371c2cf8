import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { entry, inventory, newJournal } from "./alerts.fixture.ts";
import { type DurableWriter, type JournalNotice, openDurableWriter } from "./durable-writer.ts";
import { openReader } from "./read.ts";

const limits = { maxAge: 0, maxSize: 0 };
const ALERTS = 3000;

interface Scene {
  readonly file: string;
  readonly durable: DurableWriter;
  readonly news: JournalNotice[];
  /** Advances the clock by five seconds, so that the writer checks its files. */
  later(): void;
}

/** A journal that is open for writing, with alerts in the database and in its log. */
function opened(): Scene {
  const file = newJournal();
  const news: JournalNotice[] = [];
  let clock = Date.now();
  const durable = openDurableWriter(
    { file, limits, instance: 1 },
    (one) => news.push(one),
    () => clock,
  );
  for (let i = 0; i < ALERTS; i += 500) durable.append(Array.from({ length: 500 }, (_, j) => entry(i + j)));
  durable.watch();
  return {
    ...{ file, durable, news },
    later() {
      clock += 5000;
      while (durable.watch());
    },
  };
}

/** Writes one more alert and closes the journal. @returns the sequence numbers in the journal */
function ended({ file, durable }: Scene): number[] {
  expect(durable.append([entry(9999)])).toHaveProperty("ids");
  durable.close();
  return [...inventory(file).keys()];
}

const all = Array.from({ length: ALERTS + 1 }, (_, i) => i + 1);

test.each<[string, (file: string) => void]>([
  ["deleted", (file) => unlinkSync(file)],
  ["deleted with its log", removeAll],
  ["renamed", (file) => renameSync(file, `${file}.moved`)],
  ["deleted with its directory", (file) => rmSync(dirname(file), { recursive: true })],
  ["replaced by another file", (file) => replaceBy(file, (path) => writeFileSync(path, "x".repeat(9000)))],
  ["replaced by a directory", (file) => replaceBy(file, (path) => mkdirSync(path))],
  [
    "replaced by an empty journal",
    (file) => replaceBy(file, (path) => openDurableWriter({ file: path, limits }, () => {}).close()),
  ],
  ["deprived of its log", (file) => unlinkSync(`${file}-wal`)],
  ["deprived of its shared memory", (file) => unlinkSync(`${file}-shm`)],
])("a journal that is %s while it is open is restored with all alerts", (_, change) => {
  const scene = opened();
  const { file, news } = scene;
  const reader = openReader(file);
  expect(reader?.last()).toBe(ALERTS);
  change(file);
  scene.later();
  expect(news).toMatchObject([{ kind: "replaced", isCopy: true, reason: expect.stringContaining(basename(file)) }]);
  scene.later();
  expect(news).toHaveLength(1);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(ended(scene)).toEqual(all);
  reader?.close();
  expect(existsSync(`${file}.copy`)).toBe(false);
});

test.each<[string, (file: string) => void]>([
  ["truncated to nothing", (file) => truncateSync(file, 0)],
  ["truncated to a third", (file) => truncateSync(file, Math.floor(statSync(file).size / 3))],
  ["overwritten", (file) => writeFileSync(file, "x".repeat(statSync(file).size))],
  ["with a truncated log", (file) => truncateSync(`${file}-wal`, 5000)],
  ["with an empty log", (file) => truncateSync(`${file}-wal`, 0)],
])("a journal that is %s while it is open keeps new alerts and readable old alerts", (_, change) => {
  const scene = opened();
  const { file, news, durable } = scene;
  for (let i = 0; i < 3; i++) durable.append(Array.from({ length: 500 }, (_, j) => entry(ALERTS + 500 * i + j)));
  scene.later();
  expect(news).toEqual([]);
  change(file);
  scene.later();
  expect(news).toMatchObject([{ kind: "replaced" }, ...(news.length > 1 ? [{}] : [])]);
  const seqs = ended(scene);
  expect(seqs.at(-1)).toBe(ALERTS + 1501);
  expect(seqs.length).toBeGreaterThan(300);
  const db = new DatabaseSync(file);
  expect(db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  db.close();
});

test("a journal from which the writer deletes alerts is not reported as truncated", () => {
  const file = newJournal();
  const news: JournalNotice[] = [];
  let clock = Date.now();
  const durable = openDurableWriter(
    { file, limits: { maxAge: 0, maxSize: 1_500_000 } },
    (one) => news.push(one),
    () => clock,
  );
  for (let i = 0; i < 12; i++) {
    durable.append(Array.from({ length: 500 }, (_, j) => entry(500 * i + j)));
    clock += 2000;
    while (durable.enforceLimits(1000));
    durable.watch();
  }
  durable.close();
  expect(news).toEqual([]);
});

test("a deleted lock file is created and locked again", () => {
  const scene = opened();
  unlinkSync(`${scene.file}.lock`);
  scene.later();
  const news: JournalNotice[] = [];
  openDurableWriter({ file: scene.file, limits }, (one) => news.push(one)).close();
  expect(news).toMatchObject([{ kind: "stopped", fault: "held" }]);
  expect(ended(scene)).toEqual(all);
});

test("a journal that was deleted while no process was writing to the file is reported", () => {
  const scene = opened();
  scene.durable.close();
  unlinkSync(scene.file);
  const news: JournalNotice[] = [];
  openDurableWriter({ file: scene.file, limits }, (one) => news.push(one)).close();
  expect(news).toMatchObject([{ kind: "replaced", reason: expect.stringContaining("was deleted while no process") }]);
});

test("a process that did not close the journal is reported with the last time when it was running", () => {
  const { file, durable } = opened();
  const killed = newJournal();
  for (const suffix of ["", "-wal"]) copyFileSync(file + suffix, killed + suffix);
  durable.close();
  const news: JournalNotice[] = [];
  const next = openDurableWriter({ file: killed, limits, instance: 2 }, (one) => news.push(one));
  next.close();
  expect(news).toEqual([{ kind: "killed", alive: expect.any(Number) }]);
  const [notice] = news;
  expect(notice?.kind === "killed" ? notice.alive : 0).toBeGreaterThan(Date.now() - 60_000);
  // This process closes the journal properly.
  openDurableWriter({ file: killed, limits, instance: 3 }, (one) => news.push(one)).close();
  expect(news).toHaveLength(1);
});

test("only the newest damaged files are kept", () => {
  const file = newJournal();
  for (let i = 0; i < 6; i++) {
    const clock = Date.now() + i * 10_000;
    const durable = openDurableWriter(
      { file, limits },
      () => {},
      () => clock,
    );
    durable.append([entry(i)]);
    durable.close();
    truncateSync(file, statSync(file).size - 100);
  }
  const copies = readdirSync(dirname(file)).filter((name) => /\.damaged-[\dT]+(-\d+)?$/.test(name));
  expect(copies).toHaveLength(3);
});

function replaceBy(file: string, create: (path: string) => void): void {
  rmSync(file);
  create(`${file}.theirs`);
  renameSync(`${file}.theirs`, file);
}

function removeAll(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) unlinkSync(file + suffix);
}

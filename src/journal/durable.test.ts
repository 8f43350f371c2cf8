import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { parseQuery } from "../query/parse.ts";
import { entry, inventory, newJournal, reading } from "./alerts.fixture.ts";
import { type JournalNotice, openDurableWriter } from "./durable-writer.ts";
import { openWriter } from "./write.ts";

const limits = { maxAge: 0, maxSize: 0 };
const module = (name: string): string => JSON.stringify(join(import.meta.dirname, name));

/** Program that writes alerts continuously and prints the IDs of the written ones. */
const WRITER = `
import { openSync, writeSync } from "node:fs";
import { openJournal } from ${module("journal.ts")};
import { entry } from ${module("alerts.fixture.ts")};
const told = openSync(process.argv[2], "a");
const journal = openJournal({ file: process.argv[3], limits: { maxAge: 0, maxSize: 0 } }, (news) => console.error(JSON.stringify(news)));
const alert = (n) => { const { names, values, hostname, output, ...rest } = entry(n); return { ...rest, parts: { names, values, hostname, output } }; };
for (let n = 0; ; n += 10) {
  journal.append(Array.from({ length: 10 }, (_, i) => alert(n + i))).then(({ ids }) => writeSync(told, ids.join("\\n") + "\\n"));
  if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}`;

/** Runs the writer for a time, then kills it. @returns the acknowledged IDs */
async function writeUntilKilled(file: string, milliseconds: number): Promise<string[]> {
  const script = `${file}.durable.mjs`;
  writeFileSync(script, WRITER);
  const log = `${file}.told`;
  const told = (): string => (existsSync(log) ? readFileSync(log, "utf8") : "");
  rmSync(log, { force: true });
  const child = spawn(process.execPath, [script, log, file], { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (bytes: Buffer) => {
    errors += bytes;
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  while (told() === "" && child.exitCode === null) await sleep(5);
  await sleep(milliseconds);
  child.kill("SIGKILL");
  await ended;
  // Each process except the first reports that the previous one was killed.
  expect(errors.split("\n").filter((line) => line !== "" && !line.includes('"kind":"killed"'))).toEqual([]);
  return told().slice(0, told().lastIndexOf("\n")).split("\n");
}

function integrity(file: string): unknown {
  const db = new DatabaseSync(file);
  try {
    return db.prepare("PRAGMA integrity_check").get()?.integrity_check;
  } finally {
    db.close();
  }
}

function keeping(file: string): { durable: ReturnType<typeof openDurableWriter>; news: JournalNotice[] } {
  const news: JournalNotice[] = [];
  return { durable: openDurableWriter({ file, limits }, (one) => news.push(one)), news };
}

describe("a journal", () => {
  test("has every acknowledged alert after SIGKILL at any time", {
    timeout: 120_000,
  }, async () => {
    const file = newJournal();
    const told: string[] = [];
    for (let round = 0; round < 6; round++) told.push(...(await writeUntilKilled(file, 40 + 70 * round)));
    const there = inventory(file);
    const ids = new Set(there.values());
    expect(told.length).toBeGreaterThan(100);
    expect(told.filter((id) => !ids.has(id))).toEqual([]);
    expect(ids.size).toBe(there.size);
    expect(integrity(file)).toBe("ok");
    expect([...there.values()]).toEqual([...ids].sort());
  });

  test("opens after a power failure that truncated its log, with all alerts before the truncation", () => {
    const file = newJournal();
    const writer = openWriter(file, limits);
    for (let i = 0; i < 100; i++) writer.append([entry(i)]);
    const torn = newJournal();
    copyFileSync(file, torn);
    copyFileSync(`${file}-wal`, `${torn}-wal`);
    writer.close();
    const whole = statSync(`${torn}-wal`).size;
    for (const cut of [whole - 1, Math.floor(whole / 2) + 777, 5000, 32, 0]) {
      const copy = newJournal();
      copyFileSync(torn, copy);
      copyFileSync(`${torn}-wal`, `${copy}-wal`);
      truncateSync(`${copy}-wal`, cut);
      const { durable, news } = keeping(copy);
      expect(durable.append([entry(1000)])).toHaveProperty("ids");
      durable.close();
      expect(news.filter(({ kind }) => kind !== "killed")).toEqual([]);
      expect(integrity(copy)).toBe("ok");
      const seqs = [...inventory(copy).keys()];
      expect(seqs).toEqual(seqs.map((_, i) => i + 1));
      if (cut === whole - 1) expect(seqs.length).toBeGreaterThan(95);
    }
  });

  test.each([
    ["no database at all", (file: string) => writeFileSync(file, "x".repeat(9000))],
    ["only half of its file left", (file: string) => truncateSync(file, Math.floor(statSync(file).size / 8192) * 4096)],
  ])("with %s is set aside and replaced by a new journal", (_, damage) => {
    const file = newJournal();
    const writer = openWriter(file, limits);
    for (let i = 0; i < 100; i++) writer.append([entry(i)]);
    writer.close();
    damage(file);
    const { durable, news } = keeping(file);
    expect(durable.append([entry(1000)])).toHaveProperty("ids");
    while (durable.watch());
    durable.close();
    expect(news).toMatchObject([{ kind: "replaced" }, { kind: "recovered" }]);
    expect(readdirSync(dirname(file)).filter((name) => name.includes(".damaged-"))).not.toEqual([]);
    expect(integrity(file)).toBe("ok");
  });

  test("with damaged pages recovers all readable alerts with their sequence numbers and IDs", () => {
    const file = newJournal();
    const writer = openWriter(file, limits);
    for (let i = 0; i < 60; i++) writer.append(Array.from({ length: 50 }, (_, j) => entry(50 * i + j)));
    writer.setPosition("http", 2990);
    writer.close();
    const before = inventory(file);
    const bytes = readFileSync(file);
    for (let page = 50; page < 54; page++) bytes.fill(0xff, page * 4096, (page + 1) * 4096);
    writeFileSync(file, bytes);
    // Simulates SIGKILL, because a journal is not checked on opening if it was closed properly.
    const db = new DatabaseSync(file);
    db.exec("UPDATE state SET value = 0 WHERE name = 'clean'");
    db.close();

    const { durable, news } = keeping(file);
    const kept = durable.append([entry(9999)]);
    while (durable.watch());
    durable.close();
    const [, damaged] = news;
    if (damaged?.kind !== "recovered") throw new Error(JSON.stringify(news));
    expect(damaged.saved).toBeGreaterThan(2800);
    expect(existsSync(damaged.aside ?? "")).toBe(true);
    const after = inventory(file);
    expect(after.size).toBe(damaged.saved + 1);
    expect(after.get(3001)).toBe("ids" in kept && kept.ids[0]);
    after.delete(3001);
    for (const [seq, id] of after) expect(before.get(seq)).toBe(id);
    reading(file, (reader) => {
      expect(reader.position("http")).toBe(2990);
      expect([...reader.find(parseQuery(["fd.name=/etc/file-2999"]), "newest")].map(({ seq }) => seq)).toEqual([3000]);
    });
    expect(integrity(file)).toBe("ok");
  });

  test("that fails during a write is replaced, and the write is repeated", () => {
    const file = newJournal();
    const { durable, news } = keeping(file);
    durable.append(Array.from({ length: 3000 }, (_, i) => entry(i)));
    durable.close();
    const bytes = readFileSync(file);
    for (let page = 8; page < bytes.length / 4096; page++) bytes.fill(0xff, page * 4096 + 8, (page + 1) * 4096 - 8);
    writeFileSync(file, bytes);
    const again = openDurableWriter({ file, limits }, (one) => news.push(one));
    const kept = Array.from({ length: 20 }, (_, i) => again.append([entry(i, { rule: `new rule ${i}` })]));
    while (again.watch());
    again.close();
    expect(kept.filter((one) => !("ids" in one))).toEqual([]);
    expect(news).toMatchObject([{ kind: "replaced" }, { kind: "recovered" }]);
    const ids = new Set(inventory(file).values());
    for (const one of kept) expect("ids" in one && ids.has(one.ids[0]!)).toBe(true);
  });

  test("of a newer version or another program is not changed", () => {
    const file = newJournal();
    openWriter(file, limits).close();
    const db = new DatabaseSync(file);
    db.exec("PRAGMA user_version = 99; UPDATE state SET value = 99 WHERE name = 'version'");
    db.close();
    const newer = keeping(file);
    expect(newer.durable.append([entry(1)])).toEqual({ fault: "foreign" });
    expect(newer.news).toMatchObject([{ fault: "foreign", reason: expect.stringContaining("newer version") }]);
    newer.durable.close();

    const other = newJournal();
    mkdirSync(dirname(other), { recursive: true });
    const foreign = new DatabaseSync(other);
    foreign.exec("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    foreign.close();
    const { durable } = keeping(other);
    expect(durable.append([entry(1)])).toEqual({ fault: "foreign" });
    durable.close();
    expect(() => reading(other, () => {})).toThrow(/another program/);
  });

  test("on a full disk reports the fault, stays intact, and continues when there is space", {
    ...needs("mount namespaces"),
    timeout: 60_000,
  }, () => {
    const script = `
import { openDurableWriter } from ${module("durable-writer.ts")};
import { entry } from ${module("alerts.fixture.ts")};
import { rmSync, writeFileSync } from "node:fs";
const folder = process.argv[1];
writeFileSync(folder + "/ballast", Buffer.alloc(6_000_000));
const news = [];
let clock = Date.now();
const durable = openDurableWriter({ file: folder + "/journal.db", limits: { maxAge: 0, maxSize: 0 } }, (one) => news.push(one), () => clock, () => clock);
let n = 0, kept = 0, full = 0;
const more = () => { clock += 1500; const answer = durable.append(Array.from({ length: 200 }, () => entry(n++))); if ("ids" in answer) { kept += 200; return true; } full++; return false; };
while (more());
for (let i = 0; i < 5; i++) more();
const before = kept;
rmSync(folder + "/ballast");
more(); more();
durable.close();
const { openReader } = await import(${module("read.ts")});
const { DatabaseSync } = await import("node:sqlite");
const there = openReader(folder + "/journal.db").read(0, 1e6).length;
const check = new DatabaseSync(folder + "/journal.db").prepare("PRAGMA integrity_check").get().integrity_check;
console.log(JSON.stringify({ before, kept, full, there, check, news }));`;
    const folder = join(dirname(newJournal()), "small");
    mkdirSync(folder);
    const inside = `mount -t tmpfs -o size=20m tmpfs "$0" && exec "$1" --input-type=module -e "$2" "$0"`;
    const { stdout, stderr } = spawnSync("unshare", ["-m", "sh", "-c", inside, folder, process.execPath, script], {
      encoding: "utf8",
    });
    rmSync(folder, { recursive: true });
    expect(stderr).toBe("");
    const { before, kept, full, there, check, news } = JSON.parse(stdout);
    expect(before).toBeGreaterThan(1000);
    expect(full).toBeGreaterThan(2);
    expect(kept).toBe(before + 400);
    expect(there).toBe(kept);
    expect(check).toBe("ok");
    expect(news).toMatchObject([
      { kind: "stopped", fault: "full" },
      { kind: "resumed", missed: full * 200, late: 0, noRoom: 0 },
    ]);
  });

  test("close to its size limit on a full disk deletes no alerts to make space, and writes waiting alerts later", {
    ...needs("mount namespaces"),
    timeout: 60_000,
  }, () => {
    const script = `
import { appendFileSync, rmSync } from "node:fs";
import { openDurableWriter } from ${module("durable-writer.ts")};
import { entry } from ${module("alerts.fixture.ts")};
import { openReader } from ${module("read.ts")};
const folder = process.argv[1];
let clock = Date.now(), n = 0;
const durable = openDurableWriter({ file: folder + "/journal.db", limits: { maxAge: 0, maxSize: 10_000_000 } }, () => {}, () => clock, () => clock);
const raise = (many) => durable.append(Array.from({ length: many }, () => entry(n++, {}, { "proc.cmdline": "x".repeat(200) + n })), true);
while (durable.counts().dropped < 500) raise(200);
const before = durable.counts();
const chunk = Buffer.alloc(4096);
try { for (;;) appendFileSync(folder + "/ballast", chunk); } catch {}
for (let i = 0; i < 50; i++) { clock += 1500; raise(20); durable.retry(); durable.enforceLimits(100); }
const full = durable.counts();
rmSync(folder + "/ballast");
clock += 1500;
durable.retry();
durable.enforceLimits(1000);
const after = durable.counts();
durable.close();
console.log(JSON.stringify({ n, before, full, after, there: openReader(folder + "/journal.db").read(0, 1e6).length }));`;
    const folder = join(dirname(newJournal()), "small");
    mkdirSync(folder);
    const inside = `mount -t tmpfs -o size=20m tmpfs "$0" && exec "$1" --input-type=module -e "$2" "$0"`;
    const { stdout, stderr } = spawnSync("unshare", ["-m", "sh", "-c", inside, folder, process.execPath, script], {
      encoding: "utf8",
    });
    rmSync(folder, { recursive: true });
    expect(stderr).toBe("");
    const { n, before, full, after, there } = JSON.parse(stdout);
    expect(full).toMatchObject({ fault: "full", dropped: before.dropped, missed: 0 });
    expect(full.waiting).toBeGreaterThan(900);
    expect(after).toMatchObject({ kept: n, waiting: 0, missed: 0 });
    expect(there).toBe(after.kept - after.dropped);
    expect(after.size).toBeLessThan(11_000_000);
  });
});

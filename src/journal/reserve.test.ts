import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import type { Entry } from "../alert/entry.ts";
import { entry, inventory, newJournal, reading } from "./alerts.fixture.ts";
import type { Counts } from "./counts.ts";
import { type JournalNotice, openDurableWriter } from "./durable-writer.ts";
import { idMaker, idText } from "./id.ts";
import { Reserve, type ReservedAlert, reservePath } from "./reserve.ts";
import { openWriter } from "./write.ts";

const nothing = { alerts: [], unreadable: 0 };

/** Size limit of the journal, and the size of the reserve that follows from it, in bytes. */
const LIMIT = 10_000_000;
const BYTES = 312_500;

function alerts(count: number, nextId = idMaker(undefined)): ReservedAlert[] {
  return Array.from({ length: count }, (_, i) => ({ entry: entry(i), id: Uint8Array.from(nextId()) }));
}

/** Opens a reserve and fills it as far as possible. @returns the added alerts */
function filled(journal: string, limit = LIMIT): { reserve: Reserve; added: ReservedAlert[] } {
  const reserve = new Reserve(journal, limit);
  reserve.open();
  reserve.prepare();
  const added = alerts(1000).filter((alert) => reserve.add(alert, false));
  return { reserve, added };
}

test("alerts in the reserve are read in order, with their IDs and all values except explanations", () => {
  const journal = newJournal();
  const reserve = new Reserve(journal, LIMIT);
  expect(reserve.open()).toEqual(nothing);
  reserve.prepare();
  const lineage = [
    { pid: 1, began: 2n ** 60n, name: "init", cmdline: "/sbin/init", exepath: "/sbin/init", account: "root" },
  ];
  const background = { lineage, explained: { plan: 7, text: undefined, marks: "1" } };
  const [plain, detailed] = alerts(2);
  if (plain === undefined || detailed === undefined) throw new Error("no alerts");
  expect(reserve.add(plain, false)).toBe(true);
  expect(reserve.add({ id: detailed.id, entry: { ...detailed.entry, background } }, false)).toBe(true);
  reserve.sync();

  const next = new Reserve(journal, LIMIT);
  expect(next.open()?.alerts).toEqual([
    plain,
    { id: detailed.id, entry: { ...detailed.entry, background: { lineage } } },
  ]);
  const [third] = alerts(1);
  if (third === undefined) throw new Error("no alert");
  expect(next.add(third, false)).toBe(true);
  expect(new Reserve(journal, LIMIT).open()?.alerts.map(({ id }) => id)).toEqual([plain.id, detailed.id, third.id]);
  next.clear();
  expect(new Reserve(journal, LIMIT).open()).toEqual(nothing);
});

test("the file is readable only by its owner, has its full size from the start, and never grows", () => {
  const journal = newJournal();
  const path = reservePath(journal);
  const { added } = filled(journal);
  const { mode, size, blocks } = statSync(path);
  expect(mode & 0o777).toBe(0o600);
  expect(size).toBe(BYTES);
  expect(blocks * 512).toBeGreaterThanOrEqual(BYTES);
  expect(added.length).toBeGreaterThan(100);
  expect(new Reserve(journal, LIMIT).open()?.alerts).toEqual(added);
});

test("alerts of frequent rules leave the last quarter to others", () => {
  const reserve = new Reserve(newJournal(), LIMIT);
  reserve.prepare();
  const frequent = alerts(1000).filter((alert) => reserve.add(alert, true)).length;
  const others = alerts(1000).filter((alert) => reserve.add(alert, false)).length;
  expect(others / (frequent + others)).toBeCloseTo(0.25, 1);
});

test("after the reserve was emptied, old alerts that follow new alerts in the file are ignored", () => {
  const journal = newJournal();
  const { reserve } = filled(journal);
  reserve.clear();
  const [one] = alerts(1);
  if (one === undefined) throw new Error("no alert");
  reserve.add(one, false);
  expect(new Reserve(journal, LIMIT).open()?.alerts).toEqual([one]);
});

test.each([
  ["empty", Buffer.alloc(0)],
  ["zeros", Buffer.alloc(BYTES)],
  ["of another program", Buffer.from("hello".repeat(1000))],
])("a file with unknown content (%s) is replaced", (_, content) => {
  const journal = newJournal();
  const path = reservePath(journal);
  writeFileSync(path, content);
  const reserve = new Reserve(journal, LIMIT);
  expect(reserve.open()).toEqual(nothing);
  reserve.prepare();
  const [one] = alerts(1);
  expect(one && reserve.add(one, false)).toBe(true);
  expect(new Reserve(journal, LIMIT).open()?.alerts).toEqual([one]);
});

test("every alert before a damaged byte is read", () => {
  const journal = newJournal();
  const path = reservePath(journal);
  const { added } = filled(journal);
  const whole = readFileSync(path);
  const readAgain = (bytes: Buffer): readonly ReservedAlert[] => {
    writeFileSync(path, bytes);
    const reserve = new Reserve(journal, LIMIT);
    const { alerts = [] } = reserve.open() ?? {};
    reserve.close();
    return alerts;
  };
  for (let at = 0; at < whole.length; at += 2003) {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
    const read = readAgain(bytes);
    expect(read).toEqual(added.slice(0, read.length));
    expect(read.length).toBeGreaterThanOrEqual(Math.floor((at / whole.length) * added.length) - 2);
  }
  for (let size = 0; size < whole.length; size += 20_011) {
    const read = readAgain(whole.subarray(0, size));
    expect(read).toEqual(added.slice(0, read.length));
    expect(read.length).toBeGreaterThanOrEqual(Math.floor((size / whole.length) * added.length) - 2);
  }
});

test.each([
  ["a symbolic link", (path: string, other: string) => symlinkSync(other, path)],
  ["a hard link", (path: string, other: string) => linkSync(other, path)],
])("%s is replaced, and its target is not changed", (_, make) => {
  const journal = newJournal();
  const target = `${journal}.target`;
  const { added } = filled(target);
  const content = readFileSync(reservePath(target));
  make(reservePath(journal), reservePath(target));
  const reserve = new Reserve(journal, LIMIT);
  expect(reserve.open()).toEqual(nothing);
  reserve.prepare();
  expect(alerts(1).every((alert) => reserve.add(alert, false))).toBe(true);
  expect(readFileSync(reservePath(target))).toEqual(content);
  expect(added.length).toBeGreaterThan(0);
});

test("if a directory or a pipe exists at its path, there is no reserve and no file remains open", () => {
  for (const make of [
    (path: string) => mkdirSync(join(path, "folder"), { recursive: true }),
    (path: string) => execFileSync("mkfifo", [path]),
  ]) {
    const journal = newJournal();
    make(reservePath(journal));
    const reserve = new Reserve(journal, LIMIT);
    const before = readdirSync("/proc/self/fd").length;
    for (let i = 0; i < 20; i++) {
      reserve.open();
      reserve.prepare();
    }
    reserve.close();
    expect(readdirSync("/proc/self/fd").length).toBe(before);
  }
});

test("read permission of other users is removed from the file", () => {
  const journal = newJournal();
  filled(journal).reserve.close();
  chmodSync(reservePath(journal), 0o644);
  new Reserve(journal, LIMIT).open();
  expect(statSync(reservePath(journal)).mode & 0o777).toBe(0o600);
});

test("a removed file is created again, and another size takes effect while the reserve is empty", () => {
  const journal = newJournal();
  const path = reservePath(journal);
  const { reserve } = filled(journal);
  reserve.resize(2 * LIMIT);
  reserve.prepare();
  expect(statSync(path).size).toBe(BYTES);
  reserve.clear();
  reserve.prepare();
  expect(statSync(path).size).toBe(2 * BYTES);
  renameSync(path, `${path}.old`);
  reserve.prepare();
  expect(statSync(path).size).toBe(2 * BYTES);
  expect(alerts(1).every((alert) => reserve.add(alert, false))).toBe(true);
});

/** Writes alerts to the reserve of a journal, like a process that is killed afterwards. */
function leave(file: string, left: readonly ReservedAlert[]): void {
  const reserve = new Reserve(file, 0);
  reserve.open();
  reserve.prepare();
  for (const alert of left) expect(reserve.add(alert, false)).toBe(true);
  reserve.close();
}

const limits = { maxAge: 0, maxSize: 0 };

/** Opens and closes a journal. @returns its notices and the messages and IDs of its alerts */
function opened(file: string): { news: unknown[]; counts: Counts; messages: string[]; ids: string[] } {
  const news: unknown[] = [];
  const durable = openDurableWriter({ file, limits }, (one) => news.push(one));
  const counts = durable.counts();
  durable.close();
  const stored = reading(file, (reader) => reader.read(0, 10_000));
  return { news, counts, messages: stored.map(({ message }) => message), ids: stored.map(({ id }) => id) };
}

test("alerts that the previous process wrote to both the reserve and the journal are not written again", () => {
  const file = newJournal();
  const left = alerts(10);
  const first = left.slice(0, 4);
  const writer = openWriter(file, limits);
  const append = (some: readonly ReservedAlert[]): void =>
    void writer.append(
      some.map((alert) => alert.entry),
      [],
      some.map(({ id }) => id),
    );
  append(first.slice(1)); // the first one was rejected, or another alert has its identity
  writer.close();
  leave(file, left); // killed before the reserve was emptied

  for (const alertsLeft of [6, 0]) {
    const { news, counts, ids } = opened(file);
    expect(counts).toMatchObject({ kept: alertsLeft, waiting: 0, reserved: 0, missed: 0 });
    expect(news).toEqual(alertsLeft > 0 ? [{ kind: "restored", alerts: 6, unreadable: 0 }] : []);
    expect(ids).toEqual(left.slice(1).map(({ id }) => idText(id)));
  }
});

test("alerts are written even if the journal contains larger IDs because the clock went back", () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  writer.append([entry(0)], [], [idMaker(undefined, () => Date.now() + 3_600_000)()]);
  writer.close();
  const left = alerts(10);
  leave(file, left);
  expect(opened(file).ids.slice(1)).toEqual(left.map(({ id }) => idText(id)));
});

test("an alert in an unknown form is counted, and the others are written", () => {
  const file = newJournal();
  const left = alerts(3);
  const unknown = { ...left[1]?.entry, values: undefined } as unknown as Entry;
  leave(
    file,
    left.map((alert, i) => (i === 1 ? { ...alert, entry: unknown } : alert)),
  );
  const { news, counts, ids } = opened(file);
  expect(news).toEqual([{ kind: "restored", alerts: 2, unreadable: 1 }]);
  expect(counts).toMatchObject({ kept: 2, missed: 1 });
  expect(ids).toEqual([left[0], left[2]].map((alert) => idText(alert?.id ?? new Uint8Array())));
});

test("restored alerts are not counted as late after a subsequent fault", () => {
  const file = newJournal();
  leave(file, alerts(10));
  const news: JournalNotice[] = [];
  let clock = Date.now();
  const durable = openDurableWriter(
    { file, limits },
    (one) => news.push(one),
    () => clock,
    () => clock,
  );
  expect(durable.counts()).toMatchObject({ kept: 10, waiting: 0 });
  durable.append([entry(0, { time: 2n ** 100n })]); // fails
  clock += 2000;
  durable.append([entry(1)]);
  durable.close();
  expect(news.filter(({ kind }) => kind === "resumed")).toMatchObject([{ late: 0, missed: 1 }]);
});

test("a second agent with the same journal does not touch the reserve of the first", () => {
  const file = newJournal();
  const first = openDurableWriter({ file, limits }, () => {});
  const left = alerts(3);
  leave(file, left);
  let clock = Date.now();
  const second = openDurableWriter(
    { file, limits },
    () => {},
    () => clock,
    () => clock,
  );
  expect(second.append([entry(1)], true)).toHaveProperty("fault");
  expect(new Reserve(file, 0).open()?.alerts).toEqual(left);
  first.close();
  clock += 5000;
  expect(second.append([entry(9)], true)).toHaveProperty("ids"); // owns the journal now: the reserve comes first
  second.close();
  expect([...inventory(file).values()].slice(0, 3)).toEqual(left.map(({ id }) => idText(id)));
  expect(inventory(file).size).toBe(4);
});

test("the reserve is not allocated if the free space is less than twice its size, and a smaller one is kept", {
  ...needs("mount namespaces"),
}, () => {
  const script = `
import { appendFileSync, statSync } from "node:fs";
import { Reserve } from ${JSON.stringify(join(import.meta.dirname, "reserve.ts"))};
import { entry } from ${JSON.stringify(join(import.meta.dirname, "alerts.fixture.ts"))};
const file = process.argv[1] + "/journal.db";
const size = () => statSync(file + ".reserve", { throwIfNoEntry: false })?.size;
const large = new Reserve(file, 0);
large.open();
large.prepare();
const none = size() ?? "none";
const small = new Reserve(file, 10_000_000);
small.prepare();
small.resize(0);
small.prepare();
try { for (;;) appendFileSync(process.argv[1] + "/ballast", Buffer.alloc(4096)); } catch {}
const added = small.add({ entry: entry(1), id: new Uint8Array(16) }, false);
console.log(JSON.stringify([none, size(), added, new Reserve(file, 0).open().alerts.length]));`;
  const folder = join(newJournal(), "..");
  const inside = `mount -t tmpfs -o size=6m tmpfs "$0" && exec "$1" --input-type=module -e "$2" "$0"`;
  const { stdout } = spawnSync("unshare", ["-m", "sh", "-c", inside, folder, process.execPath, script], {
    encoding: "utf8",
  });
  expect(JSON.parse(stdout)).toEqual(["none", 312_500, true, 1]);
});

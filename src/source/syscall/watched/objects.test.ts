import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { resolveWatched, type WatchRequest } from "./objects.ts";
import { inodeHash, nameHash, watchedLayout } from "./table.ts";

const root = mkdtempSync(join(tmpdir(), "eyas-watched-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const nothing: WatchRequest = { paths: [], directories: [], prefixes: [], names: [], directoryNames: [], every: false };
const watch = (request: Partial<WatchRequest>) => resolveWatched({ ...nothing, ...request }, root);

function file(path: string): string {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), "");
  return path;
}

const inodeOf = (path: string) => statSync(join(root, path), { bigint: true }).ino;

/** Returns the paths by inode number, as the probe finds them. */
function objects(bytes: Uint8Array): Map<bigint, string> {
  const view = new DataView(bytes.buffer);
  const found = new Map<bigint, string>();
  for (let at: number = watchedLayout.objects; at < watchedLayout.texts; at += 16) {
    if (view.getBigUint64(at, true) === 0n) continue;
    const text = watchedLayout.texts + view.getUint16(at + 14, true);
    found.set(
      view.getBigUint64(at, true),
      Buffer.from(bytes.subarray(text, bytes.indexOf(0, text))).toString("latin1"),
    );
  }
  return found;
}

function hasBit(bytes: Uint8Array, hash: number): boolean {
  return (new DataView(bytes.buffer).getUint8(watchedLayout.bits + (hash >> 3)) & (1 << (hash & 7))) !== 0;
}

test("a watched file is stored with bits for its name and its inode, and with its path", () => {
  file("/etc/shadow");
  const { bytes } = watch({ paths: ["/etc/shadow"] });
  expect(hasBit(bytes, nameHash("shadow"))).toBe(true);
  expect(hasBit(bytes, inodeHash(inodeOf("/etc/shadow")))).toBe(true);
  expect(objects(bytes).get(inodeOf("/etc/shadow"))).toBe("/etc/shadow");
});

test("the directory of a watched file provides paths, but opening other files in the directory is not reported", () => {
  file("/etc/gshadow");
  const { bytes, parents } = watch({ paths: ["/etc/gshadow"] });
  expect(objects(bytes).get(inodeOf("/etc"))).toBe("/etc");
  expect(hasBit(bytes, inodeHash(inodeOf("/etc")))).toBe(false);
  expect(parents).toEqual([join(root, "etc")]);
});

test("a file that does not exist is watched by its name", () => {
  const { bytes } = watch({ paths: ["/etc/ld.so.preload"] });
  expect(hasBit(bytes, nameHash("ld.so.preload"))).toBe(true);
});

test("a replaced file is another object", () => {
  file("/etc/sudoers");
  file("/etc/sudoers.new");
  const before = inodeOf("/etc/sudoers");
  renameSync(join(root, "/etc/sudoers.new"), join(root, "/etc/sudoers"));
  const found = objects(watch({ paths: ["/etc/sudoers"] }).bytes);
  expect(found.has(before)).toBe(false);
  expect(found.get(inodeOf("/etc/sudoers"))).toBe("/etc/sudoers");
});

test("a prefix watches the directories below it, and files and directories whose name begins with it", () => {
  file("/etc/cron.d/a");
  file("/etc/cron.daily/b");
  file("/etc/crontab");
  file("/var/spool/cron/crontabs/root");
  const found = objects(watch({ prefixes: ["/etc/cron", "/var/spool/cron/"] }).bytes);
  expect([...found.values()].sort()).toEqual([
    "/etc",
    "/etc/cron.d",
    "/etc/cron.daily",
    "/etc/crontab",
    "/var/spool/cron",
    "/var/spool/cron/crontabs",
  ]);
});

test("a link among the watched paths represents its target", () => {
  file("/srv/keys");
  symlinkSync("../srv/keys", join(root, "etc/keys"));
  expect(objects(watch({ paths: ["/etc/keys"] }).bytes).get(inodeOf("/srv/keys"))).toBe("/etc/keys");
});

test("an empty request does not change the sensor", () => {
  expect(new DataView(watch({}).bytes.buffer).getUint32(watchedLayout.watching, true)).toBe(0);
});

test("objects beyond the size of the tables are counted", () => {
  for (let i = 0; i < 600; i++) file(`/srv/many/${i}`);
  const paths = Array.from({ length: 600 }, (_, i) => `/srv/many/${i}`);
  const { bytes, left } = watch({ paths });
  expect(left + objects(bytes).size).toBe(601);
  expect(left).toBeGreaterThan(0);
  expect(hasBit(bytes, nameHash("599"))).toBe(true);
});

test("directories below prefixes beyond the limit are counted, and recognized by name", () => {
  for (let i = 0; i < 250; i++) mkdirSync(join(root, `/srv/tree/directory-${i}/below`), { recursive: true });
  const { bytes, left } = watch({ prefixes: ["/srv/tree/"] });
  // Each searched directory is followed by the one below it, and /srv/tree is the first.
  expect(objects(bytes).size + left).toBe(200 + 1 + 150);
  for (let i = 0; i < 250; i++) expect(hasBit(bytes, nameHash(`directory-${i}`))).toBe(true);
});

test("only the names of the first 1000 of these directories are watched", () => {
  for (let i = 0; i < 1500; i++) mkdirSync(join(root, `/srv/wide/directory-${i}`), { recursive: true });
  const { bytes, left } = watch({ prefixes: ["/srv/wide/"] });
  expect(objects(bytes).size + left).toBe(1501);
  let named = 0;
  for (let i = 0; i < 1500; i++) if (hasBit(bytes, nameHash(`directory-${i}`))) named++;
  expect(named).toBeGreaterThan(1190);
  expect(named).toBeLessThan(1300);
});

test("directories that do not exist do not count towards the limit", () => {
  file("/srv/last/a");
  const prefixes = [...Array.from({ length: 300 }, (_, i) => `/srv/missing-${i}/`), "/srv/last/"];
  const { bytes, left } = watch({ prefixes });
  expect([[...objects(bytes).values()], left]).toEqual([["/srv/last"], 0]);
});

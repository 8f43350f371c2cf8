import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { closeDescriptor } from "../syscall/libc.ts";
import { Fan, type FanEvent, type Fanotify, handleOf, openFanotify, readEvents } from "./fanotify.ts";
import type { RemovalRoot } from "./removal-roots.ts";
import { RemovalTree } from "./removal-tree.ts";
import { Removals } from "./removals.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "eyas-removals-unit-")));
const [logs, away] = [join(folder, "log"), join(folder, "away")];

describe("removals", needs("root"), () => {
  let fanotify: Fanotify;
  const buffer = new Uint8Array(1 << 20);
  beforeAll(() => {
    const opened = openFanotify();
    if (typeof opened === "number") throw new Error(`fanotify_init: ${opened}`);
    fanotify = opened;
  });
  afterAll(() => {
    closeDescriptor(fanotify.fd);
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    for (const each of [logs, away]) {
      rmSync(each, { recursive: true, force: true });
      mkdirSync(each);
    }
    drop();
  });

  /** Reads events and discards them. */
  function drop(): number {
    let count = 0;
    for (let events = readEvents(fanotify, buffer); events !== undefined; events = readEvents(fanotify, buffer))
      count += events.length;
    return count;
  }

  interface Opened {
    readonly removals: Removals;
    /** Processes the queued events at the given time, and returns the removals so far. */
    take(now: number): readonly string[];
  }

  function open(root: Partial<RemovalRoot> = {}, processOf = (tid: number) => tid): Opened {
    const tree = new RemovalTree(fanotify, [{ path: logs, depth: 64, names: undefined, ...root }], {
      maxDirectories: 100,
      isExcluded: (path) => path.endsWith("/excluded"),
    });
    const isCovered = (path: string) => path.endsWith("/covered");
    const removals = new Removals({ tree, quiet: 1000, isOrdered: true, actorOf: () => 7, processOf, isCovered });
    removals.scan("start", 0);
    const text = ({ path, kind, other, files }: ReturnType<Removals["complete"]>[number]) =>
      [path.slice(folder.length), kind, other?.slice(folder.length), files > 1 ? files : undefined]
        .filter((each) => each !== undefined)
        .join(" ");
    return {
      removals,
      take(now) {
        for (let events = readEvents(fanotify, buffer); events !== undefined; events = readEvents(fanotify, buffer))
          for (const event of events) removals.take(event, now);
        return removals.complete(Number.POSITIVE_INFINITY).map(text);
      },
    };
  }

  const write = (...names: readonly string[]) => {
    for (const name of names) writeFileSync(join(logs, name), "x");
  };

  test("a deletion, a move and a replacement are one removal each; a write has no event", () => {
    write("a", "b", "c", "d", "e", "covered", "excluded");
    const { take } = open();
    for (let i = 0; i < 100; i++) appendFileSync(join(logs, "e"), "x");
    expect(drop()).toBe(0);
    for (const name of ["a", "covered", "excluded"]) rmSync(join(logs, name));
    renameSync(join(logs, "b"), join(away, "b"));
    renameSync(join(logs, "c"), join(logs, "c.1"));
    writeFileSync(join(away, "d"), "");
    renameSync(join(away, "d"), join(logs, "d"));
    expect(take(100_000)).toEqual(["/log/a deleted", "/log/b moved", "/log/c moved /log/c.1", "/log/d replaced"]);
  });

  test("removals are reported although the clock is set back", () => {
    write("a", "b");
    const { removals, take } = open();
    const read = (now: number) => {
      for (const event of readEvents(fanotify, buffer) ?? []) removals.take(event, now);
    };
    rmSync(join(logs, "a"));
    write("new");
    read(900_000);
    expect(removals.complete(900_500)).toEqual([]); // the process is not known yet
    rmSync(join(logs, "b"));
    renameSync(join(logs, "new"), join(away, "new")); // the file appeared later than `now`
    read(100_000);
    expect(removals.complete(101_000).map(({ path }) => path.slice(logs.length))).toEqual(["/a", "/b", "/new"]);
    expect(take(100_000)).toEqual([]);
  });

  test("a removal is reported after a delay, and repeated removals are one removal", () => {
    write("a");
    const { removals, take } = open();
    rmSync(join(logs, "a"));
    write("a");
    for (const event of readEvents(fanotify, buffer) ?? []) removals.take(event, 100_000);
    expect(removals.complete(100_999)).toEqual([]);
    expect(removals.wait(100_400)).toBe(600);
    expect(take(100_500)).toEqual(["/log/a deleted"]);
    expect(removals.wait(200_000)).toBeUndefined();
  });

  test("the deletion of a new file by its creator is not reported, but the deletion by another process is", () => {
    let process = 1;
    const { take } = open({}, () => process);
    write("temporary", "tmp", "other");
    take(1000);
    rmSync(join(logs, "temporary"));
    expect(take(2000)).toEqual([]);
    process = 2;
    renameSync(join(logs, "tmp"), join(logs, "new"));
    rmSync(join(logs, "other"));
    expect(take(2000)).toEqual(["/log/other deleted"]);
    process = 1;
    rmSync(join(logs, "new"));
    expect(take(100_000)).toEqual(["/log/new deleted"]);
  });

  test("a rename of a temporary file over a log is a replacement", () => {
    write("auth.log");
    const { take } = open();
    write("sedXXXX");
    renameSync(join(logs, "sedXXXX"), join(logs, "auth.log"));
    expect(take(100_000)).toEqual(["/log/auth.log replaced /log/sedXXXX"]);
  });

  test("a rename of a log over another log is a removal of both", () => {
    write("auth.log", "x.lock");
    const { take } = open();
    renameSync(join(logs, "auth.log"), join(logs, "x.lock"));
    expect(take(100_000)).toEqual(["/log/x.lock replaced /log/auth.log", "/log/auth.log moved /log/x.lock"]);
  });

  test("a file that is renamed several times and then deleted is one removal", () => {
    write("auth.log", "b.log");
    const { take } = open();
    for (const [from, to] of [
      ["auth.log", "0000"],
      ["0000", "000"],
      ["b.log", "00"],
    ] as const)
      renameSync(join(logs, from), join(logs, to));
    rmSync(join(logs, "000"));
    renameSync(join(logs, "00"), join(logs, "0"));
    expect(take(100_000)).toEqual(["/log/auth.log deleted", "/log/b.log moved /log/0"]);
    rmSync(join(logs, "0"));
    expect(take(200_000)).toEqual(["/log/0 deleted"]);
  });

  test("before Linux 5.17, moving a new file is not a removal, but moving an older file is", () => {
    write("old");
    const { removals } = open();
    const directory = handleOf(Buffer.from(`${logs}\0`)) ?? "";
    const event = (mask: number, name: string): FanEvent => ({
      ...{ mask, tid: 1, object: undefined, place: { directory, name }, to: undefined },
    });
    removals.take(event(Fan.CREATE, "tmp"), 100_000);
    for (const name of ["old", "tmp"]) removals.take(event(Fan.MOVED_FROM, name), 100_001);
    removals.take(event(Fan.MOVED_TO, "new"), 100_002);
    removals.take(event(Fan.CREATE, "log"), 200_000);
    removals.take({ ...event(Fan.MOVED_TO, "log"), tid: 2 }, 200_001);
    expect(removals.complete(Number.POSITIVE_INFINITY)).toMatchObject([
      { path: join(logs, "old"), kind: "moved" },
      { path: join(logs, "log"), kind: "replaced" },
    ]);
  });

  test("subdirectories are tracked when they are created, renamed, moved in, or moved away", () => {
    mkdirSync(join(logs, "a"));
    write("a/x");
    const { take } = open();
    renameSync(join(logs, "a"), join(logs, "b"));
    mkdirSync(join(away, "in"));
    writeFileSync(join(away, "in/y"), "");
    renameSync(join(away, "in"), join(logs, "in"));
    expect(take(100_000)).toEqual(["/log/a moved /log/b"]);
    rmSync(join(logs, "b/x"));
    rmSync(join(logs, "in/y"));
    renameSync(join(logs, "in"), join(away, "in"));
    rmSync(join(away, "in"), { recursive: true });
    rmSync(join(logs, "b"), { recursive: true });
    expect(take(300_000)).toEqual(["/log/b/x deleted", "/log/in/y deleted", "/log/in moved"]);
  });

  test("a root can limit the reported names, even in directories that are created later", () => {
    mkdirSync(join(logs, "alice"));
    write("alice/.bash_history", "alice/notes");
    const { take } = open({ depth: 1, names: new Set([".bash_history"]) });
    mkdirSync(join(logs, "bob"));
    mkdirSync(join(logs, "alice/below"));
    take(0);
    write("bob/.bash_history", "alice/below/.bash_history");
    take(0);
    for (const each of ["alice/.bash_history", "alice/notes", "bob/.bash_history", "alice/below/.bash_history"])
      rmSync(join(logs, each));
    expect(take(100_000)).toEqual(["/log/alice/.bash_history deleted", "/log/bob/.bash_history deleted"]);
  });

  test("of many removals in a directory, 100 are reported individually, and the others together", () => {
    mkdirSync(join(logs, "many"));
    const names = Array.from({ length: 1000 }, (_, i) => `many/${i}`);
    write("last", ...names);
    const { take } = open();
    for (const name of ["last", ...names]) rmSync(join(logs, name));
    const found = take(100_000);
    expect(found).toHaveLength(102);
    expect([found[0], found.at(-1)]).toEqual(["/log/last deleted", "/log/many deleted 900"]);
  });

  test("a scan finds removals without events, and a subsequent event is the same removal", () => {
    write("a", "b");
    const { removals, take } = open();
    rmSync(join(logs, "a"));
    drop();
    rmSync(join(logs, "b"));
    write("c");
    removals.scan("scan", 100_000);
    for (const event of readEvents(fanotify, buffer) ?? []) removals.take(event, 100_000);
    expect(removals.complete(101_000)).toMatchObject([
      { path: join(logs, "a"), foundBy: "scan", actors: [] },
      { path: join(logs, "b"), foundBy: "event", actors: [7] },
    ]);
    rmSync(join(logs, "c"));
    expect(take(200_000)).toEqual(["/log/c deleted"]);
  });

  test("a directory that replaces a watched directory is watched", () => {
    const { take, removals } = open();
    renameSync(logs, join(away, "log"));
    mkdirSync(logs);
    write("x");
    removals.scan("scan", 0);
    rmSync(join(logs, "x"));
    expect(take(100_000)).toEqual(["/log/x deleted"]);
  });
});

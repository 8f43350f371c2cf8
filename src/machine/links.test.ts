import { describe, expect, test } from "vitest";
import { process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { AT_FDCWD } from "../event/constants.ts";
import { syscallId } from "../event/syscalls.ts";
import { RecentLinks } from "./links.ts";

const TRUNCATE = syscallId.get("truncate") ?? 0;
const CONTAINER = { cgroups: `cpuset=/docker/${"ab".repeat(32)}\0` };
const THREADS = [process(1, 0), process(100, 1), process(200, 1, CONTAINER)];
const LOG = "/var/log/auth.log";

/** A machine that can resolve every path if `kept` is true, and none otherwise. */
function open(kept = false): Stage {
  return new Stage(kept ? { isAlive: () => true, resolve: (_pid, path) => path } : {}, THREADS);
}

function cut(stage: Stage, path: string, tid = 100): string | undefined {
  const { fd } = stage.happen(EventCode.GENERIC_X, tid, [TRUNCATE, 76, 0n, null, path, null, 0n, null]);
  return fd?.real?.text ?? fd?.path.text;
}

describe("a truncate through a link that was removed", () => {
  test.each([
    ["symlink", EventCode.SYMLINK_X, [0, LOG, "/tmp/a"]],
    ["symlinkat", EventCode.SYMLINKAT_X, [0, LOG, AT_FDCWD, "/tmp/a"]],
    ["symlink, relative", EventCode.SYMLINK_X, [0, "../var/log/auth.log", "/tmp/a"]],
    ["link", EventCode.LINK_2_X, [0, LOG, "/tmp/a"]],
    ["linkat", EventCode.LINKAT_2_X, [0, AT_FDCWD, LOG, AT_FDCWD, "/tmp/a", 0]],
  ] as const)("has the file to which the link led: %s", (_call, code, parameters) => {
    const stage = open();
    stage.happen(code, 100, [...parameters]);
    expect(cut(stage, "/tmp/a")).toBe(LOG);
    expect(cut(stage, "/tmp/b")).toBe("/tmp/b");
  });

  test("follows links to directories, links to links, and their renames", () => {
    const stage = open();
    stage.happen(EventCode.SYMLINK_X, 100, [0, "/var/log", "/tmp/d"]);
    stage.happen(EventCode.SYMLINK_X, 100, [0, "d/auth.log", "/tmp/l"]);
    stage.happen(EventCode.RENAME_X, 100, [0, "/tmp/l", "/tmp/m"]);
    stage.happen(EventCode.RENAMEAT2_X, 100, [0, AT_FDCWD, "/tmp/m", AT_FDCWD, "/tmp/n", 0]);
    expect([cut(stage, "/tmp/n"), cut(stage, "/tmp/m"), cut(stage, "/tmp/d/x/y")]).toEqual([
      LOG,
      "/tmp/m",
      "/var/log/x/y",
    ]);
    stage.happen(EventCode.RENAME_X, 100, [0, "/tmp/file", "/tmp/n"]);
    expect(cut(stage, "/tmp/n")).toBe("/tmp/n");
  });

  test.each([
    ["/tmp/l", "/tmp/file"],
    ["/tmp/file", "/tmp/l"],
  ])("follows the exchange of %s and %s", (one, other) => {
    const stage = open();
    stage.happen(EventCode.SYMLINK_X, 100, [0, LOG, "/tmp/l"]);
    stage.happen(EventCode.RENAMEAT2_X, 100, [0, AT_FDCWD, one, AT_FDCWD, other, 2]);
    expect([cut(stage, "/tmp/file"), cut(stage, "/tmp/l")]).toEqual([LOG, "/tmp/l"]);
  });

  test("follows the exchange of two links, and of a directory with links", () => {
    const stage = open();
    stage.happen(EventCode.SYMLINK_X, 100, [0, LOG, "/tmp/a"]);
    stage.happen(EventCode.SYMLINK_X, 100, [0, "/srv/file", "/tmp/b"]);
    stage.happen(EventCode.SYMLINK_X, 100, [0, LOG, "/tmp/d/a"]);
    stage.happen(EventCode.RENAMEAT2_X, 100, [0, AT_FDCWD, "/tmp/a", AT_FDCWD, "/tmp/b", 2]);
    stage.happen(EventCode.RENAMEAT2_X, 100, [0, AT_FDCWD, "/tmp/e", AT_FDCWD, "/tmp/d", 2]);
    expect([cut(stage, "/tmp/a"), cut(stage, "/tmp/b"), cut(stage, "/tmp/e/a")]).toEqual(["/srv/file", LOG, LOG]);
  });

  test("follows the rename of a directory with links", () => {
    const stage = open();
    stage.happen(EventCode.SYMLINK_X, 100, [0, LOG, "/tmp/d/e/a"]);
    stage.happen(EventCode.RENAME_X, 100, [0, "/tmp/d", "/tmp/f"]);
    stage.happen(EventCode.RENAME_X, 100, [0, "/tmp/f/e", "/tmp/g"]);
    expect([cut(stage, "/tmp/g/a"), cut(stage, "/tmp/g/file")]).toEqual([LOG, "/tmp/g/file"]);
  });

  test("does not end in a loop, and ignores links that were not created", () => {
    const stage = open();
    stage.happen(EventCode.SYMLINK_X, 100, [0, "/tmp/b", "/tmp/a"]);
    stage.happen(EventCode.SYMLINK_X, 100, [0, "/tmp/a", "/tmp/b"]);
    stage.happen(EventCode.SYMLINK_X, 100, [-17, LOG, "/tmp/c"]);
    expect(["/tmp/a", "/tmp/b"]).toContain(cut(stage, "/tmp/a"));
    expect(cut(stage, "/tmp/c")).toBe("/tmp/c");
  });

  test("uses only links in its own container", () => {
    const stage = open();
    stage.happen(EventCode.SYMLINK_X, 200, [0, LOG, "/tmp/a"]);
    expect([cut(stage, "/tmp/a"), cut(stage, "/tmp/a", 200)]).toEqual(["/tmp/a", LOG]);
  });
});

test("a hard link in a directory that was renamed leads to its file", () => {
  const stage = open(true);
  stage.happen(EventCode.LINK_2_X, 100, [0, LOG, "/tmp/d/a"]);
  stage.happen(EventCode.RENAME_X, 100, [0, "/tmp/d", "/tmp/f"]);
  expect([cut(stage, "/tmp/f/a"), cut(stage, "/tmp/f/file")]).toEqual([LOG, "/tmp/f/file"]);
});

test("a path that exists is followed only through hard links, since its symbolic links are already resolved", () => {
  const stage = open(true);
  stage.happen(EventCode.SYMLINK_X, 100, [0, LOG, "/tmp/a"]);
  stage.happen(EventCode.LINK_2_X, 100, [0, LOG, "/tmp/b"]);
  expect([cut(stage, "/tmp/a"), cut(stage, "/tmp/b")]).toEqual(["/tmp/a", LOG]);
});

test("the oldest links are dropped", () => {
  const links = new RecentLinks();
  for (let i = 0; i < 5000; i++) links.add("", `/tmp/${i}`, { target: LOG, kind: "symbolic" });
  expect(links.size).toBe(1024);
  expect([links.follow("", "/tmp/4999", false), links.follow("", "/tmp/1", false)]).toEqual([LOG, "/tmp/1"]);
  for (let i = 0; i < 20_000; i++) links.add("", `/tmp/${i}/${i}/a`, { target: LOG, kind: "symbolic" });
  links.rename("", "/tmp/19999", "/tmp/moved");
  for (let i = 0; i < 2000; i++) {
    links.rename("", "/tmp/moved", "/tmp/again");
    links.rename("", "/tmp/again", "/tmp/moved");
  }
  expect([links.size, links.follow("", "/tmp/moved/19999/a", false)]).toEqual([1024, LOG]);
  links.rename("", "/tmp/moved", "/tmp/19999");
  expect([links.size, links.follow("", "/tmp/19999/19999/a", false)]).toEqual([1023, LOG]);
});

test("links of one capture do not apply to the next one", () => {
  const stage = open();
  stage.happen(EventCode.SYMLINK_X, 100, [0, LOG, "/tmp/a"]);
  stage.machine.restart();
  expect([stage.machine.links.size, stage.machine.links.follow("", "/tmp/a", false)]).toEqual([0, "/tmp/a"]);
});

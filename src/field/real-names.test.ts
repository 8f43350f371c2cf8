import { describe, expect, test } from "vitest";
import { process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { realNameFields } from "./real-names.ts";

const AT_FDCWD = -100;

/** Process 100 runs in /home/alice, and its descriptor 7 is /etc. */
function open(): Stage {
  const stage = new Stage({}, [process(1, 0, {}), process(100, 1, { cwd: "/home/alice" })]);
  stage.happen(EventCode.OPENAT_2_X, 100, [7, AT_FDCWD, "/etc", 0x200000, 0, 0, 0]);
  return stage;
}

/** The values of fs.real.created, fs.real.removed and fs.real.target for a call. */
function names(code: number, values: readonly (number | string)[], stage = open()): unknown[] {
  const event = stage.happen(code, 100, values);
  return realNameFields.map((field) => field.bind(undefined)(event));
}

/** The value of fs.real.target for a symbolic link /home/alice/x. */
const symlinkTarget = (target: string, stage = open()) => names(EventCode.SYMLINK_X, [0, target, "x"], stage)[2];
/** The value of fs.real.created for a file that is moved to a path. */
const movedTo = (path: string, stage: Stage) => names(EventCode.RENAME_X, [0, "/tmp/f", path], stage)[0];

test("names are made absolute with the working directory or the descriptor of the call", () => {
  expect(names(EventCode.RENAMEAT_X, [0, AT_FDCWD, "a", 7, "cron.d/b"])).toEqual([
    "/etc/cron.d/b",
    "/home/alice/a",
    undefined,
  ]);
  expect(names(EventCode.RENAME_X, [0, "a", "../b"])).toEqual(["/home/b", "/home/alice/a", undefined]);
  expect(names(EventCode.LINKAT_2_X, [0, AT_FDCWD, "a", 7, "b", 0])).toEqual(["/etc/b", undefined, "/home/alice/a"]);
  expect(names(EventCode.LINKAT_2_X, [0, 7, "", AT_FDCWD, "b", 0x1000])).toEqual(["/home/alice/b", undefined, "/etc"]);
  expect(names(EventCode.LINK_2_X, [0, "../a", "b"])).toEqual(["/home/alice/b", undefined, "/home/a"]);
  expect(names(EventCode.SYMLINKAT_X, [0, "/x", 7, "b"])).toEqual(["/etc/b", undefined, "/x"]);
  expect(names(EventCode.SYMLINKAT_X, [0, "x", 7, "a/b"])).toEqual(["/etc/a/b", undefined, "/etc/a/x"]);
  expect(names(EventCode.UNLINKAT_2_X, [0, 7, "b", 0])).toEqual([undefined, "/etc/b", undefined]);
  expect(names(EventCode.UNLINK_2_X, [0, "b"])).toEqual([undefined, "/home/alice/b", undefined]);
});

test.each([
  ["/proc/self/root/etc/b", "/etc/b"],
  ["/proc/100/task/100/root/etc/b", "/etc/b"],
  ["/proc/1/root/proc/self/root/etc/b", "/etc/b"],
  ["/proc/self/cwd/b", "/home/alice/b"],
  ["/proc/thread-self/fd/7/b", "/etc/b"],
  ["/proc/self/fd/9/b", "/proc/self/fd/9/b"],
  ["/proc/4711/cwd/b", "/proc/4711/cwd/b"],
  ["/proc/self/rooted/b", "/proc/self/rooted/b"],
  ["//etc//./b/", "/etc/b"],
  [`${"/".repeat(4000)}etc/b`, "/etc/b"],
])("%s is %s", (path, expected) => {
  expect(names(EventCode.UNLINK_2_X, [0, path])).toEqual([undefined, expected, undefined]);
  expect(symlinkTarget(path)).toBe(expected);
});

test("the target of a symbolic link is relative to the link", () => {
  expect(symlinkTarget("../../etc/shadow")).toBe("/etc/shadow");
  expect(symlinkTarget("/proc/1/root")).toBe("/");
  expect(symlinkTarget("/proc/self/fd/7")).toBe("/etc");
  expect(symlinkTarget("..")).toBe("/home");
  expect(symlinkTarget("x")).toBe("/home/alice/x"); // a loop
});

test("a link to a pipe has no target path", () => {
  const stage = open();
  stage.happen(EventCode.PIPE2_X, 100, [0, 3, 4, 99, 0]);
  expect(symlinkTarget("/proc/self/fd/4", stage)).toBe("/proc/self/fd/4");
});

test("an exchange creates and removes both paths", () => {
  const stage = open();
  const tested = (flags: number) => {
    const event = stage.happen(EventCode.RENAMEAT2_X, 100, [0, AT_FDCWD, "a", 7, "b", flags]);
    return realNameFields.slice(0, 2).map(({ any }) => {
      const paths: unknown[] = [];
      any?.(undefined)?.(event, (path) => paths.push(path) === 0);
      return paths;
    });
  };
  expect(tested(2)).toEqual([
    ["/etc/b", "/home/alice/a"],
    ["/home/alice/a", "/etc/b"],
  ]);
  expect(tested(1)).toEqual([["/etc/b"], ["/home/alice/a"]]);
});

test("paths are also tested below the root directory of the process", () => {
  const stage = open();
  stage.happen(EventCode.CHROOT_X, 100, [0, "/etc"]);
  const tested = (code: number, values: readonly (number | string)[]) => {
    const event = stage.happen(code, 100, values);
    return realNameFields.map(({ any }) => {
      const paths: unknown[] = [];
      any?.(undefined)?.(event, (path) => paths.push(path) === 0);
      return paths;
    });
  };
  expect(tested(EventCode.RENAME_X, [0, "/x", "/shadow"])).toEqual([["/shadow", "/etc/shadow"], ["/x", "/etc/x"], []]);
  expect(tested(EventCode.LINK_2_X, [0, "/shadow", "/y"])[2]).toEqual(["/shadow", "/etc/shadow"]);
});

test("failed calls and unrelated calls create and remove nothing", () => {
  const none = [undefined, undefined, undefined];
  expect(names(EventCode.UNLINK_2_X, [-2, "b"])).toEqual(none);
  expect(names(EventCode.GETUID_X, [0])).toEqual(none);
  expect(names(EventCode.LINK_2_X, [-1, "/etc/shadow", "b"])).toEqual([undefined, undefined, "/etc/shadow"]);
});

describe("through recent links", () => {
  const link = (stage: Stage, target: string, path: string) =>
    stage.happen(EventCode.SYMLINK_X, 100, [0, target, path]);

  test("to a directory, in a chain, and with ..", () => {
    const stage = open();
    link(stage, "/etc", "a");
    link(stage, "a/cron.d", "b");
    link(stage, "/etc/ssl/certs", "c");
    expect(movedTo("b/job", stage)).toBe("/etc/cron.d/job");
    expect(movedTo("c/../x", stage)).toBe("/etc/ssl/x");
    expect(names(EventCode.LINK_2_X, [0, "a/shadow", "h"], stage)[2]).toBe("/etc/shadow");
    expect(symlinkTarget("a/shadow", stage)).toBe("/etc/shadow");
    expect(movedTo("/tmp/a/x", stage)).toBe("/tmp/a/x");
  });

  test("with unprintable and invalid bytes in their names", () => {
    const stage = open();
    link(stage, "/etc", "d\u0001\u00ff");
    expect(movedTo("d\u0001\u00ff/cron.d/x", stage)).toBe("/etc/cron.d/x");
  });

  test("in linked or renamed directories", () => {
    const stage = open();
    link(stage, "/home/alice/sub", "d");
    link(stage, "/etc", "d/e");
    expect(movedTo("sub/e/x", stage)).toBe("/etc/x");
    stage.happen(EventCode.RENAME_X, 100, [0, "sub", "moved"]);
    expect(movedTo("moved/e/x", stage)).toBe("/etc/x");
    expect(movedTo("moved/f/x", stage)).toBe("/home/alice/moved/f/x");
  });

  test("except links in another root directory", () => {
    const stage = open();
    stage.happen(EventCode.CHROOT_X, 1, [0, "/srv/jail"]);
    stage.happen(EventCode.SYMLINK_X, 1, [0, "/tmp/x", "/etc"]);
    expect(movedTo("/etc/cron.d/job", stage)).toBe("/etc/cron.d/job");
    stage.happen(EventCode.CHROOT_X, 100, [0, "/srv/jail"]);
    expect(movedTo("/etc/cron.d/job", stage)).toBe("/tmp/x/cron.d/job");
    stage.happen(EventCode.CHROOT_X, 100, [0, "/tmp/.."]);
    expect(movedTo("/etc/cron.d/job", stage)).toBe("/etc/cron.d/job");
  });

  test("except the link that a call replaces or removes", () => {
    const stage = open();
    link(stage, "/etc/cron.d", "d");
    expect(names(EventCode.UNLINK_2_X, [0, "d"], stage)).toEqual([undefined, "/home/alice/d", undefined]);
    expect(movedTo("d", stage)).toBe("/home/alice/d");
  });

  test("a directory that replaces a link is not the target", () => {
    const stage = open();
    link(stage, "/etc/cron.d", "d");
    stage.happen(EventCode.UNLINK_2_X, 100, [0, "d"]);
    expect(movedTo("d/x", stage)).toBe("/etc/cron.d/x"); // a call that was faster than the removal
    stage.happen(EventCode.MKDIR_2_X, 100, [0, "d", 0o755]);
    expect(movedTo("d/x", stage)).toBe("/home/alice/d/x");
    link(stage, "/etc/cron.d", "e");
    stage.happen(EventCode.MKDIRAT_X, 100, [0, AT_FDCWD, "e", 0o755]);
    expect(movedTo("e/x", stage)).toBe("/home/alice/e/x");
  });

  test("in limited time", () => {
    const stage = open();
    link(stage, "l", "l");
    expect(movedTo("l/x", stage)).toBe("/home/alice/l/x");
    link(stage, `${"b/../".repeat(700)}b`, "a");
    link(stage, `${"a/../".repeat(700)}a`, "b");
    link(stage, "/etc", "e");
    expect(movedTo(`${"a/../".repeat(600)}x`, stage)).toBe("/home/alice/x");
    expect(movedTo(`${"y/".repeat(400)}${"../".repeat(400)}e/x`, stage)).toMatch(/x$/);
  });
});

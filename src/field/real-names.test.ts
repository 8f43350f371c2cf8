import { expect, test } from "vitest";
import { process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { syscallId } from "../event/syscalls.ts";
import type { ParamValue } from "../event/write.ts";
import type { MachineHooks } from "../machine/machine.ts";
import { realNameFields } from "./real-names.ts";

const AT_FDCWD = -100;

/** A process in /home/alice, with /etc open as descriptor 7. */
function open(hooks: MachineHooks = {}): Stage {
  const stage = new Stage(hooks, [process(1, 0, {}), process(100, 1, { cwd: "/home/alice" })]);
  stage.happen(EventCode.OPENAT_2_X, 100, [7, AT_FDCWD, "/etc", 0x200000, 0, 0, 0]);
  return stage;
}

/** fs.real.created, fs.real.removed and fs.real.target of a call. */
function all(stage: Stage, code: number, values: readonly ParamValue[]): unknown[] {
  const event = stage.happen(code, 100, values);
  return realNameFields.map((field) => field.bind(undefined)(event));
}

/** fs.real.created and fs.real.removed of a call. */
function names(code: number, values: readonly (number | string)[]): unknown[] {
  return all(open(), code, values).slice(0, 2);
}

/** fs.real.target of a call. */
function target(code: number, values: readonly ParamValue[], stage = open()): unknown {
  return all(stage, code, values)[2];
}

test("names are absolute by the working directory or the descriptor of the call", () => {
  expect(names(EventCode.RENAMEAT_X, [0, AT_FDCWD, "a", 7, "cron.d/b"])).toEqual(["/etc/cron.d/b", "/home/alice/a"]);
  expect(names(EventCode.RENAME_X, [0, "a", "../b"])).toEqual(["/home/b", "/home/alice/a"]);
  expect(names(EventCode.LINKAT_2_X, [0, AT_FDCWD, "a", 7, "b", 0])).toEqual(["/etc/b", undefined]);
  expect(names(EventCode.SYMLINKAT_X, [0, "/x", 7, "b"])).toEqual(["/etc/b", undefined]);
  expect(names(EventCode.UNLINKAT_2_X, [0, 7, "b", 0])).toEqual([undefined, "/etc/b"]);
  expect(names(EventCode.UNLINK_2_X, [0, "b"])).toEqual([undefined, "/home/alice/b"]);
});

test.each([
  ["/proc/self/root/etc/b", "/etc/b"],
  ["/proc/100/task/100/root/etc/b", "/etc/b"],
  ["/proc/1/root/proc/self/root/etc/b", "/etc/b"],
  ["/proc/self/cwd/b", "/home/alice/b"],
  ["/proc/thread-self/fd/7/b", "/etc/b"],
  ["/proc/self/fd/9/b", "/proc/self/fd/9/b"],
  ["/proc/4711/cwd/b", "/proc/4711/cwd/b"],
  ["/proc/self/root/./././etc//b", "/etc/b"],
  ["/proc/self/rooted/b", "/proc/self/rooted/b"],
])("%s is %s", (path, expected) => {
  expect(names(EventCode.UNLINK_2_X, [0, path])).toEqual([undefined, expected]);
});

test("calls that fail, and others, have no names", () => {
  expect(names(EventCode.UNLINK_2_X, [-2, "b"])).toEqual([undefined, undefined]);
  expect(names(EventCode.GETUID_X, [0])).toEqual([undefined, undefined]);
});

test.each([
  ["a name", "shadow", "/home/alice/shadow"],
  ["slashes", "//etc/./shadow", "/etc/shadow"],
  ["..", "../../etc/shadow", "/etc/shadow"],
  ["/proc/PID/root", "/proc/1/root/etc/shadow", "/etc/shadow"],
  ["/proc/PID/root alone", "/proc/1/root", "/"],
  ["4,014 bytes of slashes and dots", `${"/".repeat(2000)}etc${"/.".repeat(1000)}/shadow`, "/etc/shadow"],
  ["1,300 times ..", `${"../".repeat(1300)}etc/shadow`, "/etc/shadow"],
  ["a name of 4,094 bytes", `/${"x".repeat(4094)}`, `/${"x".repeat(4094)}`],
])("a link leads to its target: %s", (_what, path, expected) => {
  expect(target(EventCode.SYMLINK_X, [0, path, "a"])).toBe(expected);
  expect(target(EventCode.LINK_2_X, [0, path, "b"])).toBe(expected);
  expect(target(EventCode.LINKAT_2_X, [-1, AT_FDCWD, path, 7, "b", 0])).toBe(expected);
});

test("the target of a symbolic link is relative to the directory of the link", () => {
  expect(target(EventCode.SYMLINK_X, [0, "../shadow", "/etc/pam.d/a"])).toBe("/etc/shadow");
  expect(target(EventCode.SYMLINKAT_X, [0, "shadow", 7, "b"])).toBe("/etc/shadow");
  expect(target(EventCode.SYMLINKAT_X, [-17, "../shadow", 7, "pam.d/b/"])).toBe("/etc/shadow");
  expect(target(EventCode.SYMLINKAT_X, [0, "shadow", 99, "b"])).toBe("shadow");
  expect(target(EventCode.SYMLINK_X, [0, "", "b"])).toBeUndefined();
});

test("the target of a hard link by a descriptor is the file of the descriptor", () => {
  expect(target(EventCode.LINKAT_2_X, [0, 7, "", AT_FDCWD, "b", 0x1000])).toBe("/etc");
  expect(target(EventCode.LINKAT_2_X, [0, 7, "shadow", AT_FDCWD, "b", 0])).toBe("/etc/shadow");
  expect(target(EventCode.LINKAT_2_X, [0, AT_FDCWD, "/proc/self/fd/7/shadow", AT_FDCWD, "b", 0x400])).toBe(
    "/etc/shadow",
  );
});

test("the target of a mount is its source, if that is a path", () => {
  const mount = (flags: number) => target(EventCode.MOUNT_X, [0, "../../etc", "/mnt", "none", flags]);
  expect([0x1000, 0x2000, 0x5000].map(mount)).toEqual(["/etc", "/etc", "/etc"]);
  expect([0, 0x40000, 0x1020].map(mount)).toEqual([undefined, undefined, undefined]);
  const call = (name: string, ...values: ParamValue[]) =>
    target(EventCode.GENERIC_X, [syscallId.get(name) ?? 0, 0, 0n, ...values]);
  expect(call("open_tree", 7n, "pam.d", null, 1, null)).toBe("/etc/pam.d");
  expect(call("open_tree", 7n, "pam.d", null, 0, null)).toBeUndefined();
  expect(call("move_mount", -100n, "a", "/b", -100n, 0)).toBe("/home/alice/a");
});

test("names and targets are resolved once per event, on the running machine", () => {
  const calls: unknown[] = [];
  const resolve: MachineHooks["resolve"] = (pid, path, end) => {
    calls.push([pid, path, end]);
    return pid === 1 ? path.replace("/home/alice/d", "/etc/cron.d") : undefined;
  };
  const stage = open({ isAlive: () => true, resolve });
  const event = stage.happen(EventCode.RENAME_X, 100, [0, "x", "d/./x"]);
  const read = () => realNameFields.map((field) => field.bind(undefined)(event));
  expect([read(), read()]).toEqual([read(), ["/etc/cron.d/./x", "/home/alice/x", undefined]]);
  expect(calls).toEqual([
    [100, "/home/alice/d/./x", "entry"],
    [1, "/home/alice/d/./x", "entry"],
    [100, "/home/alice/x", "entry"],
    [1, "/home/alice/x", "entry"],
  ]);
  expect(all(stage, EventCode.LINK_2_X, [0, "d/x", "y"])).toEqual(["/home/alice/y", undefined, "/etc/cron.d/x"]);
});

test("without the running machine, links that were created lately lead to names and targets", () => {
  const stage = open();
  stage.happen(EventCode.SYMLINK_X, 100, [0, "/etc", "d"]);
  expect(all(stage, EventCode.RENAME_X, [0, "d/a", "d/cron.d/a"])).toEqual(["/etc/cron.d/a", "/etc/a", undefined]);
  expect(all(stage, EventCode.LINK_2_X, [0, "d/shadow", "e"])).toEqual(["/home/alice/e", undefined, "/etc/shadow"]);
});

test("a target that does not exist any more is that to which a link led that was created lately", () => {
  const stage = open({ isAlive: () => true, resolve: (_pid, path, end) => (end === "target" ? path : undefined) });
  stage.happen(EventCode.SYMLINK_X, 100, [0, "/etc", "d"]);
  expect(target(EventCode.LINK_2_X, [0, "d/shadow", "e"], stage)).toBe("/etc/shadow");
  expect(target(EventCode.SYMLINK_X, [0, "absent/shadow", "e"], stage)).toBe("/home/alice/absent/shadow");
  stage.happen(EventCode.SYMLINK_X, 100, [0, "/etc/pam.d", "p"]);
  expect(target(EventCode.LINK_2_X, [0, "p/../shadow", "e"], stage)).toBe("/etc/shadow");
  stage.happen(EventCode.SYMLINK_X, 100, [0, "/proc/self/root/etc", "r"]);
  expect(target(EventCode.LINK_2_X, [0, "r/shadow", "e"], stage)).toBe("/etc/shadow");
});

import { expect, test } from "vitest";
import { process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { realNameFields } from "./real-names.ts";

const AT_FDCWD = -100;

/**
 * The values of fs.real.created and fs.real.removed for a call. Its process runs in /home/alice, and descriptor 7 is
 * /etc.
 */
function names(code: number, values: readonly (number | string)[]): unknown[] {
  const stage = new Stage({}, [process(1, 0, {}), process(100, 1, { cwd: "/home/alice" })]);
  stage.happen(EventCode.OPENAT_2_X, 100, [7, AT_FDCWD, "/etc", 0x200000, 0, 0, 0]);
  const event = stage.happen(code, 100, values);
  return realNameFields.map((field) => field.bind(undefined)(event));
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
  ["/proc/self/rooted/b", "/proc/self/rooted/b"],
])("%s is %s", (path, expected) => {
  expect(names(EventCode.UNLINK_2_X, [0, path])).toEqual([undefined, expected]);
});

test("calls that fail, and others, have no names", () => {
  expect(names(EventCode.UNLINK_2_X, [-2, "b"])).toEqual([undefined, undefined]);
  expect(names(EventCode.GETUID_X, [0])).toEqual([undefined, undefined]);
});

import { expect, test } from "vitest";
import { process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { syscallId } from "../event/syscalls.ts";

const CONTAINER = `cpuset=/docker/${"ab".repeat(32)}\0`;
const THREADS = [process(1, 0), process(50, 1, { vpid: 1, vtid: 1, cgroups: CONTAINER }), process(100, 1)];

/** The name and real path of the file that a truncate changes. `living` are the processes that are still running. */
function cut(path: string, living: readonly number[], more: Partial<Parameters<typeof process>[2]> = {}, result = 0n) {
  const stage = new Stage(
    {
      isAlive: () => true,
      resolve: (pid, given) => (living.includes(pid) ? given.replace("/root/d/", `/var/log/of-${pid}/`) : undefined),
    },
    [...THREADS, process(60, 50, more)],
  );
  const call = syscallId.get("truncate") ?? 0;
  const { fd } = stage.happen(EventCode.GENERIC_X, 60, [call, 76, result, null, path, null, 0n, null]);
  return [fd?.path.text, fd?.real?.text];
}

test("the file of a truncate is the file to which its path leads", () => {
  expect(cut("d/x", [60])).toEqual(["/root/d/x", "/var/log/of-60/x"]);
  expect(cut("/var/log/x", [60])).toEqual(["/var/log/x", undefined]);
});

test("another process with the same root is used if the process has exited", () => {
  expect(cut("d/x", [1, 50])).toEqual(["/root/d/x", "/var/log/of-1/x"]);
  expect(cut("d/x", [1, 50], { cgroups: CONTAINER })).toEqual(["/root/d/x", "/var/log/of-50/x"]);
  expect(cut("d/x", [1, 50], { root: "/srv/jail" })).toEqual(["/root/d/x", undefined]);
});

test("links of /proc to the working directory are resolved without the machine", () => {
  expect(cut("/proc/self/cwd/x", [])).toEqual(["/proc/self/cwd/x", "/root/x"]);
});

test("a truncate that failed has no file", () => {
  expect(cut("d/x", [60], {}, -2n)).toEqual([undefined, undefined]);
});

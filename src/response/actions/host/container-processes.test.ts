import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { isInContainer, processesOf } from "./container-processes.ts";

const proc = mkdtempSync(join(tmpdir(), "eyas-proc-"));
afterAll(() => rmSync(proc, { recursive: true }));

const id = "0123456789ab".repeat(5);

function put(pid: number, cgroup: string, pids: string): void {
  mkdirSync(join(proc, String(pid)));
  writeFileSync(join(proc, String(pid), "cgroup"), cgroup);
  writeFileSync(join(proc, String(pid), "status"), `Name:\tx\nNSpid:\t${pids}\nThreads:\t1\n`);
}

test("the first process of a container comes first, and processes in cgroups that users can name are excluded", () => {
  const scope = `docker-${id}.scope`;
  put(100, `0::/user.slice/user-1000.slice/user@1000.service/${scope}\n`, "100");
  put(110, `0::/system.slice/${scope}\n`, "110\t9\t1"); // in a PID namespace of the container's own
  put(120, `0::/system.slice/${scope}\n`, "120\t30");
  put(130, `4:freezer:/docker/${id}\n0::/\n`, "130\t1");
  put(140, "0::/system.slice/cron.service\n", "140");
  mkdirSync(join(proc, "150")); // the process has exited
  expect(processesOf(id.slice(0, 12), proc)).toEqual([130, 120, 110]);
  expect(processesOf(".*", proc)).toEqual([]);
  expect(isInContainer(100, id, proc)).toBe(false);
});

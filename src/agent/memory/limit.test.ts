import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { memoryLimit } from "./limit.ts";

const MiB = 2 ** 20;
const root = mkdtempSync(join(tmpdir(), "eyas-limit-"));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function machine(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries({ "proc/meminfo": "MemAvailable:    8388608 kB\n", ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const version2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";

test("the limit of a parent cgroup counts if it is smaller", () => {
  machine({
    "proc/self/cgroup": "0::/system.slice/eyas.service\n",
    "proc/self/mountinfo": version2,
    "sys/fs/cgroup/system.slice/eyas.service/memory.max": "max\n",
    "sys/fs/cgroup/system.slice/eyas.service/memory.high": `${600 * MiB}\n`,
    "sys/fs/cgroup/system.slice/memory.max": `${512 * MiB}\n`,
  });
  expect(memoryLimit(root)).toEqual({ bytes: 512 * MiB, from: "memory.max of cgroup /system.slice" });
});

test("in a container, the mount starts at the container's cgroup, even if the cgroup namespace shows another path", () => {
  machine({
    "proc/self/cgroup": "0::/../../kubepods/pod1/c1\n",
    "proc/self/mountinfo": "30 23 0:26 /kubepods/pod1/c1 /sys/fs/cgroup ro - cgroup2 cgroup ro\n",
    "sys/fs/cgroup/memory.max": `${150 * MiB}\n`,
  });
  expect(memoryLimit(root)).toEqual({ bytes: 150 * MiB, from: "memory.max of cgroup /" });
});

test("cgroup version 1 has a different file and hierarchy, and a number that means unlimited", () => {
  machine({
    "proc/self/cgroup": "4:memory:/docker/abc\n3:cpu:/other\n0::/\n",
    "proc/self/mountinfo":
      "31 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n32 23 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": `${256 * MiB}\n`,
    "sys/fs/cgroup/cpu/other/memory.limit_in_bytes": "1\n",
  });
  expect(memoryLimit(root)).toEqual({ bytes: 256 * MiB, from: "memory.limit_in_bytes of cgroup /docker/abc" });
});

test("without cgroup limits, the limit is the available memory", () => {
  machine({ "proc/self/cgroup": "0::/\n", "proc/self/mountinfo": version2 });
  expect(memoryLimit(root)).toEqual({ bytes: 8 * 1024 * MiB, from: "MemAvailable of this machine" });
});

test("without /proc, there is no limit", () => {
  expect(memoryLimit(join(root, "missing"))).toBeUndefined();
});

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { hierarchies, makeContainerCgroup } from "./cgroup.ts";

describe("cgroups of a container", () => {
  test("are in the only hierarchy of version 2", () => {
    const mountinfo = "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
    expect(hierarchies(mountinfo)).toEqual(["/sys/fs/cgroup"]);
  });

  test("are in version 2 and in the controllers of version 1 that events contain, on a hybrid machine", () => {
    const mountinfo = [
      "23 1 8:1 / / rw - ext4 /dev/sda1 rw",
      "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct",
      "39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids",
      "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd",
      "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
    ].join("\n");
    expect(hierarchies(mountinfo)).toEqual(["/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/unified"]);
  });

  test("no longer exist after their removal", needs("cgroups"), () => {
    const cgroup = makeContainerCgroup("pod");
    expect(cgroup.folders.every((folder) => folder.endsWith(`/${cgroup.id}`) && existsSync(folder))).toBe(true);
    cgroup.remove();
    expect(cgroup.folders.some((folder) => existsSync(folder))).toBe(false);
  });

  test("show the container in a controller that events contain", needs("cgroups"), () => {
    const cgroup = makeContainerCgroup("docker");
    const carried = cgroup.folders.filter((folder) => {
      const controllers = `${folder}/cgroup.controllers`;
      return !existsSync(controllers) || /\b(memory|cpu|io|cpuset)\b/.test(readFileSync(controllers, "utf8"));
    });
    cgroup.remove();
    expect(carried.length).toBeGreaterThan(0);
  });
});

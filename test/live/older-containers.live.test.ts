import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeContainerCgroup } from "../../src/drill/cgroup.ts";
import { needs } from "../parts/needs.ts";
import { pause, startSensor } from "./sensor.ts";

test(
  "a process that runs in a container before the sensor has the names of its user and group, without an exec",
  needs("sensor", "root", "static busybox", "cgroups"),
  async () => {
    const root = mkdtempSync(join(tmpdir(), "eyas-older-"));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    chmodSync(root, 0o755);
    for (const name of ["etc", "bin"]) mkdirSync(join(root, name));
    copyFileSync("/bin/busybox", join(root, "bin/busybox"));
    writeFileSync(join(root, "etc/passwd"), "carol:x:1234:2345::/home/carol:/bin/carol\n");
    writeFileSync(join(root, "etc/group"), "drivers:x:2345:\n");
    writeFileSync(join(root, "eyas-older"), "");

    const cgroup = makeContainerCgroup("docker");
    onTestFinished(() => cgroup.remove());
    const enter = cgroup.folders.map((each) => `echo $$ >${each}/cgroup.procs`).join("; ");
    const loop = "echo ready; while read line; do : </eyas-older; done";
    const start = `${enter}; exec chroot --userspec=1234:2345 ${root} /bin/busybox sh -c '${loop}'`;
    const child = spawn("sh", ["-c", start], { stdio: ["pipe", "pipe", "ignore"] });
    const exited = once(child, "exit");
    onTestFinished(async () => {
      child.kill("SIGKILL");
      await exited;
    });
    const ended = exited.then(([code]) => Promise.reject(new Error(`the process ended with ${code}`)));
    await Promise.race([once(child.stdout, "data"), ended]);
    ended.catch(() => undefined); // it is ended by the test

    const rules = join(root, "rules.yaml");
    const output = "%container.id %user.name %user.shell %group.name";
    writeFileSync(
      rules,
      `- rule: older\n  desc: d\n  condition: evt.type in (open, openat) and fd.name endswith eyas-older\n  output: "${output}"\n  priority: NOTICE\n`,
    );
    const sensor = await startSensor("-r", rules);
    try {
      const last = () => sensor.alerts().findLast(({ rule }) => rule === "older")?.fields;
      for (const end = Date.now() + 60_000; Date.now() < end; await pause(200)) {
        child.stdin.write("\n");
        if (last()?.["user.name"] === "carol") break; // `<NA>` until the files of the container have been read
      }
      expect(last()).toMatchObject({
        "container.id": cgroup.id.slice(0, 12),
        "user.name": "carol",
        "user.shell": "/bin/carol",
        "group.name": "drivers",
      });
    } finally {
      await sensor.stop();
    }
  },
);

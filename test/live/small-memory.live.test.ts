import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";

import { matchesAction } from "../../src/drill/check.ts";
import { type MemoryCgroup, makeMemoryCgroup } from "../attack/memory-cgroup.ts";
import { needs } from "../parts/needs.ts";
import { alertsOf, ended, eyas, runDrill, STABLE_ACTIONS, startSensorUnder } from "./sensor.ts";

const MiB = 2 ** 20;

let cgroup: MemoryCgroup | undefined;
const load: ChildProcess[] = [];
afterEach(async () => {
  for (const each of load.splice(0)) await ended(each);
  await cgroup?.remove();
  cgroup = undefined;
});

/** Starts hundreds of programs and opens tens of thousands of files per second, until it is interrupted. */
const LOAD = `
trap 'exit 0' INT TERM
while :; do
  for i in 1 2 3 4 5 6 7 8 9 10; do /bin/true; cat /etc/hostname /etc/passwd /etc/group > /dev/null; done
  find /usr/share -maxdepth 2 > /dev/null
done`;

const page = ["-o", "web_page.enabled=true", "-o", "web_page.listen_port=0"];

/** Memory limit that is tested, in MB. */
const SIZE = 150;

test(
  `in ${SIZE} MB, the sensor raises the alerts of the drill under load and is not killed`,
  needs("sensor", "memory cgroups"),
  async () => {
    cgroup = makeMemoryCgroup(SIZE * MiB);
    const sensor = await startSensorUnder(cgroup.enter);
    load.push(spawn("sh", ["-c", LOAD], { stdio: "ignore" }));
    const reports = await runDrill();
    await sensor.settled();
    const alerts = sensor.alerts();
    for (const action of STABLE_ACTIONS) {
      if (reports.get(action.name)?.outcome === "skipped") continue;
      expect(
        alertsOf(alerts, action.name).some((alert) => matchesAction(action, alert)),
        `the alert of ${action.name}`,
      ).toBe(true);
    }
    expect(sensor.log()).toMatch(/The memory limit is 150 MB .* About \d+ MB are needed/);
    expect(cgroup.kills()).toBe(0);
    await sensor.stop();
  },
);

test(
  `in ${SIZE} MB, a configured page is disabled, and the log states the required size`,
  needs("sensor", "memory cgroups"),
  async () => {
    cgroup = makeMemoryCgroup(SIZE * MiB);
    const sensor = await startSensorUnder(cgroup.enter, ...page);
    expect(sensor.log()).toMatch(
      /The web UI is disabled: it would raise the memory requirement to \d+ MB, but the limit is 150 MB/,
    );
    expect(cgroup.kills()).toBe(0);
    await sensor.stop();
  },
);

test("memory_limit with the required size opens the page", needs("sensor"), () => {
  const run = (limit: string): string => {
    const journal = join(mkdtempSync(join(tmpdir(), "eyas-limit-")), "journal.db");
    const more = ["-o", `journal.path=${journal}`, "-o", `memory_limit=${limit}`];
    return spawnSync(eyas, ["run", "-M", "1", ...page, ...more], { encoding: "utf8" }).stderr;
  };
  const asked = /set memory_limit to (\d+MiB)/.exec(run("150MiB"))?.[1] ?? "";
  expect(run(asked)).toMatch(/The web UI is at /);
});

/** Runs the sensor for a second with a limit on its address space. */
function runWithin(kilobytes: number): { readonly status: number | null; readonly stderr: string } {
  const journal = join(mkdtempSync(join(tmpdir(), "eyas-address-")), "journal.db");
  const words = ["-c", 'ulimit -v "$0" && exec "$@"', String(kilobytes), eyas, "run", "-M", "1"];
  return spawnSync("sh", [...words, "-o", `journal.path=${journal}`, ...page], { encoding: "utf8" });
}

describe("with ulimit -v", needs("sensor"), () => {
  test.each([200_000, 1_000_000, 2_000_000, 2_500_000])("%i kB are rejected with a one-line error", (kilobytes) => {
    const { status, stderr } = runWithin(kilobytes);
    expect(stderr).toMatch(
      /^eyas: .*needs \d+ MB of address space, but the limit is \d+ MB: raise it with .ulimit -v \d+. .*\n$/,
    );
    expect(status).toBe(1);
  });

  test("the required size is sufficient, and the web UI reports the size that it needs", () => {
    const asked = /ulimit -v (\d+)/;
    const first = Number(asked.exec(runWithin(2_000_000).stderr)?.[1]);
    const small = runWithin(first + 100_000);
    expect(small.status, small.stderr).toBe(0);
    expect(small.stderr).toMatch(/Cannot serve the web UI: .*needs \d+ MB of address space/);
    const second = Number(/Cannot serve the web UI: .*ulimit -v (\d+)/.exec(small.stderr)?.[1]);
    const large = runWithin(second + 100_000);
    expect(large.status, large.stderr).toBe(0);
    expect(large.stderr).toMatch(/The web UI is at /);
  });
});

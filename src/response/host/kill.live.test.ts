// The whole program with the default rules: what reads the password hashes is killed before it can do much with them.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { placeOf } from "../place.fixture.ts";
import { Clock, clock } from "./libc.ts";
import { type Sleeper, startSleeper } from "./process.fixture.ts";

const { launcher } = placeOf({});
const folder = mkdtempSync(join(tmpdir(), "eyas-kill-"));
const journal = join(folder, "journal.db");
const responses = join(folder, "responses.yaml");
writeFileSync(
  responses,
  `- response: Whoever reads password hashes
  match: rule = "Credential file read by an unexpected program" and proc.name = tail and proc.ppid = ${process.pid}
  actions: [host:kill]
`,
);

const started: Sleeper[] = [];
function start(file: string): Sleeper {
  const made = startSleeper("tail", ["-f", file]);
  started.push(made);
  return made;
}
afterEach(async () => {
  for (const each of started.splice(0)) await each.end();
});

describe("a process that reads /etc/shadow", needs("sensor", "all processes"), () => {
  let eyas: ChildProcess;
  let [stdout, stderr] = ["", ""];
  beforeAll(async () => {
    const settings = [
      `journal.path=${journal}`,
      "responses.budget.all=none",
      `responses.rules_files=[${responses}]`,
      "json_output=true",
      "append_output=[{extra_fields: [proc.pid]}]",
    ];
    eyas = spawn(launcher, ["run", ...settings.flatMap((each) => ["-o", each])], { stdio: ["ignore", "pipe", "pipe"] });
    eyas.stdout?.on("data", (bytes) => {
      stdout += bytes;
    });
    eyas.stderr?.on("data", (bytes) => {
      stderr += bytes;
    });
    for (let i = 0; i < 400 && eyas.exitCode === null && !stderr.includes("Watching"); i++) await sleep(25);
    expect(stderr).toContain("Watching");
    await sleep(500);
  }, 60_000);
  afterAll(async () => {
    const ended = new Promise((resolve) => eyas.once("exit", resolve));
    if (eyas.kill("SIGTERM")) await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  /** The time of the alert about a process, in nanoseconds. */
  function timeOf(pid: number): bigint | undefined {
    const line = stdout.split("\n").find((each) => each.includes(`"proc.pid":${pid},`) && each.includes("Credential"));
    const time = /"evt\.time":(\d+)/.exec(line ?? "")?.[1];
    return time === undefined ? undefined : BigInt(time);
  }

  /** Milliseconds from the event to the end of the process, for 20 of them; the one in the middle. */
  async function median(): Promise<number> {
    const delays: number[] = [];
    for (let i = 0; i < 20; i++) {
      const { pid, ended } = start("/etc/shadow");
      const signal = await Promise.race([ended, sleep(5000, "it lives")]);
      const gone = clock(Clock.REALTIME);
      expect(signal, stderr).toBe("SIGKILL");
      for (let look = 0; look < 100 && timeOf(pid) === undefined; look++) await sleep(10);
      delays.push(Number(gone - (timeOf(pid) ?? 0n)) / 1e6);
    }
    delays.sort((a, b) => a - b);
    return (delays[9] + delays[10]) / 2;
  }

  test("is killed within 50 ms of the event, in the median of 20", async () => {
    // A machine that has more to do than it can is given another try.
    let best = await median();
    for (let i = 0; i < 2 && best >= 50; i++) best = Math.min(best, await median());
    expect(best).toBeLessThan(50);
  });

  test("is not alone: who does no harm lives on", async () => {
    const other = start(responses);
    const reader = start("/etc/shadow");
    expect(await Promise.race([reader.ended, sleep(5000, "it lives")])).toBe("SIGKILL");
    expect(await Promise.race([other.ended, sleep(200, "it lives")])).toBe("it lives");
  });
});

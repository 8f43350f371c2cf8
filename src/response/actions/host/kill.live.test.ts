// Runs the whole program with the default rules: processes that read password hashes are killed.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { testHost } from "../../../../test/response/host.ts";
import { type Sleeper, startSleeper } from "../../../../test/response/process.ts";

const { launcher } = testHost({});
const folder = mkdtempSync(join(tmpdir(), "eyas-kill-"));
const journal = join(folder, "journal.db");
const responses = join(folder, "responses.yaml");
writeFileSync(
  responses,
  `- response: Readers of password hashes
  match: rule = "Credential file read by unexpected program" and proc.name = tail and proc.ppid = ${process.pid}
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
  }, 300_000);
  afterAll(async () => {
    const ended = new Promise((resolve) => eyas.once("exit", resolve));
    if (eyas.kill("SIGTERM")) await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  /** Whether an alert about a process was printed. */
  function isReported(pid: number): boolean {
    return stdout.split("\n").some((each) => each.includes(`"proc.pid":${pid},`) && each.includes("Credential"));
  }

  test("is killed, each of twenty, and raises an alert", async () => {
    for (let i = 0; i < 20; i++) {
      const { pid, ended } = start("/etc/shadow");
      expect(await Promise.race([ended, sleep(60_000, "it lives")]), stderr).toBe("SIGKILL");
      for (let look = 0; look < 1000 && !isReported(pid); look++) await sleep(10);
      expect(isReported(pid)).toBe(true);
    }
  });

  test("is killed while harmless processes keep running", async () => {
    const other = start(responses);
    const reader = start("/etc/shadow");
    expect(await Promise.race([reader.ended, sleep(60_000, "it lives")])).toBe("SIGKILL");
    expect(await Promise.race([other.ended, sleep(200, "it lives")])).toBe("it lives");
  });
});

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { home } from "../agent/home.ts";

const launcher = join(home, "bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-record-"));
const rules = join(folder, "rules.yaml");
writeFileSync(
  rules,
  `
- rule: Numbered
  desc: A program with a number
  condition: evt.type = execve and proc.args startswith "eyas-number-"
  output: "%proc.args"
  priority: NOTICE
`,
);
let running: ChildProcess | undefined;
afterEach(() => {
  running?.kill("SIGKILL");
});

/** Numbers in a capture. */
function numbersIn(capture: string): string[] {
  const { stdout } = spawnSync(launcher, ["replay", capture, "-r", rules, "--json"], { encoding: "utf8" });
  return [...stdout.matchAll(/"proc.args":"eyas-number-(\d+)"/g)].map(([, number = ""]) => number);
}

describe("events from before the end are in the capture, even if not read yet", needs("sensor"), () => {
  test.each(["events.scap", "events.scap.gz"])("%s", async (name) => {
    const capture = join(folder, name);
    const recorder = spawn(launcher, ["record", "-w", capture, "-r", rules], { stdio: ["ignore", "ignore", "pipe"] });
    running = recorder;
    let said = "";
    recorder.stderr.on("data", (bytes) => {
      said += bytes;
    });
    const ended = new Promise<number | null>((resolve) => recorder.once("close", resolve));
    for (let i = 0; i < 1200 && !said.includes("Recording"); i++) await sleep(50);
    // The recorder gets no CPU time until the end, which simulates an overloaded machine.
    recorder.kill("SIGSTOP");
    const numbers = Array.from({ length: 50 }, (_, n) => `${n}`);
    for (const number of numbers) spawnSync("true", [`eyas-number-${number}`]);
    recorder.kill("SIGINT");
    recorder.kill("SIGCONT");
    expect(await ended).toBe(0);
    expect(said).toMatch(/[\d,]+ events written, none dropped\.\n$/);
    expect(numbersIn(capture)).toEqual(numbers);
  });
});

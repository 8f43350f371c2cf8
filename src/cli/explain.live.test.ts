import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { home } from "../agent/home.ts";

const launcher = join(home, "bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-explain-"));
const rules = join(folder, "rules.yaml");
const bait = join(folder, "bait");
writeFileSync(bait, "");
writeFileSync(
  rules,
  `
- macro: opened
  condition: (evt.type in (open, openat, openat2) and fd.num >= 0)
- rule: Bait
  desc: The bait was read
  condition: opened and fd.name = ${bait} and proc.name = cat
  output: "%fd.name"
  priority: NOTICE
`,
);

/** Runs a command on this machine while another process repeatedly reads the bait. */
async function whileBaited(command: string, ...words: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const child = spawn(launcher, [command, "-r", rules, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  let over = false;
  child.stdout.on("data", (bytes) => {
    stdout += bytes;
  });
  child.stderr.on("data", (bytes) => {
    stderr += bytes;
  });
  child.once("close", () => {
    over = true;
  });
  while (!over) {
    spawnSync("cat", [bait]);
    await sleep(50);
  }
  return { stdout, stderr };
}

test("--live explains the next event of a type that the rule evaluates", needs("sensor"), async () => {
  const { stdout, stderr } = await whileBaited("explain", "--live", "--rule", "Bait", "--proc", "cat", "--json");
  expect(stderr).toBe("");
  const { event, rules: result } = JSON.parse(stdout);
  expect(event).toMatchObject({ "proc.name": "cat" });
  expect(result).toMatchObject([{ rule: "Bait", concerned: true, condition: { kind: "and" } }]);
});

test("--live --nearest ends when the rule matches", needs("sensor"), async () => {
  const { stdout } = await whileBaited("explain", "--live", "--nearest", "--rule", "Bait", "--for", "1h");
  expect(stdout).toContain("match: all 3 parts are true.");
  expect(stdout).toContain(`✓ fd.name = ${bait}`);
});

test("profile measures rules on events of this machine for the given time", needs("sensor"), async () => {
  const { stdout } = await whileBaited("profile", "--for", "2s", "--json");
  const { concerned, rules: result, lines } = JSON.parse(stdout);
  expect(concerned).toBeGreaterThan(0);
  expect(result).toMatchObject([{ name: "Bait", line: 4 }]);
  expect(result[0].held).toBeGreaterThan(5);
  expect(lines[0].time).toBeGreaterThan(0);
});

test("--live without a matching event is an error", needs("sensor"), () => {
  const words = ["explain", "-r", rules, "--live", "--rule", "Bait", "--proc", "no-such-process", "--for", "1s"];
  const { status, stdout, stderr } = spawnSync(launcher, words, { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toBe(
    'eyas: No event of a process named "no-such-process" of a type that the rule evaluates within 1s; increase --for.\n',
  );
});

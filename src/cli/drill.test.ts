import { spawn, spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DRILL_ACTIONS } from "../drill/actions.ts";

const eyas = join(import.meta.dirname, "../../bin/eyas");
const leftovers = () => globSync(["/tmp/eyas-drill-*", "/dev/shm/eyas-drill-*", "/sys/fs/cgroup/**/docker/*"]);

function drill(...options: readonly string[]) {
  return spawnSync(eyas, ["drill", ...options], { encoding: "utf8", input: ALERT });
}

const ALERT = `${JSON.stringify({
  rule: "Log file truncated",
  output_fields: { "proc.name": "cp", "fd.name": "/tmp/eyas-drill-x/auth.log" },
})}\n`;

describe("eyas drill", () => {
  test("--list describes every action without running it", () => {
    const listed = drill("--list", "--json")
      .stdout.trim()
      .split("\n")
      .map((line) => JSON.parse(line).name);
    expect(listed).toEqual(DRILL_ACTIONS.map(({ name }) => name));
  });

  test("--only selects actions by name", () => {
    expect(drill("--only", "empty-log", "shred").stdout).toMatch(/^\* empty-log: .*\n.*\n\* shred: .*\n.*\n$/);
  });

  test("an unknown action is an error", () => {
    const { status, stderr } = drill("--only", "shadow");
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^eyas: Unknown drill action "shadow";.*\n$/)]);
  });

  test("--check reports which actions raised an alert and fails if one did not", () => {
    const seen = drill("--check", "-", "--only", "empty-log");
    expect([seen.status, seen.stdout]).toEqual([0, "alert     empty-log  (Log file truncated, once)\n"]);
    const missing = drill("--check", "-", "--only", "empty-log", "shred");
    expect([missing.status, missing.stdout]).toEqual([1, expect.stringContaining("no alert  shred")]);
  });

  test("--check --benign fails if an action raised an alert", () => {
    expect(drill("--check", "-", "--benign", "--only", "empty-log").status).toBe(1);
    expect(drill("--check", "-", "--benign", "--only", "shred").status).toBe(0);
  });

  test("an interrupted drill stops its processes and removes its files", async () => {
    const before = new Set(leftovers());
    const child = spawn(eyas, ["drill", "--json", "--only", "ptrace-me", "server-reads-shadow", "release-agent"]);
    const gone = new Promise((resolve) => child.once("exit", resolve));
    // The first action has ended; the second one sleeps, or is skipped without root.
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.kill("SIGINT");
    const code = await gone;
    // Other tests may have drill folders for a moment.
    await expect.poll(() => leftovers().filter((path) => !before.has(path)), { timeout: 60_000 }).toEqual([]);
    if (process.getuid?.() === 0) expect(code).toBe(130);
    expect(existsSync(`/proc/${child.pid}`)).toBe(false);
  });
});

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

  test("--list shows technique, maturity and rule", () => {
    expect(drill("--list", "--only", "container-shell").stdout).toMatch(
      /^syscall\n {2}container-shell +T1059\.004 T1609 +stable +Interactive shell started in container\n\n1 actions? /,
    );
  });

  test("--list --by technique shows an action below each of its techniques", () => {
    const { stdout } = drill("--list", "--by", "technique", "--only", "container-shell");
    expect(stdout.match(/^T\S+|container-shell/gm)).toEqual([
      "T1059.004",
      "container-shell",
      "T1609",
      "container-shell",
    ]);
  });

  test("--only selects by rule and by technique", () => {
    const names = (...only: readonly string[]) =>
      drill("--list", "--json", "--source", "syscall", "--only", ...only).stdout.match(/(?<="name":")[^"]+/g);
    expect(names("log file truncated")).toEqual(["empty-log"]);
    expect(names("T1552")).toContain("find-private-keys");
  });

  test("--describe states why an action is harmless", () => {
    expect(drill("--describe", "--only", "shred").stdout).toMatch(/ {2}harmless: {2}The file belongs to the drill\.\n/);
  });

  test("a document source needs an address, and prints marked events with --to -", () => {
    expect(drill("--source", "k8s_audit").stderr).toMatch(/^eyas: The drill for k8s_audit requires --to ADDRESS/);
    const { stdout, stderr } = drill("--source", "k8s_audit", "--to", "-", "--only", "k8s-exec");
    expect(JSON.parse(stdout).items).toMatchObject([
      { userAgent: "eyas-drill/k8s-exec", user: { username: "eyas-drill" } },
    ]);
    expect(stderr).toMatch(/^\* k8s-exec: /);
  });

  test("an action of another source is an error that names the source", () => {
    expect(drill("--only", "k8s-exec").stderr).toBe(
      'eyas: "k8s-exec" belongs to the source k8s_audit: add --source k8s_audit.\n',
    );
  });

  test("--only selects actions by name", () => {
    expect(drill("--only", "empty-log", "shred").stdout).toMatch(/^\* empty-log: .*\n.*\n\* shred: .*\n.*\n$/);
  });

  test("an unknown action is an error", () => {
    const { status, stderr } = drill("--only", "shadow");
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^eyas: Unknown drill action, rule or technique "shadow";.*\n$/),
    ]);
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
    // The first action has ended; the second action sleeps, or is skipped without root.
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.kill("SIGINT");
    const code = await gone;
    // Other tests may temporarily create directories of the drill.
    await expect.poll(() => leftovers().filter((path) => !before.has(path)), { timeout: 60_000 }).toEqual([]);
    if (process.getuid?.() === 0) expect(code).toBe(130);
    expect(existsSync(`/proc/${child.pid}`)).toBe(false);
  });
});

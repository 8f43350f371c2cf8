import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { home } from "../agent/home.ts";

const run = (...words: readonly string[]) =>
  spawnSync(join(home, "bin/eyas"), ["rules", ...words], { encoding: "utf8" });

test("rules are found by words, as names, text, Markdown and JSON", () => {
  expect(run("-N", "netcat").stdout).toBe("Netcat hands its connection to a program\n");
  expect(run("netcat").stdout).toContain("Netcat hands its connection to a program  Warning  execution T1059.004\n");
  expect(run("netcat", "-f", "markdown").stdout).toContain("| `Netcat hands its connection to a program` | Warning |");
  const { rules, macros } = JSON.parse(run("netcat", "-f", "json").stdout);
  expect(rules).toHaveLength(1);
  expect(macros.length).toBeGreaterThan(10);
});

test("what the configuration switches off is shown as off, and covers nothing", () => {
  const off = ["-o", "rules[].disable.rule=Netcat*"];
  expect(run("netcat", ...off).stdout).toContain("execution T1059.004  off\n");
  expect(run("--mitre", ...off).stdout).not.toContain("Netcat");
  expect(run("--mitre").stdout).toMatch(/\n {22}T1059\.004 +Shell started by a server.*Netcat/);
});

test("one rule is described; a misspelt one is asked about", () => {
  const { stdout } = run("--describe", "shell started by a server");
  expect(stdout).toMatch(/\nevents +asyncevent, execve, execveat\n/);
  expect(stdout).toMatch(/\nlists +package_programs, shells\n/);
  const { status, stderr } = run("-d", "Shell started by a servr");
  expect(status).toBe(1);
  expect(stderr).toBe('eyas: There is no rule "Shell started by a servr". Did you mean "Shell started by a server"?\n');
});

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { home } from "../agent/home.ts";

const run = (...words: readonly string[]) =>
  spawnSync(join(home, "bin/eyas"), ["rules", ...words], { encoding: "utf8", maxBuffer: 64 << 20 });

test("rules are searched by word and printed as names, text, Markdown and JSON", () => {
  expect(run("-N", "netcat").stdout).toBe(
    "Netcat or socat shell started in container\nNetcat or socat shell started on host\n",
  );
  expect(run("netcat").stdout).toContain("Netcat or socat shell started in container  Warning  execution T1059.004\n");
  expect(run("netcat", "-f", "markdown").stdout).toContain(
    "| `Netcat or socat shell started in container` | Warning |",
  );
  const { rules, macros } = JSON.parse(run("netcat", "-f", "json").stdout);
  expect(rules).toHaveLength(2);
  expect(macros.length).toBeGreaterThan(10);
});

test("a disabled rule is marked and does not count for MITRE coverage", () => {
  const off = ["-o", "rules[].disable.rule=Netcat*"];
  expect(run("netcat", ...off).stdout).toContain("execution T1059.004  disabled\n");
  expect(run("--mitre", ...off).stdout).not.toContain("Netcat");
  const shadow = ["-o", "rules[].shadow.rule=Netcat*"];
  expect(run("netcat", ...shadow).stdout).toContain("execution T1059.004  shadow\n");
  expect(run("--describe", "Netcat or socat shell started in container", ...shadow).stdout).toContain(
    "\nWarning, source syscall, shadow\n",
  );
  expect(run("--mitre").stdout).toMatch(/\n {22}T1059\.004 +Shell spawned by server process.*Netcat/);
});

test("--describe prints a rule, and suggests a name if the name is misspelled", () => {
  const { stdout } = run("--describe", "shell spawned by server process");
  expect(stdout).toMatch(/\nevents +asyncevent, execve, execveat\n/);
  expect(stdout).toMatch(/\nlists +shells\n/);
  const { status, stderr } = run("-d", "Shell spawned by servr process");
  expect(status).toBe(1);
  expect(stderr).toBe(
    'eyas: Rule "Shell spawned by servr process" not found; did you mean "Shell spawned by server process"?\n',
  );
});

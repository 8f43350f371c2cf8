/** The examples of docs/tuning.md do what stands around them: quiet what they say, and nothing else. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readAlerts } from "../src/drill/check.ts";
import { runTestFile } from "../src/workbench/test/run.ts";
import { readTestFile } from "../src/workbench/test/test-file.ts";

const home = join(import.meta.dirname, "..");
const rules = { name: "rules/syscall.yaml", text: readFileSync(join(home, "rules/syscall.yaml"), "utf8") };

/** By the comment that each example begins with. */
const examples = new Map(
  readFileSync(join(home, "docs/tuning.md"), "utf8")
    .split("```yaml\n# ")
    .slice(1)
    .map((rest): [string, string] => {
      const [block] = rest.split("\n```");
      const [title] = block!.split("\n");
      return [title!.replace("my-rules.yaml: ", ""), `# ${block}`];
    }),
);

/** For an example: what it quiets, what it leaves as it is, both as events and what is expected of them. */
interface Promised {
  readonly quiet: string;
  readonly told: string;
  /** How the quiet event is told with the example; silent unless said. */
  readonly as?: string;
}

const SHADOW = "Credential file read by unexpected program";
const LOGIN = "Command run by system account in login session";

const promises: Readonly<Record<string, readonly [rule: string, promised: Promised]>> = {
  "our backup reads the password file": [
    SHADOW,
    {
      quiet: "openat: {path: /etc/shadow, by: backup-agent}",
      told: "openat: {path: /etc/sudoers, by: backup-agent}",
    },
  ],
  "whatever our backup starts": [
    SHADOW,
    {
      quiet: "openat: {path: /etc/shadow, by: {exe: tar, ancestors: [sh, backup-agent]}}",
      told: "openat: {path: /etc/shadow, by: {exe: tar, ancestors: [sh, sshd]}}",
    },
  ],
  "one script of ours, as the user it runs as": [
    "Private keys searched with find or grep",
    {
      quiet: "execve: {command: find / -name id_rsa, user: audit, parent: {exe: /bin/sh, argv0: /bin/sh, args: /opt/audit/keys.sh, name: /bin/sh}}",
      told: "execve: {command: find / -name id_rsa, user: alice, parent: {exe: /bin/sh, argv0: /bin/sh, args: /opt/audit/keys.sh, name: /bin/sh}}",
    },
  ],
  "people log in through Teleport here": [
    SHADOW,
    {
      quiet: "openat: {path: /etc/shadow, by: teleport}",
      told: "openat: {path: /etc/shadow, by: /tmp/teleport}",
    },
  ],
  "another daily copy of the accounts": [
    SHADOW,
    {
      quiet: "openat: {path: /etc/shadow, by: {exe: rsync, parent: daily-snapshot}}",
      told: "openat: {path: /etc/shadow, by: {exe: rsync, parent: bash}}",
    },
  ],
  "shells in containers are daily work here": [
    "Interactive shell started in container",
    {
      quiet: "execve: {exe: bash, parent: runc, container: true, tty: true}",
      told: "execve: {exe: sh, parent: runc, container: true, tty: true}",
      as: "priority: informational",
    },
  ],
  "nobody logs in with these numbers": [
    LOGIN,
    {
      quiet: "execve: {exe: id, ancestors: [bash, sshd], uid: 950}",
      told: "execve: {exe: id, ancestors: [bash, sshd], user: www-data}",
    },
  ],
};

async function problems(cases: string, own: string): Promise<string[]> {
  const file = await readTestFile({ name: "my-rules.test.yaml", text: cases });
  const more = own === "" ? [] : [{ name: "my-rules.yaml", text: own }];
  const capture = () => {
    throw new Error("no captures here");
  };
  const report = await runTestFile(file, [rules, ...more], { only: () => true, coverage: undefined, capture });
  return [
    ...file.faults.map(({ message }) => message),
    ...report.errors.map(({ message }) => message),
    ...report.cases.flatMap((one) => one.problems.map(({ message }) => message)),
  ];
}

function aCase(event: string, expected: string): string {
  return `cases: [{name: it, events: [${event}], ${expected}}]`;
}

describe.each(Object.entries(promises))("%s", (title, [rule, { quiet, told, as }]) => {
  const own = examples.get(title) ?? "";

  test("is told without the example, and quiet with it", async () => {
    expect(own).not.toBe("");
    expect(await problems(aCase(quiet, `fires: [${rule}]`), "")).toEqual([]);
    const expected = as === undefined ? "silent: all" : `fires: {${rule}: {${as}}}`;
    expect(await problems(aCase(quiet, expected), own)).toEqual([]);
  });

  test("leaves the rest of the rule as it is", async () => {
    expect(await problems(aCase(told, `fires: [${rule}]`), own)).toEqual([]);
  });
});

test("what is added to an output is told", async () => {
  const expected = `fires: {${LOGIN}: {output: (shell of the account /usr/sbin/nologin)}}`;
  const [, { told }] = promises["nobody logs in with these numbers"]!;
  const own = examples.get("nobody logs in with these numbers") ?? "";
  expect(await problems(aCase(told, expected), own)).toEqual([]);
});

test("the example of a test passes with the rules it is about, and fails without", async () => {
  const text = examples.get("my-rules.test.yaml") ?? "";
  expect(await problems(text, examples.get("our backup reads the password file") ?? "")).toEqual([]);
  expect(await problems(text, "")).not.toEqual([]);
});

describe("rules that are switched off", () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-tuning-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The rules that fire on the recording of the drill. */
  function firing(...options: readonly string[]): Set<string> {
    const recording = join(home, "samples/drill.scap.gz");
    const ran = spawnSync(
      join(home, "bin/eyas"),
      ["replay", recording, "-r", join(home, "rules/syscall.yaml"), "--match", "all", "--json", ...options],
      { encoding: "utf8" },
    );
    if (ran.status !== 0) throw new Error(ran.stderr);
    return new Set(readAlerts(ran.stdout).map((alert) => alert.rule));
  }

  function written(name: string, example: string): string {
    const path = join(folder, name);
    writeFileSync(path, examples.get(example) ?? "");
    return path;
  }

  const all = firing();
  const without = (quiet: readonly string[]) => new Set([...all].filter((rule) => !quiet.includes(rule)));

  test("by the configuration, in the order of its entries", () => {
    const quiet = ["Cloud access keys searched with find or grep", "Kubernetes API server accessed from container"];
    expect(all.size).toBeGreaterThan(20);
    expect([...all]).toEqual(expect.arrayContaining([...quiet, "Private keys searched with find or grep"]));
    expect(firing("-c", written("eyas.yaml", "eyas.yaml"))).toEqual(without(quiet));
  });

  test("by a tag on the command line", () => {
    const quiet = ["Kubernetes API server accessed from container"];
    expect(firing("-o", "rules[].disable.tag=k8s")).toEqual(without(quiet));
  });

  test("by their severity", () => {
    const severe = firing("-o", "priority=warning");
    expect(severe).toContain(SHADOW);
    expect(all).toContain("Debugger evasion attempted with ptrace");
    expect(severe).not.toContain("Debugger evasion attempted with ptrace");
  });

  test("by a rule file", () => {
    const own = written("my-rules.yaml", "we attach debuggers all day");
    expect(all).toContain("Process attached or modified with ptrace");
    expect(firing("-r", own)).toEqual(without(["Process attached or modified with ptrace"]));
  });
});

test("every example of the document is tried", () => {
  const tried = [...Object.keys(promises), "my-rules.test.yaml", "eyas.yaml", "we attach debuggers all day"];
  expect([...examples.keys()].sort()).toEqual(tried.sort());
});

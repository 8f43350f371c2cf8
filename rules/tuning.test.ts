/** The examples of docs/tuning.md suppress the described alerts, and no others. */
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

/** Examples by the comment at their beginning. */
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

/** Events that an example suppresses, and events that the example does not suppress. */
interface Promised {
  readonly quiet: string;
  readonly noisy: string;
  /** Expected alert of the first event with the example; none by default. */
  readonly as?: string;
}

const SHADOW = "Credential file read by unexpected program";
const LOGIN = "Command run by system account in login session";

const promises: Readonly<Record<string, readonly [rule: string, promised: Promised]>> = {
  "our backup reads the password file": [
    SHADOW,
    {
      quiet: "openat: {path: /etc/shadow, by: backup-agent}",
      noisy: "openat: {path: /etc/sudoers, by: backup-agent}",
    },
  ],
  "programs that our backup starts": [
    SHADOW,
    {
      quiet: "openat: {path: /etc/shadow, by: {exe: tar, ancestors: [sh, backup-agent]}}",
      noisy: "openat: {path: /etc/shadow, by: {exe: tar, ancestors: [sh, sshd]}}",
    },
  ],
  "one script, run by the user audit": [
    "Private keys searched with find or grep",
    {
      quiet: "execve: {command: find / -name id_rsa, user: audit, parent: {exe: /bin/sh, argv0: /bin/sh, args: /opt/audit/keys.sh, name: /bin/sh}}",
      noisy: "execve: {command: find / -name id_rsa, user: alice, parent: {exe: /bin/sh, argv0: /bin/sh, args: /opt/audit/keys.sh, name: /bin/sh}}",
    },
  ],
  "people log in through Teleport here": [
    SHADOW,
    {
      quiet: "openat: {path: /etc/shadow, by: teleport}",
      noisy: "openat: {path: /etc/shadow, by: /tmp/teleport}",
    },
  ],
  "rsync copies the account files every day": [
    SHADOW,
    {
      quiet: "openat: {path: /etc/shadow, by: {exe: rsync, parent: daily-snapshot}}",
      noisy: "openat: {path: /etc/shadow, by: {exe: rsync, parent: bash}}",
    },
  ],
  "shells in containers are expected": [
    "Interactive shell started in container",
    {
      quiet: "execve: {exe: bash, parent: runc, container: true, tty: true}",
      noisy: "execve: {exe: sh, parent: runc, container: true, tty: true}",
      as: "priority: informational",
    },
  ],
  "accounts with UIDs from 900 to 999 log in here": [
    LOGIN,
    {
      quiet: "execve: {exe: id, ancestors: [bash, sshd], uid: 950}",
      noisy: "execve: {exe: id, ancestors: [bash, sshd], user: www-data}",
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

describe.each(Object.entries(promises))("%s", (title, [rule, { quiet, noisy, as }]) => {
  const own = examples.get(title) ?? "";

  test("raises an alert without the example, and none with it", async () => {
    expect(own).not.toBe("");
    expect(await problems(aCase(quiet, `fires: [${rule}]`), "")).toEqual([]);
    const expected = as === undefined ? "silent: all" : `fires: {${rule}: {${as}}}`;
    expect(await problems(aCase(quiet, expected), own)).toEqual([]);
  });

  test("does not affect other events of the rule", async () => {
    expect(await problems(aCase(noisy, `fires: [${rule}]`), own)).toEqual([]);
  });
});

test("text added to an output appears in alerts", async () => {
  const expected = `fires: {${LOGIN}: {output: (shell of the account /usr/sbin/nologin)}}`;
  const [, { noisy }] = promises["accounts with UIDs from 900 to 999 log in here"]!;
  const own = examples.get("accounts with UIDs from 900 to 999 log in here") ?? "";
  expect(await problems(aCase(noisy, expected), own)).toEqual([]);
});

test("the example of a test passes with its rules, and fails without them", async () => {
  const text = examples.get("my-rules.test.yaml") ?? "";
  expect(await problems(text, examples.get("our backup reads the password file") ?? "")).toEqual([]);
  expect(await problems(text, "")).not.toEqual([]);
});

describe("disabling rules", () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-tuning-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Rules that match events of the drill's capture. */
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

  test("in the configuration, in the order of its entries", () => {
    const quiet = ["Cloud access keys searched with find or grep", "Kubernetes API server accessed from container"];
    expect(all.size).toBeGreaterThan(20);
    expect([...all]).toEqual(expect.arrayContaining([...quiet, "Private keys searched with find or grep"]));
    expect(firing("-c", written("eyas.yaml", "eyas.yaml"))).toEqual(without(quiet));
  });

  test("by tag on the command line", () => {
    const quiet = ["Kubernetes API server accessed from container"];
    expect(firing("-o", "rules[].disable.tag=k8s")).toEqual(without(quiet));
  });

  test("by severity", () => {
    const severe = firing("-o", "priority=warning");
    expect(severe).toContain(SHADOW);
    expect(all).toContain("Debugger evasion attempted with ptrace");
    expect(severe).not.toContain("Debugger evasion attempted with ptrace");
  });

  test("in a rule file", () => {
    const own = written("my-rules.yaml", "debuggers are used regularly");
    expect(all).toContain("Process attached or modified with ptrace");
    expect(firing("-r", own)).toEqual(without(["Process attached or modified with ptrace"]));
  });
});

test("every example of the document is tested", () => {
  const tried = [...Object.keys(promises), "my-rules.test.yaml", "eyas.yaml", "debuggers are used regularly"];
  expect([...examples.keys()].sort()).toEqual(tried.sort());
});

/**
 * The incubating rules on captures of attacks and of normal activity, compared with the incubating rules of Falco. The
 * captures are not in the repository; tests that require them are skipped if they are absent.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { defaultRules, readyRules } from "../src/agent/load/ready-rules.ts";
import { loadConfig } from "../src/config/load.ts";
import type { DrilledAlert } from "../src/drill/check.ts";
import { needs } from "../test/parts/needs.ts";
import { alertsIn, alertText, moment, recordings, replay } from "./captures.fixture.ts";
import { INCUBATING } from "./counterparts.fixture.ts";

const FILE = "syscall_incubating.yaml";
const { attack, attackByAll, busy, allCalls } = recordings;

/** The Falco rule whose counterpart raises its alert at another event: when tar starts. */
const RAISED_ELSEWHERE = "Exfiltrating Artifacts via Kubernetes Control Plane";

/** Alerts of Falco without an alert of the incubating rules, with the reason. */
const LEFT_OUT: readonly { readonly why: string; readonly is: (alert: DrilledAlert) => boolean }[] = [
  {
    why: "a program that is not found in a directory of PATH has not run",
    is: ({ fields }) => failedStarts().has(fields["evt.time"]),
  },
  {
    why: "a process that drops root for another user gains no privileges, and some daemons request root only to verify that it is denied",
    is: ({ rule, fields }) =>
      rule === "Non sudo setuid" &&
      (fields["evt.arg.uid"] !== "root" || String(fields["proc.name"]).startsWith("sshd-")),
  },
  {
    why: "public keys are not secret",
    is: ({ rule, fields }) => rule === "Read ssh information" && String(fields["fd.name"]).endsWith(".pub"),
  },
  {
    why: "the SSH server reads the keys of users who log in",
    is: ({ rule, fields }) => rule === "Read ssh information" && fields["proc.name"] === "sshd-session",
  },
  {
    why: "UDP traffic that stays on the machine is harmless",
    is: ({ rule, fields }) => rule === "Unexpected UDP Traffic" && String(fields["fd.name"]).startsWith("::1:"),
  },
  {
    why: "useradd creates the startup files of a new account",
    is: ({ rule, fields }) => rule === "Modify Shell Configuration File" && fields["proc.name"] === "useradd",
  },
  {
    why: "listing jobs, or printing the help of a tool, changes nothing",
    is: ({ fields }) => fields["proc.cmdline"] === "crontab -l" || fields["proc.cmdline"] === "vipw --help",
  },
  {
    why: "a history that the same call created was empty",
    is: ({ rule, fields }) => rule === "Delete or rename shell history" && fields["proc.name"] === "bash",
  },
  {
    why: "a valid setting of the loader gives an unprivileged program no privileges that its user lacks",
    is: ({ rule, fields }) =>
      rule === "Potential Local Privilege Escalation via Environment Variables Misuse" &&
      ["timeout", "ls", "sh"].includes(String(fields["proc.name"])) &&
      fields["proc.cmdline"] !== "ls",
  },
  {
    why: "a query of packages, or a script run by npm, installs nothing in a container",
    is: ({ rule, fields }) =>
      rule === "Launch Package Management Process in Container" &&
      /^(dpkg -l|apt-get --version|npm -c .*)$/s.test(String(fields["proc.cmdline"])),
  },
  {
    why: "wget to standard output writes no file, and health checks use it regularly",
    is: ({ rule, fields }) =>
      rule === "Launch Ingress Remote File Copy Tools in Container" &&
      String(fields["proc.cmdline"]).startsWith("wget -qO- "),
  },
];

let failed: ReadonlySet<unknown> | undefined;

/** Times at which the attack tried to start a missing program. */
function failedStarts(): ReadonlySet<unknown> {
  if (failed !== undefined) return failed;
  const folder = mkdtempSync(join(tmpdir(), "eyas-rules-"));
  const rule = join(folder, "failed.yaml");
  const condition = "evt.type in (execve, execveat) and evt.rawres < 0";
  writeFileSync(rule, `- {rule: a start failed, desc: tried, condition: "${condition}", output: "%evt.res", priority: INFO}\n`);
  failed = new Set(replay(attack, rule).map(({ fields }) => fields["evt.time"]));
  rmSync(folder, { recursive: true });
  return failed;
}

interface Definition {
  readonly list?: string;
  readonly macro?: string;
  readonly rule?: string;
  readonly tags?: readonly string[];
}

function definitions(file: string): readonly Definition[] {
  return parse(readFileSync(join(import.meta.dirname, file), "utf8"));
}

const { config } = await loadConfig(undefined);

describe("the file of incubating rules", () => {
  test.each([
    { with: "by default", files: defaultRules },
    { with: "when the directory is specified", files: [import.meta.dirname] },
  ])("loads $with without a warning", async ({ files }) => {
    const { results } = await readyRules(files, config, "all", "here");
    expect(results.flatMap(({ warnings }) => warnings)).toEqual([]);
  });

  test("is loaded after the stable rules by default", async () => {
    const { ruleset } = await readyRules(defaultRules, config, "first", "here");
    const maturities = ruleset.rules.map(({ tags }) => tags.find((tag) => tag.startsWith("maturity_")));
    expect(new Set(maturities)).toEqual(new Set(["maturity_stable", "maturity_incubating"]));
    expect(maturities).toEqual([...maturities].sort().reverse());
  });

  test("redefines no list or macro of syscall.yaml", () => {
    const named = (file: string) => definitions(file).flatMap(({ list, macro }) => list ?? macro ?? []);
    const others = new Set(named("syscall.yaml"));
    expect(named(FILE).filter((name) => others.has(name))).toEqual([]);
  });

  test("tags each rule as incubating, with a tactic of MITRE ATT&CK and its scope", () => {
    for (const { rule, tags } of definitions(FILE)) {
      if (rule === undefined) continue;
      expect(tags, rule).toContain("maturity_incubating");
      expect(tags, rule).toContainEqual(expect.stringMatching(/^mitre_/));
      expect(tags, rule).toContainEqual(expect.stringMatching(/^(host|container)$/));
    }
  });
});

describe("the incubating rules on a capture of attacks", needs("shared captures"), () => {
  const own = existsSync(attack) ? replay(attack, "syscall.yaml", FILE) : [];
  const theirs = existsSync(attackByAll) ? alertsIn(attackByAll).filter(({ rule }) => rule in INCUBATING) : [];
  const moments = new Set(own.map((alert) => moment(alert.rule, alert)));

  test("match where Falco's incubating rules do, except for documented differences", () => {
    const missed = theirs
      .filter((alert) => !LEFT_OUT.some(({ is }) => is(alert)))
      .filter((alert) => alert.rule !== RAISED_ELSEWHERE)
      .filter((alert) => !(INCUBATING[alert.rule] ?? []).some((rule) => moments.has(moment(rule, alert))));
    expect(missed.map(alertText)).toEqual([]);
  });

  test("raise one alert when tar starts, not one per file", () => {
    const commands = (alerts: readonly DrilledAlert[], rule: string) =>
      alerts.filter((alert) => alert.rule === rule).map(({ fields }) => fields["proc.cmdline"]);
    expect(commands(own, "Files copied out of container with tar")).toEqual(commands(theirs, RAISED_ELSEWHERE));
  });

  test("match created user namespaces, where Falco matches denied ones", () => {
    const made = own.filter((alert) => alert.rule === "Linux namespace created in container" && alert.fields["evt.res"] === "SUCCESS");
    expect(made.map(({ fields }) => fields["proc.cmdline"])).toEqual(["unshare -U true", "unshare -U true", "unshare -r id"]);
  });

  test("every documented difference occurs", () => {
    for (const { why, is } of LEFT_OUT) expect(theirs.some(is), why).toBe(true);
  });
});

describe("the incubating rules on captures of normal activity", needs("shared benchmarks"), () => {
  test.each([busy, allCalls])("match only the added scheduled job in %s", (recording) => {
    expect(replay(recording, "syscall.yaml", FILE).map(alertText)).toEqual([
      "Scheduled job created or modified: bash /root/drill/busy.sh /etc/cron.d/site",
    ]);
  });
});

/**
 * The default rules on captures of attacks and of normal activity, compared with the stable rules of Falco. The
 * captures are not in the repository; tests that require them are skipped if they are absent.
 */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { DrilledAlert } from "../src/drill/check.ts";
import { needs } from "../test/parts/needs.ts";
import { alertsIn, alertText, moment, recordings, replay } from "./captures.fixture.ts";
import { STABLE } from "./counterparts.fixture.ts";

const { attack, attackByStable, busy } = recordings;

/** Alerts of Falco without an alert of the default rules, with the reason. */
const LEFT_OUT: readonly { readonly why: string; readonly is: (alert: DrilledAlert) => boolean }[] = [
  {
    why: "a debugger that starts its target is not hiding",
    is: ({ rule, fields }) => rule === "PTRACE anti-debug attempt" && fields["proc.name"] === "strace",
  },
  {
    why: "strace attaches to a copy of itself, which then executes the program to trace",
    is: ({ rule, fields }) =>
      rule === "PTRACE attached to process" &&
      fields["proc.name"] === "strace" &&
      !String(fields["proc.cmdline"]).includes(" -p "),
  },
  {
    why: "files under /etc/pam.d are world-readable and contain no secrets",
    is: ({ rule, fields }) =>
      rule === "Read sensitive file untrusted" && String(fields["fd.name"]).startsWith("/etc/pam.d/"),
  },
  {
    why: "a server that has been running for some time is covered by a separate rule",
    is: ({ rule, fields }) => rule === "Read sensitive file untrusted" && fields["proc.name"] === "nginx",
  },
  {
    why: "a program that is not found in a directory of PATH has not run",
    is: ({ rule, fields }) =>
      (rule === "Find AWS Credentials" && fields["proc.name"] === "egrep") ||
      (rule === "System user interactive" && fields["proc.name"] === "setpriv"),
  },
  {
    why: "a log that the same call created was empty",
    is: ({ rule, fields }) =>
      rule === "Clear Log Activities" && fields["proc.cmdline"] === "bash /root/drill/attack.sh",
  },
];

describe("the default rules on a capture of attacks", needs("shared captures"), () => {
  const own = existsSync(attack) ? replay(attack, "syscall.yaml") : [];
  const theirs = existsSync(attackByStable) ? alertsIn(attackByStable) : [];
  const moments = new Set(own.map((alert) => moment(alert.rule, alert)));

  test("match where Falco's stable rules do, except for documented differences", () => {
    const missed = theirs
      .filter((alert) => !LEFT_OUT.some(({ is }) => is(alert)))
      .filter((alert) => alert.rule !== "Redirect STDOUT/STDIN to Network Connection in Container")
      .filter((alert) => !(STABLE[alert.rule] ?? []).some((rule) => moments.has(moment(rule, alert))))
      .map(alertText);
    expect(missed).toEqual([]);
  });

  test("raise one alert for a redirected stream, where Falco raises three", () => {
    const connections = (alerts: readonly DrilledAlert[], rule: string) =>
      alerts.filter((alert) => alert.rule === rule).map((alert) => String(alert.fields["fd.name"]));
    const theirConnections = connections(theirs, "Redirect STDOUT/STDIN to Network Connection in Container");
    const alertedOnce = connections(own, "Standard stream redirected to network socket");
    expect(alertedOnce.sort()).toEqual([...new Set(theirConnections)].sort());
  });

  test("every documented difference occurs", () => {
    for (const { why, is } of LEFT_OUT) expect(theirs.some(is), why).toBe(true);
  });
});

describe("the default rules on a capture of normal activity", needs("shared benchmarks"), () => {
  test("match nothing", () => {
    expect(replay(busy, "syscall.yaml").map(alertText)).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { DRILL_ACTIONS } from "./actions.ts";
import { checkActions, matchesAction, readAlerts } from "./check.ts";

const readShadow = DRILL_ACTIONS.filter((action) => action.name === "read-shadow");

function alert(fields: Record<string, unknown>, rule = "Credential file read by unexpected program"): string {
  return JSON.stringify({ rule, priority: "Warning", output_fields: fields });
}

describe("alerts of the drill", () => {
  test("an alert matches an action by rule and fields", () => {
    const alerts = readAlerts(
      alert({ "proc.name": "cat", "fd.name": "/etc/shadow", "proc.cmdline": "cat /etc/shadow", "user.name": null }),
    );
    expect(checkActions(readShadow, alerts)).toEqual([
      { action: "read-shadow", rule: "Credential file read by unexpected program", alerts: 1 },
    ]);
  });

  test("an alert about another process does not match", () => {
    const alerts = readAlerts(
      alert({ "proc.name": "head", "fd.name": "/etc/shadow", "proc.cmdline": "head /etc/shadow" }),
    );
    expect(checkActions(readShadow, alerts)[0]?.alerts).toBe(0);
  });

  test("an alert of another rule does not match", () => {
    const alerts = readAlerts(
      alert({ "proc.name": "cat", "fd.name": "/etc/shadow", "proc.cmdline": "cat /etc/shadow" }, "Log file truncated"),
    );
    expect(checkActions(readShadow, alerts)[0]?.alerts).toBe(0);
  });

  test("lines that are not alerts are ignored", () => {
    expect(readAlerts('watching\n{"torn": \n{"rule": 3}\n[]\n')).toEqual([]);
  });

  test.each([
    ["/dev/shm/eyas-drill-*/payload", "/dev/shm/eyas-drill-x/payload", true],
    ["/dev/shm/eyas-drill-*/payload", "/dev/shm/eyas-drill-x/payload2", false],
    ["127.0.0.1:*->127.0.0.1:*", "127.0.0.1:4->127.0.0.1:5", true],
    ["127.0.0.1:*->127.0.0.1:*", "127.0.0.1:4", false],
    ["ab*ba", "aba", false],
    ["*", null, false],
  ])("the pattern %j on %j: %j", (pattern, value, expected) => {
    const [action] = readShadow;
    if (action === undefined) throw new Error("the action is gone");
    const seen = { rule: action.rule, fields: { "fd.name": value } };
    expect(matchesAction({ ...action, shows: { "fd.name": pattern } }, seen)).toBe(expected);
  });
});

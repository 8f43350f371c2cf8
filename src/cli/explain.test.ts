import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { home, sample } from "../agent/home.ts";

const launcher = join(home, "bin/eyas");
const recording = sample() ?? "";
const rules = join(home, "rules/syscall.yaml");
const RULE = "Packet socket opened in container";

function eyas(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(launcher, words, { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("the sample capture", needs("recording"), () => {
  it("is searched for the event that matches a rule, and by event number and alert time", () => {
    const { status, stdout } = eyas("explain", recording, "-r", rules, "--rule", RULE, "--json");
    expect(status).toBe(0);
    const { event, rules: result } = JSON.parse(stdout);
    expect(result).toMatchObject([{ rule: RULE, fires: true, missing: [], condition: { verdict: true } }]);
    const alerts = eyas("replay", recording, "-r", rules, "--json").stdout.split("\n");
    const { time } = JSON.parse(alerts.find((line) => line.includes(RULE)) ?? "");
    for (const which of [String(event["evt.num"]), time]) {
      const text = eyas("explain", recording, "-r", rules, "--event", which).stdout;
      expect(text).toContain(`\n${RULE} (${rules}:`);
      expect(text).toContain(`\nmatch: all `);
      expect(text).toContain("\nClosest other rules:\n");
      expect(text).not.toContain("\x1b");
    }
  });

  it("is profiled as text and as JSON", () => {
    const text = eyas("profile", recording, "-r", rules, "--top", "1").stdout;
    expect(text).toMatch(/\nLines\n.*\n.*%.*\n +\S+syscall\.yaml:\d+, /);
    const profile = JSON.parse(eyas("profile", recording, "-r", rules, "--json").stdout);
    expect(profile.lines[0].time).toBeGreaterThanOrEqual(profile.lines[1].time);
    expect(profile.rules.find(({ name }: { name: string }) => name === RULE)).toMatchObject({ file: rules });
    expect(profile.types.map(({ name }: { name: string }) => name)).toContain("openat");
  });

  it.each([
    [[recording, "--rule", `${RULE}s`], `Rule "${RULE}s" not found; did you mean "${RULE}"?`],
    [[recording, "--event", "999999999"], "has no event 999999999; number of events: "],
    [
      [recording, "--event", "yesterday"],
      'Invalid --event "yesterday": expected an event number or the time of an alert.',
    ],
    [[recording], "Missing option: pass --event (number or time), --rule, or both."],
    [[], "Missing argument: pass a capture or --live."],
    [["--live"], "--live requires --rule."],
  ])("explain %j is an error", (words, message) => {
    const { status, stdout, stderr } = eyas("explain", ...words);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(message);
  });
});

describe("a file of Kubernetes audit events", () => {
  const audit = join(home, "test/k8s-audit/audit-log.jsonl.gz");

  it("is explained: an event with its main fields, the matching rules and the closest other rules", () => {
    const { status, stdout } = eyas("explain", "--source", "k8s_audit", audit, "--rule", "Privileged pod created");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Event \d+: k8s_audit at 2026-11-25T/);
    expect(stdout).toContain("ka.user.name = admin, ka.verb = create, ka.target.resource = pods");
    expect(stdout).toContain("\nmatch: all 2 parts are true.");
    const { event, rules: result } = JSON.parse(
      eyas("explain", "--source", "k8s_audit", audit, "--event", "1", "--json").stdout,
    );
    expect(event).toMatchObject({ "evt.num": 1, "evt.source": "k8s_audit" });
    expect(result.length).toBeGreaterThan(0);
  });

  it("is profiled", () => {
    const profile = JSON.parse(eyas("profile", "--source", "k8s_audit", audit, "--json").stdout);
    expect(profile).toMatchObject({ events: 386, concerned: 386, types: [{ name: "pluginevent (enter)" }] });
  });

  it.each([
    [["--source", "k8s_audit", "--live", "--rule", "Privileged pod created"], "k8s_audit cannot be read live"],
    [[audit, "-r", join(home, "rules"), "--rule", "Privileged pod created"], "use --source k8s_audit."],
  ])("explain %j is an error", (words, message) => {
    expect(eyas("explain", ...words)).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining(message),
    });
  });
});

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

describe("the recording that comes with Eyas", needs("recording"), () => {
  it("is searched for the event at which a rule fires, which its number and the time of its alert name too", () => {
    const { status, stdout } = eyas("explain", recording, "-r", rules, "--rule", RULE, "--json");
    expect(status).toBe(0);
    const { event, rules: told } = JSON.parse(stdout);
    expect(told).toMatchObject([{ rule: RULE, fires: true, missing: [], condition: { verdict: true } }]);
    const alerts = eyas("replay", recording, "-r", rules, "--json").stdout.split("\n");
    const { time } = JSON.parse(alerts.find((line) => line.includes(RULE)) ?? "");
    for (const which of [String(event["evt.num"]), time]) {
      const text = eyas("explain", recording, "-r", rules, "--event", which).stdout;
      expect(text).toContain(`\n${RULE} (${rules}:`);
      expect(text).toContain(`\nfires: all `);
      expect(text).toContain("\nCame nearest:\n");
      expect(text).not.toContain("\x1b");
    }
  });

  it("is profiled as text and as JSON", () => {
    const text = eyas("profile", recording, "-r", rules, "--top", "1").stdout;
    expect(text).toMatch(/Most expensive lines\n.*\n.*%.*\n +\S+syscall\.yaml:\d+, /);
    const profile = JSON.parse(eyas("profile", recording, "-r", rules, "--json").stdout);
    expect(profile.lines[0].time).toBeGreaterThanOrEqual(profile.lines[1].time);
    expect(profile.rules.find(({ name }: { name: string }) => name === RULE)).toMatchObject({ file: rules });
    expect(profile.types.map(({ name }: { name: string }) => name)).toContain("openat");
  });

  it.each([
    [[recording, "--rule", `${RULE}s`], `There is no rule "${RULE}s"; did you mean "${RULE}"?`],
    [[recording, "--event", "999999999"], "there is no event 999999999."],
    [
      [recording, "--event", "yesterday"],
      '--event takes the number of an event, or its time as alerts state it, not "yesterday".',
    ],
    [[recording], "Name an event with --event (its number or time), a rule with --rule, or both."],
    [[], "Name a capture, or --live."],
    [["--live"], "--live needs --rule, the name of the rule to explain."],
  ])("explain %j is answered with a sentence", (words, sentence) => {
    const { status, stdout, stderr } = eyas("explain", ...words);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(sentence);
  });
});

describe("a file of Kubernetes audit events", () => {
  const audit = join(home, "test/k8s-audit/audit-log.jsonl.gz");

  it("is explained: an event with what it is about, the rules that fired and those that came nearest", () => {
    const { status, stdout } = eyas("explain", "--source", "k8s_audit", audit, "--rule", "Privileged pod created");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Event \d+: k8s_audit at 2026-11-25T/);
    expect(stdout).toContain("ka.user.name = admin, ka.verb = create, ka.target.resource = pods");
    expect(stdout).toContain("\nfires: all 2 parts hold.");
    const { event, rules: told } = JSON.parse(
      eyas("explain", "--source", "k8s_audit", audit, "--event", "1", "--json").stdout,
    );
    expect(event).toMatchObject({ "evt.num": 1, "evt.source": "k8s_audit" });
    expect(told.length).toBeGreaterThan(0);
  });

  it("is profiled", () => {
    const profile = JSON.parse(eyas("profile", "--source", "k8s_audit", audit, "--json").stdout);
    expect(profile).toMatchObject({ events: 386, concerned: 386, types: [{ name: "pluginevent (enter)" }] });
  });

  it.each([
    [["--source", "k8s_audit", "--live", "--rule", "Privileged pod created"], "Name a file with events of k8s_audit"],
    [[audit, "-r", join(home, "rules"), "--rule", "Privileged pod created"], "say --source k8s_audit."],
  ])("explain %j is answered with a sentence", (words, sentence) => {
    expect(eyas("explain", ...words)).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining(sentence),
    });
  });
});

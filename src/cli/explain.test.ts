import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { home, sample } from "./home.ts";

const launcher = join(home, "bin/eyas");
const recording = sample() ?? "";
const rules = join(home, "rules/syscall.yaml");
const RULE = "Packet socket in a container";

function eyas(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(launcher, words, { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe.skipIf(recording === "")("the recording that comes with Eyas", () => {
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

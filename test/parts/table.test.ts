import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { allowedSkips } from "./allowed-skips.ts";
import { needs } from "./needs.ts";
import type { Part } from "./part.ts";
import { forbiddenSkips, type Outcome, tableOf } from "./summary.ts";

const runner = join(import.meta.dirname, "../../scripts/run-tests.ts");

/** Runs the tests in skipping/. */
function run(environment: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const { CI: _, ...own } = process.env;
  const config = join(import.meta.dirname, "skipping/vitest.config.ts");
  const { status, stdout } = spawnSync(process.execPath, [runner, "--config", config, ...words], {
    env: { ...own, EYAS_SHARED: "/nowhere", NO_COLOR: "1", ...environment },
    encoding: "utf8",
  });
  return { status, stdout };
}

describe("a run of tests", { timeout: 180_000 }, () => {
  test("ends with the table of their parts, with any reporters", needs("openssl"), () => {
    for (const words of [[], ["--reporter=dot", "--reporter=json"]]) {
      const { status, stdout } = run({}, ...words);
      expect(stdout).toMatch(/^part +version +ran +skipped +why$/m);
      expect(stdout).toMatch(/^openssl +\d\S* +1 +0$/m);
      expect(stdout).toMatch(/^shared +0 +2 +the reference data is missing \(EYAS_SHARED\)$/m);
      expect(stdout).not.toContain("(none named)");
      expect(status).toBe(0);
    }
  });

  test("with a skipped test that is not allowed fails in CI, and names it", () => {
    const sentence = `"skips itself" (skipping.fixture.ts) was skipped: by request.`;
    const shown = /^\(none named\) +0 +1 +skipping\.fixture\.ts > skips itself: by request$/m;
    const inCi = run({ CI: "true", SKIP_ITSELF: "1" });
    expect(inCi.stdout).toContain(sentence);
    expect(inCi.stdout).toMatch(shown);
    expect(inCi.status).toBe(1);
    const elsewhere = run({ SKIP_ITSELF: "1" });
    expect(elsewhere.stdout).toMatch(shown);
    expect(elsewhere.stdout).not.toContain(sentence);
    expect(elsewhere.status).toBe(0);
    expect(run({ CI: "true" }).status).toBe(0);
  });

  test("runs a failed file once more in CI, and names its tests", () => {
    const state = mkdtempSync(join(tmpdir(), "eyas-table-"));
    try {
      const inCi = run({ CI: "true", FLAKY: join(state, "ran") });
      expect(inCi.stdout).toMatch(/^These test files failed, and run once more:\n {2}\S+\/skipping\.fixture\.ts$/m);
      expect(inCi.stdout).toMatch(
        /^Failed, then passed when they ran again:\n {2}\S+\/skipping\.fixture\.ts > passes in the second run\n {4}\S/m,
      );
      expect(inCi.status).toBe(0);
      const elsewhere = run({ FLAKY: join(state, "ran elsewhere") });
      expect(elsewhere.stdout).not.toContain("once more");
      expect(elsewhere.stdout).toMatch(/^Failed:\n {2}\S+\/skipping\.fixture\.ts > passes in the second run\n {4}\S/m);
      expect(elsewhere.status).toBe(1);
    } finally {
      rmSync(state, { recursive: true });
    }
  });

  test("fails if a file fails again, or if something other than a test fails", () => {
    const again = run({ CI: "true", FAIL: "1" });
    expect(again.stdout).toContain("once more");
    expect(again.stdout).not.toContain("then passed");
    expect(again.stdout).toMatch(/^Failed again:\n {2}\S+\/skipping\.fixture\.ts > .+\n {4}\S.+$/m);
    expect(again.status).toBe(1);
    const skipped = run({ CI: "true", FAIL: "1", SKIP_ITSELF: "1" });
    expect(skipped.stdout).not.toContain("once more");
    expect(skipped.status).toBe(1);
  });

  test("omits the tests of a suite that failed before its tests ran", () => {
    const { status, stdout } = run({ CI: "true", FAIL_BEFORE: "1" });
    expect(stdout).toContain("1 failed (1)");
    expect(stdout).not.toContain("(none named)");
    expect(stdout).not.toContain("was skipped:");
    expect(status).toBe(1);
  });

  test("by name omits filtered tests", () => {
    const { status, stdout } = run({ CI: "true" }, "-t", "skips itself");
    expect(stdout).not.toContain("(none named)");
    expect(status).toBe(0);
  });
});

const outcome = (name: string, rest: Partial<Outcome> = {}): Outcome => ({
  ...{
    name,
    file: "a.test.ts",
    skipped: Object.keys(rest.missing ?? {}).length > 0,
    parts: [],
    missing: {},
  },
  ...rest,
});

test("a part has no version if no test ran with it", () => {
  const part: Part = { name: "x", missing: () => undefined, version: () => "1.2" };
  const missing = { x: "x is not installed" };
  const lost = outcome("one", { parts: ["x"], missing });
  expect(tableOf([lost], [part])).toEqual([
    "part  version  ran  skipped  why",
    "x                0        1  x is not installed",
  ]);
  expect(tableOf([lost, outcome("two", { parts: ["x"] })], [part])[1]).toBe(
    "x     1.2        1        1  x is not installed",
  );
});

test("a skipped test is allowed by its name, or if all its missing parts are", () => {
  const allowed = [
    { parts: ["shared", "root cgroup"], reason: "" },
    { test: "suite > three", reason: "" },
  ] as const;
  const outcomes = [
    outcome("one", { missing: { shared: "no" } }),
    outcome("two", { missing: { shared: "no", openssl: "it is not installed" } }),
    outcome("suite > three", { skipped: true }),
    outcome("four", { skipped: true }),
    outcome("five"),
  ];
  expect(forbiddenSkips(outcomes, allowed)).toEqual([
    '"two" (a.test.ts) was skipped: no; it is not installed.',
    '"four" (a.test.ts) was skipped: the test does not name a missing part.',
  ]);
});

test("the number of allowed skips is limited", () => {
  const allowed = [
    { parts: ["cosign"], reason: "" },
    { parts: ["plugin rules"], reason: "", uncounted: true },
  ] as const;
  const skipped = (...parts: readonly string[]) =>
    outcome(parts.join(), { missing: Object.fromEntries(parts.map((part) => [part, "no"])) });
  const outcomes = [skipped("cosign"), skipped("cosign", "plugin rules"), skipped("plugin rules"), outcome("ran")];
  expect(forbiddenSkips(outcomes, allowed, 2)).toEqual([]);
  expect(forbiddenSkips(outcomes, allowed, 1)).toEqual([
    "2 tests were skipped for reasons in the list; the maximum is 1.",
  ]);
});

test("the list of allowed skips is short, and each has a reason", () => {
  expect(allowedSkips.length).toBeLessThanOrEqual(5);
  for (const each of allowedSkips) {
    expect(each.reason).not.toBe("");
    expect(each.parts ?? each.test).toBeDefined();
  }
});

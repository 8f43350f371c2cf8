import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SYSCALL_ACTIONS } from "../../src/drill/actions.ts";
import { type DrilledAlert, matchesAction, readAlerts } from "../../src/drill/check.ts";
import { needs } from "../parts/needs.ts";
import { ALL_RULES, alertsOf, ended, eyas, home, markedRules, pause, runDrill, startSensorWith } from "./sensor.ts";

/** Type of the overlay file system, as returned by statfs(2). */
const OVERLAYFS = 0x794c7630;

const IN_TEMPORARY = "Executable file created in temporary directory of container";

/**
 * Rules that correctly match programs of the drill because of the environment of the test: in the writable layer of a
 * container, below npm, or without a build program among the ancestors, where files that the drill prepares are
 * executables in a temporary directory.
 */
const SURROUNDINGS = [
  ...(statfsSync(process.execPath).type === OVERLAYFS ? ["Program executed from container writable layer"] : []),
  "Network tool started by package installation",
  IN_TEMPORARY,
];

describe("the default rules on this machine's kernel", needs("sensor"), () => {
  let alerts: readonly DrilledAlert[] = [];
  let replayed: readonly DrilledAlert[] = [];
  let hostile: Awaited<ReturnType<typeof runDrill>> = new Map();
  let benign: Awaited<ReturnType<typeof runDrill>> = new Map();
  const folder = mkdtempSync(join(tmpdir(), "eyas-recording-"));
  const recording = join(folder, "drill.scap");

  beforeAll(async () => {
    const sensor = await startSensorWith(ALL_RULES, markedRules(ALL_RULES));
    const rules = sensor.rules.flatMap((file) => ["-r", file]);
    const recorder = spawn(eyas, ["record", "-w", recording, ...rules], { stdio: ["ignore", "ignore", "pipe"] });
    let recorded = "";
    recorder.stderr.on("data", (bytes) => {
      recorded += bytes;
    });
    const closed = new Promise((resolve) => recorder.once("close", resolve));
    while (!recorded.includes("Recording") && recorder.exitCode === null) await pause(50);
    hostile = await runDrill();
    benign = await runDrill("--benign");
    await sensor.settled();
    alerts = sensor.alerts();
    await ended(recorder);
    await closed;
    expect(recorded).toMatch(/none dropped\.\n$/);
    replayed = await replay(recording, sensor.rules);
    await sensor.stop();
  }, 300_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe.each(SYSCALL_ACTIONS.map((action) => [action.name, action] as const))("%s", (name, action) => {
    const expected = [action.rule, ...(action.also ?? [])];

    test(`matches ${expected.map((rule) => `"${rule}"`).join(" and ")} for the right process, and no other rule`, ({
      skip,
    }) => {
      const report = hostile.get(name);
      if (report?.outcome === "skipped") skip(report.reason ?? "");
      expect(report).toMatchObject({ outcome: "done" });
      const own = alertsOf(alerts, name);
      expect(
        own.some((alert) => matchesAction(action, alert)),
        JSON.stringify(own),
      ).toBe(true);
      expect(own.filter(({ rule }) => !expected.includes(rule) && !SURROUNDINGS.includes(rule))).toEqual([]);
    });

    test("does not match its benign variant", ({ skip }) => {
      const report = benign.get(name);
      if (report?.outcome === "skipped") skip(report.reason ?? "");
      expect(report).toMatchObject({ outcome: "done" });
      const isOwn = (rule: string) => rule === action.rule && rule === IN_TEMPORARY;
      const others = alertsOf(alerts, `${name}-benign`).filter(
        ({ rule }) => isOwn(rule) || !SURROUNDINGS.includes(rule),
      );
      expect(others).toEqual([]);
    });
  });

  test("a capture recorded during the drill raises the same alerts as the live run", () => {
    const drilled = (all: readonly DrilledAlert[]) =>
      all
        .filter(({ fields }) => fields["proc.env[EYAS_DRILL]"])
        // These alerts depend on the programs that started the test. A capture does not record whether these programs
        // are installed.
        .filter(({ rule }) => !SURROUNDINGS.includes(rule))
        .map(timeless)
        .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)); // live, the start of a program waits for its hash
    expect(drilled(replayed)).toEqual(drilled(alerts));
  });
});

/**
 * Returns an alert without the values that differ between two sensors: times, and names of users in containers, since
 * each sensor reads these while the process exists and in limited time.
 */
function timeless({ rule, fields }: DrilledAlert): object {
  const isInContainer = fields["container.id"] !== "host";
  const differing = ["evt.time", "proc.duration", ...(isInContainer ? ["user.name", "user.loginname"] : [])];
  const same = Object.entries(fields).filter(([name]) => !differing.includes(name));
  return { rule, ...Object.fromEntries(same) };
}

function replay(capture: string, rules: readonly string[]): Promise<DrilledAlert[]> {
  return new Promise((resolve, reject) => {
    const args = [
      "replay",
      capture,
      ...rules.flatMap((file) => ["-r", file]),
      "--match",
      "all",
      "--json",
      "-o",
      "community_id=always",
    ];
    const child = spawn(eyas, args, { cwd: home, stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", () => resolve(readAlerts(text)));
  });
}

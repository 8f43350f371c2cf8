import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { WATCHED_FOLDER } from "../../src/drill/action.ts";
import { FILE_ACTIONS } from "../../src/drill/actions.ts";
import { type DrilledAlert, matchesAction } from "../../src/drill/check.ts";
import { needs } from "../parts/needs.ts";
import { home, pause, READY_RULE, runDrill, startSensorWith } from "./sensor.ts";

const BASELINE = "File integrity baseline created";
const EXPECTED = new Set(FILE_ACTIONS.flatMap(({ rule, also = [] }) => [rule, ...also]));

describe("the drill for file integrity", needs("root", "sensor"), () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-drill-files-"));
  let hostile: Awaited<ReturnType<typeof runDrill>> = new Map();
  let benign: Awaited<ReturnType<typeof runDrill>> = new Map();
  let alerts: readonly DrilledAlert[] = [];

  // Machines without an SSH client or server do not have the directory.
  const made = [WATCHED_FOLDER, "/etc/ssh"].filter((path) => !existsSync(path));

  beforeAll(async () => {
    for (const path of made) mkdirSync(path);
    // The default directories, without those whose files take long to hash.
    const option = (key: string, value: string): string[] => ["-o", `sources.file_integrity.${key}=${value}`];
    const sensor = await startSensorWith(
      [join(home, "rules/file_integrity.yaml")],
      READY_RULE,
      ...option("exclude", "[/usr/bin, /usr/sbin, /usr/lib, /usr/lib64, /usr/libexec]"),
      ...option("paths", `[${WATCHED_FOLDER}]`),
      ...option("baseline", join(folder, "baseline.db")),
    );
    await vi.waitFor(() => expect(sensor.alerts().map(({ rule }) => rule)).toContain(BASELINE), 120_000);
    [hostile, benign] = await Promise.all([
      runDrill("--source", "file_integrity"),
      runDrill("--source", "file_integrity", "--benign"),
    ]);
    const isMissing = () =>
      FILE_ACTIONS.some((action) => !sensor.alerts().some((alert) => matchesAction(action, alert)));
    for (const end = Date.now() + 60_000; Date.now() < end && isMissing(); ) await pause(200);
    alerts = sensor.alerts();
    await sensor.stop();
  }, 300_000);

  afterAll(() => {
    for (const path of [folder, ...made]) rmSync(path, { recursive: true, force: true });
  });

  test.each(FILE_ACTIONS.map((action) => [action.name, action] as const))("%s", (name, action) => {
    expect([hostile.get(name), benign.get(name)]).toMatchObject([{ outcome: "done" }, { outcome: "done" }]);
    expect(alerts.filter((alert) => matchesAction(action, alert))).toHaveLength(1);
  });

  test("raises no alert of another rule, and none for the benign twins", () => {
    const own = alerts.filter(({ fields }) => /eyas-drill|_history$/.test(String(fields["fim.path"])));
    const twins = /-(?:twin\.lock|brief|directory|elsewhere|log\.lock|notes)$/;
    expect(own.filter(({ rule, fields }) => !EXPECTED.has(rule) || twins.test(String(fields["fim.path"])))).toEqual([]);
  });
});

import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { home, type LiveSensor, pause, READY_RULE, startSensorWith } from "./sensor.ts";

const RULES = join(home, "rules/file_integrity.yaml");
export const WATCHED = "Watched file changed";
export const PATIENCE = 60_000;

export const folder = realpathSync(mkdtempSync(join(tmpdir(), "eyas-integrity-")));
export const watched = join(folder, "watched");
export const elsewhere = join(folder, "elsewhere");
const baseline = join(folder, "baseline.db");

export function removeFolder(): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Files with this size get their inode in alerts, since names with control characters are escaped. */
export const MARKED_SIZE = 77;
const OWN_RULES = `${READY_RULE}
- rule: Marked file
  desc: Shows the inode of a file
  condition: fim.size = ${MARKED_SIZE}
  output: "%fim.inode"
  priority: DEBUG
  source: file_integrity
- rule: Rewritten file
  desc: Shows files that are as they were
  condition: fim.change = rewritten
  output: "%fim.path %fim.change"
  priority: DEBUG
  source: file_integrity
- rule: Packages changed
  enabled: true
  override: { enabled: replace }
`;

/** Starts the agent with a single watched directory, and waits until the files in it are known. */
export async function start(...more: readonly string[]): Promise<LiveSensor> {
  const option = (key: string, value: string): string[] => ["-o", `sources.file_integrity.${key}=${value}`];
  const sensor = await startSensorWith(
    [RULES],
    OWN_RULES,
    ...option("paths", watched),
    ...option("default_paths", "false"),
    ...option("baseline", baseline),
    ...option("quiet", "500ms"),
    ...more,
  );
  const probe = join(watched, `ready-${Math.random()}`);
  for (let tries = 0; tries < 100 && changes(sensor, probe).length === 0; tries++) {
    appendFileSync(probe, "x"); // the first scan may have recorded the previous change
    await pause(1200);
  }
  return sensor;
}

/** Returns the alerts of changes of a path. */
export function changes(sensor: LiveSensor, path: string): DrilledAlert[] {
  return sensor.alerts().filter(({ fields }) => fields["fim.path"] === path);
}

/** Waits for alerts of a path, and then for additional alerts of the path. */
export async function settledChanges(sensor: LiveSensor, path: string): Promise<DrilledAlert[]> {
  await expect.poll(() => changes(sensor, path).length, { timeout: PATIENCE, interval: 100 }).toBeGreaterThan(0);
  const later = join(watched, `later-${Math.random()}`);
  writeFileSync(later, "");
  await expect.poll(() => changes(sensor, later).length, { timeout: PATIENCE, interval: 100 }).toBeGreaterThan(0);
  return changes(sensor, path);
}

/** Creates a file in a directory, whose alert shows that the directory is watched. */
export function marker(directory: string): string {
  const path = join(directory, "marker");
  writeFileSync(path, "");
  return path;
}
export function run(program: string, ...words: readonly string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}

export const python = (code: string, ...words: readonly string[]): void => run("python3", "-c", code, ...words);
export const sh = (...words: readonly string[]) => run("sh", "-c", ...words);

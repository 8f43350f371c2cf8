import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { loadConfig } from "../../config/load.ts";
import { openSnapshotTimer } from "./snapshot-timer.ts";

/** Returns the number of snapshots that are due within 250 milliseconds. */
async function dueSoon(interval: string): Promise<number> {
  const settings = ["metrics.enabled=true", "metrics.output_rule=true", `metrics.interval=${interval}`];
  const { config } = await loadConfig(undefined, settings);
  let due = 0;
  const timer = openSnapshotTimer(
    config,
    () => due++,
    () => {},
  );
  await sleep(250);
  timer.close();
  return due;
}

test("an interval that exceeds the maximum delay of Node.js timers does not cause continuous snapshots", async () => {
  expect(await dueSoon("100ms")).toBeGreaterThan(0);
  expect(await dueSoon("5w")).toBe(0);
});

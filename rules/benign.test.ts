/** Recordings of benign workloads (docs/noise.md) raise only alerts about deliberate changes. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { alertText, replay } from "./captures.fixture.ts";

const folder = join(import.meta.dirname, "../test/benign");
const recordings = readdirSync(folder).filter((name) => name.endsWith(".scap.gz"));

/** Correct alerts of a recording. */
const expected: Readonly<Record<string, readonly string[]>> = {
  // This recording includes the setup of the workload, which installs a crontab.
  "web.scap.gz": ["Scheduled job created or modified"],
};

describe("alerts of benign workloads", () => {
  test("there are recordings", () => {
    expect(recordings.length).toBeGreaterThan(0);
  });

  test.each(recordings)("%s", (name) => {
    const alerts = replay(join(folder, name), "syscall.yaml", "syscall_incubating.yaml", "syscall_threats.yaml");
    const known = new Set(expected[name] ?? []);
    expect(alerts.filter(({ rule }) => !known.delete(rule)).map(alertText)).toEqual([]);
    expect([...known]).toEqual([]);
  });
});

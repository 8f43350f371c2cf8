import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { testHost } from "../../../../test/response/host.ts";
import { alertOf, requestOf } from "../../../../test/response/process.ts";
import { withFallbacks } from "../../parameters.ts";
import { action } from "./capture.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-capture-"));
const captures = join(folder, "captures");
const host = testHost({ folder });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sizeOf = (name: string): number => lstatSync(join(captures, name)).size;
const request = (given: Record<string, unknown>) => ({
  ...requestOf(alertOf({}), withFallbacks(action.parameters, given)),
  host,
});

describe("host:capture", needs("sensor"), () => {
  test("records for the given time to a capture that replays", async () => {
    const going = action.run(request({ seconds: 2 }));
    const bait = join(folder, "bait");
    writeFileSync(bait, "");
    const reading = setInterval(() => spawnSync("cat", [bait]), 200);
    const result = await going;
    clearInterval(reading);
    expect(result).toMatchObject({
      outcome: "done",
      answer: expect.stringMatching(/^Recorded [\d.]+ s to .*\.scap \(\d+ bytes\)\.$/),
    });
    const [name] = readdirSync(captures);
    expect(lstatSync(captures).mode & 0o777).toBe(0o700);
    const rules = join(folder, "rules.yaml");
    writeFileSync(
      rules,
      `- rule: Bait\n  desc: x\n  condition: evt.type in (open, openat, openat2) and fd.name = ${bait}\n  output: read %fd.name\n  priority: NOTICE\n`,
    );
    const replayed = spawnSync(host.launcher, ["replay", join(captures, name!), "-r", rules], { encoding: "utf8" });
    expect(replayed.stdout).toContain(`read ${bait}`);
  });

  test("a recording aborted at its timeout is a valid capture", async () => {
    const timeout = new AbortController();
    const going = action.run({
      ...request({ seconds: 3600, compress: true }),
      key: "b",
      signal: timeout.signal,
    });
    const begun = () => readdirSync(captures).some((each) => each.endsWith(".gz") && sizeOf(each) > 0);
    // Generates incompressible events until the first block of the file is written.
    const more = () => spawnSync("/bin/true", [], { env: { NOISE: randomBytes(1500).toString("base64") } });
    for (const end = Date.now() + 60_000; !begun() && Date.now() < end; more()) await sleep(10);
    timeout.abort();
    const result = await going;
    expect(result).toMatchObject({
      outcome: "done",
      answer: expect.stringMatching(/\.scap\.gz \(\d+ bytes\); the recording was aborted\.$/),
    });
    const name = readdirSync(captures).find((each) => each.endsWith(".gz")) ?? "";
    const replayed = spawnSync(host.launcher, ["replay", join(captures, name)], { encoding: "utf8" });
    expect([replayed.status, replayed.stderr]).toEqual([0, ""]); // no warning about a truncated end
  }, 120_000);
});

test("a failed recording is reported and leaves no file", async () => {
  const other = mkdtempSync(join(tmpdir(), "eyas-capture-"));
  const broken = testHost({ folder: other, launcher: "/nowhere/eyas" });
  expect(await action.run({ ...request({}), host: broken })).toMatchObject({ outcome: "failed" });
  const refuses = testHost({ folder: other, launcher: "/bin/false" });
  expect(await action.run({ ...request({}), host: refuses })).toEqual({
    outcome: "failed",
    reason: "Cannot record: the recorder exited with 1.",
  });
  expect(readdirSync(join(other, "captures"))).toEqual([]);
  rmSync(other, { recursive: true });
});

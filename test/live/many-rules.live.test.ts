import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { home } from "../../src/agent/home.ts";
import { manyRules } from "../many-rules.ts";
import { needs } from "../parts/needs.ts";
import { markedRules, startSensorWith } from "./sensor.ts";

const RULES = 10_000;
const OPENS = 800_000;
const defaults = join(home, "rules/syscall.yaml");

const folder = mkdtempSync(join(tmpdir(), "eyas-many-rules-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens and closes files with changing names. */
const STORM = `for my $i (1..$ARGV[0]) {
  open(my $f, "<", "$ARGV[1]-" . ($i % 100));
  close($f) if $f;
}`;

function storm(): Promise<number | null> {
  const child = spawn("perl", ["-e", STORM, String(OPENS), join(folder, "file")], { stdio: "inherit" });
  return new Promise((resolve) => child.once("close", resolve));
}

test(`with ${RULES} rules, no event of two storms of opens is dropped`, {
  ...needs("sensor"),
  timeout: 300_000,
}, async () => {
  const many = join(folder, "many.yaml");
  writeFileSync(many, manyRules([defaults], RULES));
  for (let file = 0; file < 100; file += 2) writeFileSync(join(folder, `file-${file}`), "");
  const sensor = await startSensorWith([defaults, many], markedRules([defaults]));
  try {
    const before = sensor.drops();
    expect(await Promise.all([storm(), storm()])).toEqual([0, 0]);
    expect(await sensor.allDrops(), sensor.log()).toBe(before);
  } finally {
    await sensor.stop();
  }
});

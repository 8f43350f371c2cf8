// Tests that texts from files, events and arguments cannot control the terminal on which a command prints them.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { home, sample } from "../agent/home.ts";
import { entry } from "../journal/alerts.fixture.ts";
import { openWriter } from "../journal/write.ts";

/**
 * A text that sets the terminal title, sets a color with a C1 control, and contains bidirectional marks and isolates.
 */
const HOSTILE = "x\u001b]0;owned\u0007\u009b31m\u202eevil\u2066\u200f\u2028y";
const RAW = /[^\P{Cc}\n\t]|[\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

const folder = mkdtempSync(join(tmpdir(), "eyas-hostile-"));
afterAll(() => rmSync(folder, { recursive: true }));
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const yaml = JSON.stringify(HOSTILE);
const rules = file(
  "rules.yaml",
  `
- rule: ${yaml}
  desc: ${yaml}
  condition: evt.type = execve
  output: ${JSON.stringify(`ran ${HOSTILE} %proc.name`)}
  priority: WARNING
  tags: [${yaml}]
`,
);
const broken = file(`broken${HOSTILE.replaceAll("/", "")}.yaml`, `- rule: ${yaml}\n  condition: ${HOSTILE} =\n`);
const tests = file("x.test.yaml", `rules: [rules.yaml]\ntests:\n  - name: ${yaml}\n    ${yaml}: 1\n`);
const responses = file("responses.yaml", `- {response: ${yaml}, match: rule exists, actions: [host:kill, ${yaml}]}\n`);
const config = file("eyas.yaml", `${yaml}: 1\nengine: {kind: ${yaml}}\n`);
const journal = join(folder, "journal.db");
const writer = openWriter(journal, { maxAge: 0, maxSize: 0 });
writer.append([
  entry(1, { rule: HOSTILE, message: HOSTILE, tags: [HOSTILE], hostname: HOSTILE }, { "fd.name": HOSTILE }),
]);
writer.close();
const alerts = file("alerts.json", `{"rule": ${yaml}, "output": ${yaml}}\n`);
const capture = sample() ?? "";

const commands: readonly (readonly string[])[] = [
  ["check", rules],
  ["check", broken],
  ["check", broken, "--json"],
  ["check", responses],
  ["check", join(folder, HOSTILE)],
  ["rules", "-r", rules],
  ["rules", "-r", rules, "--format", "json"],
  ["rules", "-r", rules, "--describe", HOSTILE],
  ["rules", "-r", rules, "--describe", `${HOSTILE}z`],
  ["rules", "-r", rules, "--mitre"],
  ["test", tests],
  ["test", tests, "--json"],
  ["test", tests, "--tap"],
  ["replay", capture, "-r", rules],
  ["replay", capture, "-r", broken],
  ["replay", join(folder, HOSTILE)],
  ["replay", capture, "-r", rules, "-o", `${HOSTILE}=1`],
  ["explain", capture, "-r", rules, "--event", "1"],
  ["explain", capture, "-r", rules, "--nearest", "--rule", HOSTILE, "--json"],
  ["profile", capture, "-r", rules],
  ["profile", capture, "-r", rules, "--json"],
  ["run", "-c", config, "--dry-run"],
  ["run", "-c", join(folder, HOSTILE)],
  ["alerts", "--journal", journal],
  ["alerts", "--journal", journal, "--json"],
  ["alerts", "--journal", journal, "--csv"],
  ["alerts", "--journal", journal, "--show", "1"],
  ["alerts", "--journal", journal, "--count", "rule"],
  ["alerts", "--journal", journal, HOSTILE],
  ["respond", "test", "1", "--journal", journal, "-r", responses],
  ["respond", HOSTILE, "--journal", journal],
  ["respond", "release", HOSTILE, "--journal", journal],
  ["outputs", "test", HOSTILE],
  ["drill", "--check", alerts],
  ["drill", HOSTILE],
  ["top", "--by", HOSTILE],
  ["top", "-o", `journal.path=${HOSTILE}`],
  [HOSTILE],
  ["run", `--${HOSTILE}`],
];

/** Alerts in this format are for other programs. */
const isAlerts = (words: readonly string[]): boolean => words[0] === "replay" && words.includes(rules);

it.each(commands.map((words) => [words.join(" ").replaceAll(HOSTILE, "HOSTILE").replaceAll(folder, ""), words]))(
  "eyas %s prints hostile text in escaped form",
  (_, words) => {
    const run = spawnSync(join(home, "bin/eyas"), words, {
      encoding: "utf8",
      env: { ...process.env, COLUMNS: "80", HOME: folder },
    });
    expect(run.signal).toBeNull();
    if (!isAlerts(words)) expect(run.stdout).not.toMatch(RAW);
    expect(run.stderr).not.toMatch(RAW);
    expect(`${run.stdout}${run.stderr}`).not.toBe("");
  },
);

it("JSON keeps its values", () => {
  const run = spawnSync(join(home, "bin/eyas"), ["rules", "-r", rules, "--format", "json"], { encoding: "utf8" });
  expect(run.stderr).toBe("");
  expect(JSON.parse(run.stdout).rules[0].info.name).toBe(HOSTILE);
});

/** Files that write to standard output or standard error without `src/telemetry/print.ts`, with reasons. */
const EXCEPTIONS: ReadonlySet<string> = new Set([
  "src/telemetry/print.ts",
  "src/telemetry/log.ts", // escapes in openLog
  "src/agent/delivery/journal-delivery.ts", // escapes JSON
  "src/cli/test-watch.ts", // clears the screen
  "src/drill/call.ts", // arguments of the drill
]);

it("all commands print through src/telemetry/print.ts", () => {
  const found = readdirSync(join(home, "src"), { recursive: true, encoding: "utf8" })
    .map((name) => `src/${name}`)
    .filter((name) => /\.ts$/.test(name) && !/\.(test|fixture)\.ts$/.test(name) && !EXCEPTIONS.has(name))
    .filter((name) => /process\.std(out|err)\.write|console\.\w+\(/.test(readFileSync(join(home, name), "utf8")));
  expect(found).toEqual([]);
});

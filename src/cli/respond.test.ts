import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { home, sample } from "../agent/home.ts";
import { stepOf } from "../journal/action-entry.fixture.ts";
import { openActionLogWriter } from "../journal/action-log-writer.ts";
import { entry } from "../journal/alerts.fixture.ts";
import { openWriter } from "../journal/write.ts";
import { actions } from "../response/list.ts";

const hostile = "\u001b]0;owned\u0007\u202e";
const folder = mkdtempSync(join(tmpdir(), "eyas-respond-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "journal.db");
const config = join(folder, "eyas.yaml");
const rules = join(folder, "responses.yaml");

writeFileSync(
  rules,
  `
- response: Kill the reader
  description: Kills processes that read the file.
  match: rule = "File read" and priority >= warning
  actions:
    - {action: host:kill, budget: 5/1h}
    - action: webhook:signed
      parameters: {url: "https://hooks.example.org/T0/s3cr3t-path", secret: "\${HOOK_SECRET}"}
`,
);
writeFileSync(
  config,
  JSON.stringify({ journal: { path: file }, responses: { rules_files: [rules], never: { users: ["deploy"] } } }),
);
const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
writer.append([
  entry(4_194_301),
  entry(4_194_302, { priority: "Debug" }),
  entry(4_194_303, {}, { "user.name": "deploy", "fd.name": `/tmp/${hostile}` }),
]);
writer.close();
const ledger = openActionLogWriter(file);
ledger?.write([
  stepOf(1, { seq: 1, target: "process 4194301 cat" }),
  stepOf(2, { seq: 1, action: "webhook:signed", state: "failed", answer: `it said ${hostile}` }),
  stepOf(3, { seq: 3, state: "skipped", why: "never", answer: "responses.never.users has deploy" }),
]);
ledger?.close();

function eyas(...words: readonly string[]) {
  const env = { ...process.env, HOOK_SECRET: "hush", NO_COLOR: "1", TZ: "UTC" };
  const { status, stdout, stderr } = spawnSync(join(home, "bin/eyas"), words, { encoding: "utf8", env, cwd: folder });
  return { status, stdout, stderr, lines: stdout.split("\n").filter(Boolean) };
}

const respond = (...words: readonly string[]) => eyas("respond", ...words, "-c", config);

test("list shows rules with actions and limits, but no secrets", () => {
  const { status, stdout } = respond();
  expect(status).toBe(0);
  expect(stdout).toContain(`Kill the reader  (${rules}:2)`);
  expect(stdout).toContain('when  rule = "File read" and priority >= warning');
  expect(stdout).toContain("1.    host:kill (budget 5/1h)");
  expect(stdout).toContain("permissions for webhook:signed\n");
  expect(stdout).toContain("120/10m in total, 60/10m per namespace or app, 1000/10m function calls");
  const all = stdout + respond("list", "--json").stdout;
  expect(all).not.toContain("hush");
  expect(all).not.toContain("s3cr3t-path");
});

test("list --actions lists every action with parameters and permissions", () => {
  const { lines } = respond("list", "--actions", "--json");
  const listed = lines.map((line) => JSON.parse(line) as { name: string; permissions: string[] });
  expect(listed.map(({ name }) => name)).toEqual(Object.keys(actions).sort());
  for (const { name, permissions } of listed) expect(permissions.length, name).toBeGreaterThan(0);
  expect(respond("list", "--actions").stdout).toContain("host:kill\n");
});

describe("test", () => {
  test("prints the actions that would run for an alert of the journal, without running them", () => {
    expect(respond("test", "1").stdout).toMatch(
      /would run: host:kill → process 4194301 cat.*\n.*would run: webhook:signed → webhook at hooks\.example\.org/,
    );
    expect(respond("test", "2").stdout).toContain("no response rule matches");
    const { stdout } = respond("test", "3");
    expect(stdout).toMatch(/would be skipped: host:kill .*\n +never: responses\.never\.users contains deploy/);
    expect(stdout).not.toContain("\u001b");
    expect(JSON.parse(respond("test", "1", "--json").stdout)).toMatchObject({
      rule: "File read",
      responses: [{ action: "host:kill", would_be_done: true }, { action: "webhook:signed" }],
    });
  });

  test("reads alerts from a file of JSON lines", () => {
    const alert = { rule: "File read", priority: "Warning", source: "syscall", time: "2026-07-30T12:34:56Z" };
    const whole = { ...alert, hostname: "x", output: "x", output_fields: { "proc.pid": 4_194_300 } };
    writeFileSync(join(folder, "alert.json"), JSON.stringify(whole));
    expect(respond("test", "alert.json").stdout).toContain("would run: host:kill → process 4194300");
  });

  test("reports a missing argument and an unknown alert", () => {
    expect(respond("test").stderr).toBe("eyas: Missing alert: specify the alert's number or ID, a file, or -.\n");
    expect(respond("test", "77").stderr).toContain("Alert 77 not found in the journal");
  });
});

test("history lists actions, newest first, filtered by state, action and time", () => {
  const { stdout, lines } = respond("history");
  expect(lines).toHaveLength(6);
  expect(lines[0]).toMatch(/^2026-07-30 \d\d:\d\d:\d\d {2}skipped {2}host:kill → process 3$/);
  expect(lines[1]).toContain('Kill the reader ← "File read" (3)  never:  responses.never.users has deploy');
  expect(lines[5]).toContain("Killed. [6 ms]");
  expect(stdout).not.toContain("\u001b");
  expect(respond("history", "--state", "failed,done", "--action", "host:kill").lines).toHaveLength(2);
  expect(respond("history", "--since", "1h").lines).toEqual([]);
  expect(respond("history", "--json", "-n", "1").lines.map((line) => JSON.parse(line))).toMatchObject([
    { state: "skipped", why: "never", alert: { number: 3, rule: "File read" }, milliseconds: 6 },
  ]);
  expect(respond("history", "--state", "gone").stderr).toContain('Unknown state "gone"');
});

test("alerts are shown and exported with their responses", () => {
  const shown = eyas("alerts", "--show", "1", "-c", config).stdout;
  expect(shown).toContain("Actions\n");
  expect(shown).toContain("done     host:kill → process 4194301 cat  (Kill the reader)  Killed. [6 ms]");
  const exported = eyas("alerts", "--json", "-c", config).lines.map((line) => JSON.parse(line));
  expect(exported.map(({ responses }) => responses?.length)).toEqual([1, undefined, 2]);
  expect(exported[2].responses[0]).toMatchObject({ action: "host:kill", state: "done", key: "key-1" });
});

test("pause and resume record who changed the state", () => {
  const paused = respond("pause", "--reason", `deploying ${hostile}`);
  expect(paused).toMatchObject({ status: 0, stdout: expect.stringContaining("Responses are paused") });
  const listed = respond().stdout;
  expect(listed).toMatch(/state {5}paused since \S+ by \S+: deploying/);
  expect(listed).not.toContain("\u001b");
  expect(respond("resume").stdout).toBe("Responses are resumed.\n");
  expect(respond().stdout).toMatch(/state {5}active since/);
  const elsewhere = respond("pause", "--journal", join(folder, "none.db"));
  expect(elsewhere).toMatchObject({ status: 1, stderr: expect.stringContaining("No journal at") });
});

test("an unknown command and an invalid rule are errors", () => {
  expect(respond("stop").stderr).toContain('Unknown command "stop"');
  writeFileSync(join(folder, "bad.yaml"), "- response: R\n  match: rul = x\n  actions: [host:kill]\n");
  const { status, stderr } = respond("list", "-r", join(folder, "bad.yaml"));
  expect(status).toBe(1);
  expect(stderr).toContain(
    'bad.yaml:2:14: error: Expected "and", "or" or the end of the condition after "rul". Did you mean "rule"?',
  );
});

test("replay reports the actions that would have run after each alert, as text and JSON", needs("recording"), () => {
  writeFileSync(
    join(folder, "all.yaml"),
    "- {response: Kill, match: priority >= warning and source = syscall, actions: [{action: host:kill, budget: 2/1h}]}\n",
  );
  const words = ["replay", sample() ?? "", "--respond", "dry-run", "--responses", join(folder, "all.yaml")];
  const text = eyas(...words).stdout;
  expect(text).toMatch(/ Informational host:kill on process \d+ \S+.* in response to ".*" would have run \(/);
  const reported = eyas(...words, "--json")
    .lines.map((line) => JSON.parse(line))
    .filter(({ rule }) => rule === "Eyas internal: response simulated");
  const outcomes = reported.map(({ output_fields: fields }) => fields["eyas.response.outcome"]);
  expect(outcomes.filter((outcome) => outcome === "would_be_done")).toHaveLength(2);
  expect(outcomes.length).toBeGreaterThan(2);
  expect(eyas("replay", sample() ?? "", "--respond", "really").stderr).toContain('Invalid --respond "really"');
});

test("check validates response rules and rules together", () => {
  const { status, stdout } = eyas("check", rules, join(folder, "bad.yaml"));
  expect(status).toBe(1);
  expect(stdout).toContain(`${rules}: ok\n`);
  expect(stdout).toContain("bad.yaml: invalid, 1 error\n");
});

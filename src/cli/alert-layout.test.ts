// Tests that alerts are laid out only on a terminal with colors.
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { openTerminal, type TerminalOptions } from "../../test/terminal/terminal.ts";
import { home, sample } from "../agent/home.ts";
import { textWidth } from "../output/terminal/width.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-layout-"));
afterAll(() => rmSync(folder, { recursive: true }));

const program = join(home, "bin/eyas");
const capture = sample() ?? "";
const journal = join(folder, "journal.db");
const withTerminal = { ...needs("python3", "recording"), timeout: 120_000 };

async function onTerminal(words: readonly string[], options?: TerminalOptions): Promise<string> {
  const terminal = openTerminal(words, options);
  await terminal.ended;
  return terminal.output.replaceAll("\r\n", "\n");
}

function piped(...words: readonly string[]): string {
  return spawnSync(program, words, { encoding: "utf8" }).stdout;
}

/** The alerts that `eyas replay` prints as JSON, in the format of Falco. */
function falcoLines(json: string): string {
  const lines = json.split("\n").filter((line) => line !== "");
  return lines.map((line) => `${JSON.parse(line).output}\n`).join("");
}

/** The alerts of the capture in the format of Falco. */
const falco = falcoLines(piped("replay", capture, "--json"));
const alerts = falco.split("\n").length - 1;
const TEXT = "one door of the house was opened by %json.value[/n] person who did not close it";
/**
 * The first line of a laid-out alert.
 */
const HEAD = /^\d\d:\d\d:\d\d (?:Info|[A-Z][a-z]+) {2}\S/gm;

test.each([80, 200])("eyas replay lays out alerts for %i columns", withTerminal, async (columns) => {
  const text = await onTerminal([program, "replay", capture], { columns });
  expect(text).toContain("\u001b[33mWarning\u001b[39m");
  const lines = stripVTControlCharacters(text);
  expect(lines.match(HEAD)).toHaveLength(alerts);
  expect(lines).toContain("\n         cat read the credential file /etc/shadow\n");
  expect(Math.max(...lines.split("\n").map(textWidth))).toBeLessThanOrEqual(columns);
});

const LOUD = ["-o", "engine.kind=replay", "-o", `engine.replay.capture_file=${capture}`, "-o", "log_level=error"];

test.each(["true", "false"])("eyas run lays out alerts, with journal.enabled=%s", withTerminal, async (enabled) => {
  const own = [
    "-o",
    `journal.enabled=${enabled}`,
    "-o",
    `journal.path=${journal}`,
    "-o",
    "alert_folding.enabled=false",
  ];
  const text = await onTerminal([program, "run", ...LOUD, ...own], { columns: 50 });
  const lines = stripVTControlCharacters(text);
  expect(lines).toMatch(/^\d\d:\d\d:\d\d Warning {2}Credential file read by$\n {2}unexpected program$/m);
  expect(lines.match(HEAD)?.length).toBeGreaterThanOrEqual(alerts);
  expect(Math.max(...lines.split("\n").map(textWidth))).toBeLessThanOrEqual(50);
});

test("alerts follow the width of the terminal", withTerminal, async () => {
  const events = join(folder, "events.json");
  const rules = join(folder, "rules.yaml");
  writeFileSync(events, "");
  const rule = { rule: "Door", desc: "A door.", source: "app", priority: "WARNING" };
  writeFileSync(rules, JSON.stringify([{ ...rule, condition: "json.value[/n] exists", output: TEXT }]));
  const own = ["-r", rules, "--source", `app=${events}`, "-o", "engine.kind=nodriver"];
  const path = ["-o", `journal.path=${join(folder, "resized.db")}`];
  const terminal = openTerminal([program, "run", ...own, ...path], { columns: 200 });
  await terminal.until(/Watching app/);
  appendFileSync(events, '{"n": 1}\n');
  await terminal.until(/ {9}one door of the house was opened by 1 person who did not close it/);
  terminal.resize(50, 24);
  // A signal notifies the program of the new width, and the alert passes through the journal.
  for (let n = 2; !/ {2}one door of the house was opened by \d+ person\r\n {2}who/.test(terminal.output); n++) {
    appendFileSync(events, `{"n": ${n}}\n`);
    await terminal.until(new RegExp(`opened by ${n} person`));
  }
  terminal.signal("SIGTERM");
  expect((await terminal.ended).status).toBe(0);
});

test("eyas alerts lays out alerts with sequence number and date", withTerminal, async () => {
  piped("replay", capture, "--journal", "-o", `journal.path=${join(folder, "listed.db")}`);
  const words = ["alerts", "--journal", join(folder, "listed.db"), "-n", "0"];
  const text = stripVTControlCharacters(await onTerminal([program, ...words], { columns: 80 }));
  expect(text.match(/^#\d+ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]/gm)).toHaveLength(alerts);
  expect(Math.max(...text.split("\n").map(textWidth))).toBeLessThanOrEqual(80);
  const one = piped(...words).split("\n");
  expect(one).toHaveLength(alerts + 1);
  expect(await onTerminal([program, ...words], { columns: 4000, env: { NO_COLOR: "1" } })).toBe(one.join("\n"));
});

test("a pipe and a file receive one line per alert, byte for byte as Falco prints it", needs("recording"), () => {
  expect(piped("replay", capture)).toBe(falco);
  const file = join(folder, "alerts.txt");
  const words = ["run", ...LOUD, "-o", "journal.enabled=false", "-o", "alert_folding.enabled=false"];
  spawnSync(program, words, { stdio: ["ignore", openSync(file, "w"), "ignore"] });
  expect(readFileSync(file, "utf8")).toBe(falco);
});

// Uses a single rule, since evaluating the default rules would take most of the time of a replay.
const started = join(folder, "started.yaml");
const STARTED = {
  ...{ rule: "Program started", desc: "A program.", condition: "evt.type = execve", priority: "NOTICE" },
  output: "%proc.name was started | command=%proc.cmdline parent=%proc.pname user=%user.name container=%container.id",
};
writeFileSync(started, JSON.stringify([STARTED]));
const STARTED_JSON = piped("replay", capture, "-r", started, "--json");
const startedLines = falcoLines(STARTED_JSON);

test.each<readonly [name: string, words: readonly string[], env: Readonly<Record<string, string>>, expected: string]>([
  ["NO_COLOR", [], { NO_COLOR: "1" }, startedLines],
  ["TERM=dumb", [], { TERM: "dumb" }, startedLines],
  ["an option of the output", ["-o", "stdout_output.enabled=true"], {}, startedLines],
  ["--print", ["-p", "x"], {}, startedLines.replaceAll("\n", " x\n")],
  ["--json", ["--json"], {}, STARTED_JSON],
])("with %s, a terminal receives one line per alert", withTerminal, async (_, words, env, expected) => {
  const text = await onTerminal([program, "replay", capture, "-r", started, ...words], { env, columns: 60 });
  expect(text).toMatch(/(?:.{61,}\n){9}/);
  expect(text).toBe(expected);
});

test("a symbolic link named falco prints one line per alert on a terminal", withTerminal, async () => {
  const link = join(folder, "falco");
  symlinkSync(program, link);
  const own = ["-o", "journal.enabled=false", "-o", "alert_folding.enabled=false"];
  const text = await onTerminal([link, "-c", "/dev/null", "-r", started, ...LOUD, ...own]);
  expect(stripVTControlCharacters(text)).toBe(startedLines);
});

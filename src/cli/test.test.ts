import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { home } from "../agent/home.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const launcher = join(home, "bin/eyas");

function eyas(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(launcher, ["test", ...words], { encoding: "utf8", cwd: folder });
  return { status, stdout, stderr };
}

const rule = (condition: string): string =>
  `- rule: Shell\n  desc: d\n  condition: ${condition}\n  output: "shell %proc.name"\n  priority: NOTICE\n`;
const good = rule("evt.type = execve and proc.name in (sh, bash)");
const tests = `cases:
  - name: a shell
    events: [execve: {exe: /bin/sh}]
    fires: {Shell: {proc.name: sh}}
  - name: no shell <&>
    events: [execve: {exe: /bin/cat}]
    silent: all
`;

/** Creates a directory with files. */
function place(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return name;
}

test("the tests in a directory run against the rule files in the same directory", () => {
  const at = place("good", { "a.yaml": good, "a.test.yaml": tests });
  expect(eyas(at)).toEqual({
    status: 0,
    stderr: "",
    stdout: "ok   good/a.test.yaml (2 cases, a.yaml)\npassed: 2 cases in 1 file\n",
  });
  expect(eyas(`${at}/a.yaml`, "-v").stdout).toContain("  ✓ a shell\n  ✓ no shell <&>\n");
  expect(eyas(at, "--only", "NO*sh").stdout).toContain("passed: 1 case in 1 file");
  expect(eyas(at, "--only", "nothing").status).toBe(1);
});

test("a failure names the sub-condition that decided the result", () => {
  const at = place("broken", {
    "a.yaml": rule("evt.type = execve and proc.name in (zsh, fish)"),
    "a.test.yaml": tests,
  });
  const { status, stdout } = eyas(at);
  expect(status).toBe(1);
  expect(stdout).toContain("→ proc.name in (zsh, fish) is false   proc.name = sh   (broken/a.yaml:3:36)");
  expect(stdout).toContain("1 failed: 2 cases in 1 file");
});

test("an invalid rule fails its tests, with file and line of the error", () => {
  const at = place("mistaken", { "a.yaml": rule("evt.type = execve and proc.nam = sh"), "a.test.yaml": tests });
  const { status, stdout } = eyas(at);
  expect(status).toBe(1);
  expect(stdout).toMatch(/mistaken\/a\.yaml:3:\d+: Unknown field "proc\.nam"/);
});

test("JUnit XML, TAP and JSON report the same results", () => {
  const at = place("forms", { "a.yaml": rule("evt.type = execve and proc.name = bash"), "a.test.yaml": tests });
  const report = join(folder, "report.xml");
  expect(eyas(at, "--junit", report).status).toBe(1);
  const xml = readFileSync(report, "utf8");
  expect(xml).toContain('<testsuite name="forms/a.test.yaml" tests="2" failures="1" errors="0"');
  expect(xml).toContain('<failure message="Rule &quot;Shell&quot; did not match.">');
  expect(xml).toContain('name="no shell &lt;&amp;&gt;"');
  const tap = eyas(at, "--tap").stdout;
  expect(tap).toMatch(/^TAP version 13\n1\.\.2\nnot ok 1 - forms\/a\.test\.yaml: a shell\n {2}---\n {2}message: \|\n/);
  expect(tap).toContain("ok 2 - forms/a.test.yaml: no shell <&>\n");
  const json = JSON.parse(eyas(at, "--json", "--coverage").stdout);
  expect(json.passed).toBe(false);
  expect(json.files[0].cases[0].problems[0]).toMatchObject({
    kind: "silent",
    rule: "Shell",
    decided: [{ text: "proc.name = bash", holds: false, values: ["proc.name = sh"], line: 3 }],
  });
  expect(json.coverage.conditions).toEqual({ covered: 0, all: 2, percent: 0 });
});

test("coverage below the minimum fails the run", () => {
  const cover = `${tests}  - name: no exec\n    events: [openat: /x]\n    silent: all\n`;
  const at = place("covered", { "a.yaml": good, "a.test.yaml": cover });
  expect(eyas(at, "--coverage-min", "100").status).toBe(0);
  expect(eyas(at, "--coverage-items-min", "100")).toMatchObject({
    status: 1,
    stdout: expect.stringContaining("coverage of list items is 50%, required: 100%"),
  });
  writeFileSync(join(folder, at, "b.yaml"), good);
  const { status, stdout } = eyas(at, "--coverage-min", "100");
  expect(status).toBe(1);
  expect(stdout).toContain("covered/b.yaml contains no tests");
});

test("an entry of undecidable without effect fails the run", () => {
  const at = place("excused", { "a.yaml": good, "a.test.yaml": `undecidable: {evt.type = x: no reason}\n${tests}` });
  expect(eyas(at, "--coverage")).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('excused/a.test.yaml: "undecidable" lists "evt.type = x"'),
  });
});

test("a missing file is an error with a hint", () => {
  const at = place("lonely", { "x.test.yaml": tests });
  const { status, stdout } = eyas(at);
  expect(status).toBe(1);
  expect(stdout).toContain(
    'lonely/x.test.yaml:1:1: File lonely/x.yaml not found. List the rule files under test: "rules: [my-rules.yaml]".\n',
  );
  expect(eyas("nowhere").stderr).toBe("eyas: nowhere not found.\n");
  expect(eyas(place("empty", {})).stderr).toBe("eyas: No test files (NAME.test.yaml) in empty.\n");
});

test("paths of rule files are relative to the test file", () => {
  const at = place("named", { "base.yaml": good, "x.test.yaml": `rules: [base.yaml]\n${tests}` });
  expect(eyas(at).status).toBe(0);
});

const shared = process.env.EYAS_SHARED ?? join(home, "../shared");
const capture = join(shared, "conformance/traces/attack.scap.gz");

test(
  "a slice of a capture is evaluated; earlier events only build up the machine state",
  needs("shared captures"),
  () => {
    const find = spawnSync(launcher, ["replay", capture, "-r", join(folder, "good/a.yaml"), "--json"], {
      encoding: "utf8",
    });
    expect(find.stdout.trim().split("\n").length).toBeGreaterThan(1);
    const at = place("sliced", {
      "a.yaml": good,
      "a.test.yaml": `cases:
  - name: all of it
    capture: ${capture}
    fires: [Shell]
  - name: nothing of it
    capture: {file: ${capture}, from: 1, to: 1}
    silent: all
  - name: no such file
    capture: missing.scap
    silent: all
`,
    });
    const { stdout } = eyas(at, "-v");
    expect(stdout).toContain("✓ all of it");
    expect(stdout).toContain("✓ nothing of it");
    expect(stdout).toMatch(/✗ no such file\n.*cannot open .*missing\.scap/);
  },
);

test("--watch runs the tests again when a file changes", async () => {
  const at = place("watched", { "a.yaml": rule("evt.type = execve and proc.name = bash"), "a.test.yaml": tests });
  const child = spawn(launcher, ["test", at, "--watch"], { cwd: folder });
  let out = "";
  child.stdout.on("data", (text) => {
    out += text;
  });
  const until = async (text: string): Promise<void> => {
    for (let i = 0; i < 200 && !out.includes(text); i++) await new Promise((done) => setTimeout(done, 50));
    expect(out).toContain(text);
  };
  try {
    await until("1 failed: 2 cases");
    await until("Watching for changes");
    writeFileSync(join(folder, at, "a.yaml"), good);
    await until("passed: 2 cases");
  } finally {
    child.kill();
  }
});

test("the default rules pass their tests with full coverage", () => {
  const { status, stdout } = eyas(join(home, "rules"), "--coverage-min", "100", "--coverage-items-min", "100");
  expect(stdout).toMatch(/passed: [\d,]+ cases in \d+ files?\n$/);
  expect(status).toBe(0);
});

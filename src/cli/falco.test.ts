import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { seeded } from "../../test/damaged/random.ts";
import { presentCapture } from "../../test/damaged/samples.ts";
import { falcoOptions } from "../agent/falco/options.ts";
import { home } from "../agent/home.ts";

const launcher = join(home, "bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-falco-"));
const link = join(folder, "falco");
symlinkSync(launcher, link);

const rules = join(folder, "rules.yaml");
const rule = "- rule: Shell\n  desc: a shell\n  condition: evt.type = execve\n  output: seen\n  priority: NOTICE\n";
writeFileSync(rules, rule);
const config = join(folder, "falco.yaml");
writeFileSync(
  config,
  `rules_files: [${rules}]\nplugins:\n  - {name: okta, library_path: libokta.so}\nload_plugins: []\n`,
);

function run(program: string, ...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8", timeout: 60_000 });
  return { status, stdout, stderr };
}

const falco = (...words: readonly string[]) => run(link, "-c", config, ...words);
const eyasRun = (...words: readonly string[]) => run(launcher, "run", "-c", config, ...words);

/** The options of falco 0.44. */
const reference = `-h --help -c --config-schema --rule-schema --disable-source --dry-run --enable-source -i -L -l --list
--list-events --list-plugins -M --markdown --format -N -o --option --plugin-info -p --print -P --pidfile -r --support -U
--unbuffered -V --validate -v --version --page-size`.split(/\s+/);

test("the table has the 28 options of falco, and no others", () => {
  const names = falcoOptions.flatMap(({ flags }) => flags.replace(/ [<[].*/, "").split(", "));
  expect(names.toSorted()).toEqual(reference.toSorted());
  expect(falcoOptions).toHaveLength(28);
});

/** Arguments for each option that prints, and a part of its output. */
const printed: Readonly<Record<string, readonly [words: readonly string[], part: string]>> = {
  "--config-schema": [["--config-schema"], '"syscall_event_drops"'],
  "--rule-schema": [["--rule-schema"], '"skip-if-unknown-filter"'],
  "-i": [["-i"], "- pread64\n"],
  "-L": [["-L"], "Shell"],
  "-l <rule>": [["-o", "json_output=true", "-l", "Shell"], '"condition_fields"'],
  "--list [source]": [["--list=k8s_audit", "-N"], "ka.verb\n"],
  "--list-events": [["--list-events", "--format", "markdown"], "| `execve` |"],
  "--list-plugins": [["--list-plugins"], "okta: not available"],
  "--plugin-info <name>": [["--plugin-info", "k8saudit"], "sources.k8s_audit.certificate"],
  "--support": [["--support"], '"rules_files":[{"name":'],
  "-V, --validate <path>": [["-V", rules], "rules.yaml: ok"],
  "--version": [["--version"], "rule language 0."],
  "--page-size": [["--page-size"], " bytes."],
};

test.each(falcoOptions.filter(({ prints }) => prints))("$flags prints, in eyas run too", ({ flags }) => {
  const [words, part] = printed[flags] ?? [[], "no words"];
  for (const program of [falco, eyasRun]) {
    const { status, stdout, stderr } = program(...words);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain(part);
  }
});

test("eyas run and eyas falco accept the options of falco in a unit file", () => {
  const unit = ["-o", "engine.kind=nodriver", "--option", "json_output=true", "-r", rules, "-U", "-v", "-M", "45"];
  const more = ["-P", join(folder, "pid"), "-pc", "--disable-source", "aws_cloudtrail", "--dry-run"];
  for (const program of [falco, eyasRun]) {
    const { status, stderr } = program(...unit, ...more);
    expect(stderr).toContain("--disable-source aws_cloudtrail: the source aws_cloudtrail is not enabled.");
    expect(stderr).toContain("Configuration and rules are valid");
    expect(status).toBe(0);
  }
  expect(existsSync(join(folder, "pid"))).toBe(false);
});

test("-h lists every option; other options are errors", () => {
  const { status, stdout } = falco("-h");
  expect(status).toBe(0);
  for (const { flags } of falcoOptions) expect(stdout).toContain(`  ${flags}  `);
  for (const words of [["--json"], ["--match", "all"], ["--config", config], ["-A"], ["--modern-bpf"]])
    expect(falco(...words)).toMatchObject({ status: 1, stderr: expect.stringContaining("unknown option") });
});

test("--disable-source and --enable-source select sources", () => {
  const audit = ["-o", "sources.k8s_audit.from=/nonexistent.json", "--dry-run"];
  const active = (...words: string[]) => / (\d+) rules? would be active/.exec(falco(...audit, ...words).stderr)?.[1];
  expect(active()).toBe("1");
  expect(active("--disable-source", "syscall")).toBe("0");
  expect(active("--enable-source", "syscall")).toBe("1");
  expect(active("--enable-source", "k8s_audit")).toBe("0");
  const failures: readonly (readonly [string[], string])[] = [
    [["--enable-source", "syscall", "--disable-source", "syscall"], "cannot be used together"],
    [
      ["syscall", "k8s_audit", "file_integrity"].flatMap((name) => ["--disable-source", name]),
      "At least one event source",
    ],
    [["--enable-source", "okta"], "Cannot enable the source okta"],
  ];
  for (const [words, part] of failures)
    expect(falco(...audit, ...words)).toMatchObject({ status: 1, stderr: expect.stringContaining(part) });
});

test("--support prints no secrets", () => {
  const { stdout } = falco(
    "--support",
    "-o",
    "outputs.slack.webhookurl=https://example.org/hook",
    "-o",
    "static_fields.a=word",
  );
  expect(stdout).not.toMatch(/hook\b|"word"/);
  const { config, cmdline } = JSON.parse(stdout);
  expect(config).toMatchObject({ rules_files: [rules], outputs: { slack: { webhookurl: "(set, not shown)" } } });
  expect(cmdline).toContain("-o outputs.slack.webhookurl=…");
});

test("-v sets the log level debug", () => {
  const level = (...words: string[]) => JSON.parse(falco("--support", ...words).stdout).config.log_level;
  expect([level(), level("-v"), level("-v", "-o", "log_level=error")]).toEqual([undefined, "debug", "debug"]);
});

test("--version prints the names of Falco as JSON with json_output", () => {
  const versions = JSON.parse(falco("--version", "-o", "json_output=true").stdout);
  expect(versions).toMatchObject({
    engine_version_semver: expect.stringMatching(/^0\./),
    falco_version: expect.any(String),
  });
});

test("invalid formats are errors", () => {
  expect(falco("--list", "--format", "xml")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("text, markdown, json"),
  });
  expect(falco("--list", "--format", "text", "--markdown").stderr).toContain("cannot be used together");
});

test("eyas run --strict refuses rule files for absent plugins, which are left out otherwise", () => {
  const file = join(folder, "okta.yaml");
  writeFileSync(file, `- required_plugin_versions: [{name: okta, version: 0.11.0}]\n${rule}  source: okta\n`);
  const words = ["-r", file, "-r", rules, "--dry-run"];
  const left = eyasRun(...words);
  expect(left.status).toBe(0);
  expect(left.stderr).toMatch(
    /warning: .*okta\.yaml is skipped because it requires the missing plugin okta 0\.11\.0: rule Shell\./,
  );
  expect(eyasRun("--strict", ...words)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("requires okta 0.11.0"),
  });
});

test.each([
  [["-o", "outputs.slack.webhookurl=https://example.org/secret"]],
  [["-ooutputs.slack.webhookurl=https://example.org/secret"]],
  [["--option=outputs.Slack.WebhookURL=https://example.org/secret"]],
])("--support hides the value in %j", (words) => {
  const { stdout } = falco("--support", ...words);
  expect(JSON.parse(stdout).cmdline).toMatch(/=…$/);
  expect(stdout).not.toContain('secret"');
});

test("an alert reports rules of an available source that are left out (generated capture)", () => {
  const capture = join(folder, "generated.scap");
  writeFileSync(capture, presentCapture(seeded(1), 20));
  const file = join(folder, "krsi.yaml");
  writeFileSync(file, `- required_plugin_versions: [{name: krsi, version: 0.1.0}]\n${rule}`);
  const keys = [
    "engine.kind=replay",
    `engine.replay.capture_file=${capture}`,
    "journal.enabled=false",
    "json_output=true",
  ];
  const { stdout } = eyasRun("-r", file, ...keys.flatMap((key) => ["-o", key]));
  expect(JSON.parse(stdout)).toMatchObject({
    rule: "Eyas internal: rules skipped",
    priority: "Warning",
    output_fields: { "eyas.reason": expect.stringContaining("krsi.yaml is skipped") },
  });
});

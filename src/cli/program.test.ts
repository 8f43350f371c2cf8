import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { seeded } from "../../test/damaged/random.ts";
import { presentCapture } from "../../test/damaged/samples.ts";
import { needs } from "../../test/parts/needs.ts";
import { home, sample } from "../agent/home.ts";

const launcher = join(home, "bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-cli-"));

function eyas(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(launcher, words, { encoding: "utf8" });
  return { status, stdout, stderr };
}

test("without a command, the help is printed", () => {
  expect(eyas()).toEqual(eyas("--help"));
});

test("an unknown command or option is an error with a suggestion", () => {
  expect(eyas("reply")).toEqual({
    status: 1,
    stdout: "",
    stderr: "eyas: unknown command 'reply'\n(Did you mean replay?)\nSee 'eyas --help'.\n",
  });
  expect(eyas("version", "--jsn").stderr).toBe(
    "eyas: unknown option '--jsn'\n(Did you mean --json?)\nSee 'eyas version --help'.\n",
  );
});

test("a pod to record is specified by its UID", () => {
  expect(eyas("record", "-w", join(folder, "pod.scap"), "--pod", "web-1")).toEqual({
    status: 1,
    stdout: "",
    stderr: 'eyas: Invalid --pod "web-1": expected the UID of a pod.\n',
  });
});

test("the capture to copy is not overwritten, and no file is overwritten if an option is invalid", () => {
  const capture = join(folder, "old.scap");
  const link = join(folder, "link.scap");
  const bytes = presentCapture(seeded(1), 20);
  writeFileSync(capture, bytes);
  symlinkSync(capture, link);
  for (const written of [capture, link]) {
    expect(eyas("record", capture, "-w", written)).toEqual({
      status: 1,
      stdout: "",
      stderr: `eyas: Cannot write ${written}: it is the capture to copy. Specify another file.\n`,
    });
  }
  expect(eyas("record", link, "-w", capture, "-M", "5m")).toEqual({
    status: 1,
    stdout: "",
    stderr: 'eyas: Invalid --duration "5m": expected a number above 0.\n',
  });
  expect(readFileSync(capture)).toEqual(Buffer.from(bytes));
  const absent = join(folder, "absent/copy.scap");
  expect(eyas("record", capture, "-w", absent)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`eyas: cannot create ${absent}: `),
  });
});

test("versions are the same as text and as JSON", () => {
  const versions: Record<string, string> = JSON.parse(eyas("version", "--json").stdout);
  expect(Object.keys(versions)).toEqual(["eyas_version", "engine_version", "schema_version", "node_version"]);
  for (const version of Object.values(versions)) expect(eyas("--version").stdout).toContain(version);
});

test("an invalid configuration is an error with file and line", () => {
  const file = join(folder, "config.yaml");
  writeFileSync(file, "json_output: maybe\nprioriti: debug\n");
  expect(eyas("run", "-c", file, "-o", "engine.kind=magic")).toEqual({
    status: 1,
    stdout: "",
    stderr: `eyas: Invalid configuration.
-o engine.kind=magic: error: engine.kind takes one of modern_ebpf, kmod, replay, nodriver, not "magic"
${file}:1:14: error: json_output takes true or false, not "maybe"\n`,
  });
});

test("start takes a configuration file and options", () => {
  const file = join(folder, "start.yaml");
  const bad = join(folder, "bad-start.yaml");
  writeFileSync(bad, "json_output: maybe\n");
  expect(eyas("start", "-c", bad, "-o", "engine.kind=magic")).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/-o engine\.kind=magic: error: .*\n.*bad-start\.yaml:1:14: error: json_output/),
  });
  const journal = join(folder, "start/journal.db");
  writeFileSync(file, `engine: {kind: nodriver}\njournal: {path: ${journal}}\nweb_page: {listen_port: 0}\n`);
  const intake = ["enabled=true", "listen_port=0", "require_token=never"].flatMap((key) => [
    "-o",
    `alert_intake.${key}`,
  ]);
  const { status, stderr } = eyas("start", "-c", file, ...intake, "-M", "2");
  expect(status).toBe(0);
  expect(stderr).toMatch(/^Web UI: http:\/\/127\.0\.0\.1:\d+\/#token=\S+$/m);
  expect(existsSync(journal)).toBe(true);
});

test("a dry run reports warnings and the number of rules without watching", () => {
  const file = join(folder, "dry.yaml");
  writeFileSync(file, "plugins_hostinfo: false\n");
  const { status, stdout, stderr } = eyas("run", "--dry-run", "-c", file);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  expect(stderr).toMatch(/notice: .*dry.yaml:1:19: plugins_hostinfo has no effect: .*\n/);
  expect(stderr).toMatch(/notice: Configuration and rules are valid: \d+ rules would be active\.\n$/);
});

test("closing the pipe at standard output is not an error", () => {
  const shell = spawnSync("sh", ["-c", `"$0" events | head -1`, launcher], { encoding: "utf8" });
  expect(shell.stderr).toBe("");
  expect(shell.stdout).toBe("System calls\n");
});

test("a closed pipe does not hide that a check failed", () => {
  const file = join(folder, "invalid.yaml");
  writeFileSync(file, "- rule: R\n");
  const shell = spawnSync("sh", ["-c", `("$0" check "$1"; echo "exit code $?" >&2) | true`, launcher, file], {
    encoding: "utf8",
  });
  expect(shell.stderr).toBe("exit code 1\n");
});

test("the launcher works through a symbolic link and from another directory", () => {
  const link = join(folder, "linked");
  symlinkSync(launcher, link);
  const { stdout } = spawnSync("./linked", ["version"], { cwd: folder, encoding: "utf8" });
  expect(stdout).toBe(eyas("version").stdout);
});

/** Another process may be writing to the default journal. */
const ownJournal = ["-o", `journal.path=${join(folder, "journal.db")}`];

test("missing privileges are reported", needs("root", "setpriv"), () => {
  const powerless = ["--bounding-set=-all", "--inh-caps=-all", launcher, "run", ...ownJournal];
  const { status, stdout, stderr } = spawnSync("setpriv", powerless, { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^eyas: .*(capabilities|BTF|BPF|kernel).*\n$/);
});

test("-p appends text with fields to alerts, and -pc container fields (generated capture)", () => {
  const capture = join(folder, "made-up.scap");
  const rules = join(folder, "every.yaml");
  writeFileSync(capture, presentCapture(seeded(1), 200));
  writeFileSync(rules, "- rule: Every\n  desc: d\n  condition: evt.num > 0\n  output: seen\n  priority: NOTICE\n");
  const replay = (...words: readonly string[]) => eyas("replay", capture, "-r", rules, ...words).stdout.split("\n")[0];
  expect(replay("-p", "from %evt.source")).toMatch(/: Notice seen from syscall$/);
  expect(replay("-pc", "--json")).toContain('"container.id"');
});

test("start without privileges replays the sample capture and prints the reason", needs("root", "setpriv"), () => {
  const powerless = ["--bounding-set=-all", "--inh-caps=-all", launcher, "start"];
  const { status, stdout, stderr } = spawnSync("setpriv", powerless, { encoding: "utf8" });
  expect(stderr).toMatch(/^Watching system calls requires /m);
  if (sample() === undefined) expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  else expect({ status, alerts: stdout.split("\n").length > 1 }).toEqual({ status: 0, alerts: true });
});

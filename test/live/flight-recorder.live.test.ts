import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { home } from "../../src/agent/home.ts";
import { needs } from "../parts/needs.ts";

const launcher = join(home, "bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-flight-"));
const [rules, bait] = [join(folder, "rules.yaml"), join(folder, "bait")];
writeFileSync(bait, "");

/** Writes a rule about reads of the bait. The fields depend on earlier state of the machine. */
function writeRule(duration: number): void {
  writeFileSync(
    rules,
    `
- rule: Bait
  desc: The bait was read
  condition: evt.type in (open, openat, openat2) and proc.name = cat and fd.name = ${bait} and proc.pname = sh
  output: "%fd.name %proc.cmdline %proc.cwd %user.name %proc.pname %proc.pcmdline %proc.aname[2] %proc.env[EYAS_MARK] %proc.duration %fd.num"
  priority: NOTICE
  capture: true
  capture_duration: ${duration}
`,
  );
}

/** A shell that started before the agent, and reads the bait for each line of its input. */
const shell = spawn("sh", ["-c", 'while read -r line; do cat "$0"; true; done', bait], {
  env: { ...process.env, EYAS_MARK: "from before" },
  cwd: folder,
  stdio: ["pipe", "ignore", "ignore"],
});
let agent: { readonly child: ChildProcess; out: string; log: string; readonly ended: Promise<unknown> } | undefined;
afterEach(async () => {
  agent?.child.kill("SIGKILL");
  await agent?.ended;
});
afterAll(() => {
  shell.kill();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<NonNullable<typeof agent>> {
  const options = [
    ...["capture.enabled=true", `capture.path_prefix=${join(folder, "captures/eyas")}`, "capture.rule_interval=0"],
    ...["json_output=true", `journal.path=${join(folder, "journal.db")}`],
  ].flatMap((option) => ["-o", option]);
  const child = spawn(launcher, ["run", "-r", rules, ...options], { stdio: ["ignore", "pipe", "pipe"] });
  const running = { child, out: "", log: "", ended: new Promise((resolve) => child.once("exit", resolve)) };
  child.stdout.on("data", (bytes) => {
    running.out += bytes;
  });
  child.stderr.on("data", (bytes) => {
    running.log += bytes;
  });
  agent = running;
  await until(() => expect(running.log).toContain("Watching"));
  return running;
}

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000, interval: 50 });

const WHOLE_ALERT = /"eyas\.capture".*\n/;

/** Returns the alert of the rule without its capture, and the capture. */
function alertIn(out: string): { readonly alert: Record<string, unknown>; readonly capture: string } {
  const alert = JSON.parse(out.split("\n").find((line) => line.includes('"rule":"Bait"')) ?? "{}") as {
    output_fields: Record<string, unknown>;
  };
  const { "eyas.capture": capture, ...fields } = alert.output_fields;
  return { alert: { ...alert, output_fields: fields }, capture: String(capture) };
}

function replay(capture: string): readonly unknown[] {
  const { stdout } = spawnSync(launcher, ["replay", capture, "-r", rules, "--json"], { encoding: "utf8" });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

test("the replay of a capture raises the alert that names it", needs("sensor"), async () => {
  writeRule(200);
  const running = await start();
  shell.stdin.write("read\n");
  await until(() => expect(running.log).toContain("Wrote"));
  await until(() => expect(running.out).toMatch(WHOLE_ALERT)); // alerts and log are separate streams
  const { alert, capture } = alertIn(running.out);
  expect(alert.output).toContain("from before");
  expect(statSync(capture).mode & 0o777).toBe(0o600);
  expect(running.log).toMatch(
    /Wrote .*\.scap: [\d,]+ events? from \d+\.\d s before the match; stop reason: duration\./,
  );
  expect(replay(capture)).toEqual([alert]);
  const journal = ["--journal", join(folder, "journal.db")];
  const shown = spawnSync(launcher, ["alerts", ...journal, "eyas.capture exists", "--json"], { encoding: "utf8" });
  expect(shown.stdout).toContain(capture);
});

test("the capture of a killed agent is valid", needs("sensor"), async () => {
  writeRule(3_600_000);
  const running = await start();
  shell.stdin.write("read\n");
  await until(() => expect(running.out).toMatch(WHOLE_ALERT));
  const { alert, capture } = alertIn(running.out);
  await until(() => expect(existsSync(capture) && statSync(capture).size > 0 && replay(capture).length).toBe(1));
  running.child.kill("SIGKILL");
  await running.ended;
  expect(replay(capture)).toEqual([alert]);
});

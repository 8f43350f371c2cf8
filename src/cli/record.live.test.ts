import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { home } from "../agent/home.ts";
import { makeContainerCgroup } from "../drill/cgroup.ts";

const launcher = join(home, "bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-record-"));
const rules = join(folder, "rules.yaml");
writeFileSync(
  rules,
  `
- rule: Numbered
  desc: A program with a number
  condition: evt.type = execve and proc.args startswith "eyas-number-"
  output: "%container.id %proc.args %user.name %user.homedir %user.shell %group.name"
  priority: NOTICE
`,
);
let running: ChildProcess | undefined;
afterEach(() => {
  running?.kill("SIGKILL");
});

/** Event counts of a capture. */
function numbersIn(capture: string): string[] {
  const { stdout } = spawnSync(launcher, ["replay", capture, "-r", rules, "--json"], { encoding: "utf8" });
  return [...stdout.matchAll(/"proc.args":"eyas-number-(\d+)"/g)].map(([, number = ""]) => number);
}

/** Starts `eyas record` and waits until recording has started. */
async function startRecorder(capture: string) {
  const recorder = spawn(launcher, ["record", "-w", capture, "-r", rules], { stdio: ["ignore", "ignore", "pipe"] });
  running = recorder;
  let said = "";
  recorder.stderr.on("data", (bytes) => {
    said += bytes;
  });
  const ended = new Promise<number | null>((resolve) => recorder.once("close", resolve));
  for (let i = 0; i < 1200 && !said.includes("Recording") && recorder.exitCode === null; i++) await sleep(50);
  return { recorder, ended, said: () => said };
}

describe("events before the end are in the capture, even if they had not been read yet", needs("sensor"), () => {
  test.each(["events.scap", "events.scap.gz"])("%s", async (name) => {
    const capture = join(folder, name);
    const { recorder, ended, said } = await startRecorder(capture);
    // The recorder gets no CPU time until the end, which simulates an overloaded machine.
    recorder.kill("SIGSTOP");
    const numbers = Array.from({ length: 50 }, (_, n) => `${n}`);
    for (const number of numbers) spawnSync("true", [`eyas-number-${number}`]);
    recorder.kill("SIGINT");
    recorder.kill("SIGCONT");
    expect(await ended).toBe(0);
    expect(said()).toMatch(/[\d,]+ events written, none dropped\.\n$/);
    expect(numbersIn(capture)).toEqual(numbers);
  });
});

describe("names from the files of a container are in the capture", needs("sensor", "static busybox"), () => {
  const BUSYBOX = "/bin/busybox";

  test("of a user, a group and a later user", async () => {
    const root = mkdtempSync(join(tmpdir(), "eyas-root-"));
    const cgroup = makeContainerCgroup("docker");
    onTestFinished(() => {
      cgroup.remove();
      rmSync(root, { recursive: true, force: true });
    });
    for (const name of ["etc", "bin"]) mkdirSync(join(root, name));
    chmodSync(root, 0o755);
    for (const name of ["busybox", "ash", "true"]) copyFileSync(BUSYBOX, join(root, "bin", name));
    writeFileSync(join(root, "etc/passwd"), "boss:x:0:0::/:/bin/sh\nalice:x:4321:4322::/home/alice:/bin/ash\n");
    writeFileSync(join(root, "etc/group"), "bosses:x:0:\nstaff:x:4322:\n");
    const capture = join(folder, "users.scap");
    const { recorder, ended } = await startRecorder(capture);
    const enter = cgroup.folders.map((path) => `echo $$ > ${path}/cgroup.procs`).join("\n");
    // The last process stays alive, so that its files can be read.
    const later = "/bin/true eyas-number-2; echo done; read x";
    const inside = `/bin/true eyas-number-1; exec busybox su alice -c '${later}'`;
    const script = `${enter}\nexec ${BUSYBOX} chroot ${root} /bin/busybox sh -c "${inside}"`;
    const box = spawn("sh", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    const left = once(box, "close");
    await once(box.stdout, "data");
    recorder.kill("SIGINT");
    expect(await ended).toBe(0);
    box.stdin.end();
    await left;
    const { stdout } = spawnSync(launcher, ["replay", capture, "-r", rules], { encoding: "utf8" });
    expect([...stdout.matchAll(/eyas-number-\d (.*)/g)].map(([, names]) => names)).toEqual([
      "boss / /bin/sh bosses",
      "alice /home/alice /bin/ash staff",
    ]);
  });
});

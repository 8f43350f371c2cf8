// Runs the whole program: processes that act as decoys must not prevent the termination of others.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { testHost } from "../../../../test/response/host.ts";
import { stateOf } from "../../../../test/response/process.ts";

const { launcher } = testHost({});
const [NOBODY, DAEMON] = [65_534, 1];
const DECOYS = 75;
const ATTACKERS = 19;

const folder = mkdtempSync(join(tmpdir(), "eyas-decoys-"));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const secret = join(folder, "secret");
const severe = join(folder, "severe");
const implant = join(folder, "implant");
writeFileSync(secret, "secret\n");
writeFileSync(severe, "secret\n");
copyFileSync("/usr/bin/tail", implant);
chmodSync(implant, 0o755);
const rules = join(folder, "rules.yaml");
writeFileSync(
  rules,
  `
- rule: Secret read
  desc: A process reads the file.
  condition: evt.type in (open, openat) and fd.name = ${secret}
  output: file read (file=%fd.name)
  priority: WARNING
- rule: Severe secret read
  desc: A process reads the file.
  condition: evt.type in (open, openat) and fd.name = ${severe}
  output: file read (file=%fd.name)
  priority: CRITICAL
`,
);
const responses = join(folder, "responses.yaml");
writeFileSync(
  responses,
  `- response: Readers
  match: rule in ("Secret read", "Severe secret read")
  actions: [host:kill]
`,
);

interface Reader {
  readonly pid: number;
  readonly ended: Promise<NodeJS.Signals | null>;
  readonly child: ChildProcess;
}

const readers: Reader[] = [];
let eyas: ChildProcess | undefined;

/**
 * Starts processes that open a file and keep running. With the audit user ID of a login, all would belong to one
 * workload.
 */
function read(count: number, program: string, file: string, uid: number): Reader[] {
  const started = Array.from({ length: count }, () => {
    const script = 'echo 4294967295 >/proc/self/loginuid; exec setpriv --reuid="$1" -- "$2" -f "$3"';
    const child = spawn("sh", ["-c", script, "sh", String(uid), program, file], { stdio: "ignore" });
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal)));
    return { child, ended, pid: child.pid ?? 0 };
  });
  readers.push(...started);
  return started;
}

/** @returns the path of the journal */
async function startEyas(...more: readonly string[]): Promise<string> {
  const journal = join(mkdtempSync(join(folder, "journal-")), "journal.db");
  const settings = [
    `journal.path=${journal}`,
    `responses.rules_files=[${responses}]`,
    `rules_files=[${rules}]`,
    ...more,
  ];
  eyas = spawn(launcher, ["run", ...settings.flatMap((each) => ["-o", each])], { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  eyas.stdout?.on("data", (bytes) => {
    stdout += bytes;
  });
  eyas.stderr?.on("data", (bytes) => {
    stderr += bytes;
  });
  printed = () => stdout;
  for (let i = 0; i < 2400 && eyas.exitCode === null && !stderr.includes("Watching"); i++) await sleep(25);
  expect(stderr).toContain("Watching");
  // The first alert shows that events are received.
  const [probe] = read(1, "tail", secret, 2);
  expect(await Promise.race([probe?.ended, sleep(60_000, "it lives")])).toBe("SIGKILL");
  return journal;
}
let printed: () => string;

afterEach(async () => {
  const ended = new Promise((resolve) => eyas?.once("exit", resolve));
  if (eyas?.kill("SIGTERM")) await ended;
  for (const { child, ended: end } of readers.splice(0)) {
    child.kill("SIGKILL");
    await end;
  }
});

/** Waits until the condition is met; fails after a minute. */
async function until(isMet: () => boolean, what: () => string): Promise<void> {
  for (let i = 0; i < 2400; i++) {
    if (isMet()) return;
    await sleep(25);
  }
  throw new Error(what());
}

/** Number of alerts raised by the rules. */
const raised = (): number => printed().split("file read (file=").length - 1;
const alive = (list: readonly Reader[]): number => list.filter(({ pid }) => !"Zgone".includes(stateOf(pid))).length;

describe("75 decoys of one user", needs("sensor", "all processes"), () => {
  test.each([
    ["another user", "tail", secret, DAEMON],
    ["another executable", implant, secret, NOBODY],
    ["a higher priority", "tail", severe, NOBODY],
  ])("do not save 19 attackers with %s", async (_, program, file, uid) => {
    await startEyas();
    const decoys = read(DECOYS, "tail", secret, NOBODY);
    await until(
      () => raised() >= DECOYS + 1,
      () => `${raised()} alerts`,
    );
    await until(
      () => printed().includes("is exhausted"),
      () => "no alert about the budget",
    );
    const attackers = read(ATTACKERS, program, file, uid);
    await until(
      () => alive(attackers) === 0 && raised() >= DECOYS + ATTACKERS + 1,
      () => `${alive(attackers)} of ${ATTACKERS} attackers live`,
    );
    expect(alive(decoys)).toBe(DECOYS - 26);
    expect(printed()).toMatch(
      /Critical The budget of .* is exhausted: .*Top consumers: .* \(\d+, mostly "Secret read" by/,
    );
  });

  test("are stopped beyond their share with when_exhausted: suspend, until they are released", async () => {
    const journal = await startEyas("responses.budget.when_exhausted=suspend");
    const decoys = read(DECOYS, "tail", secret, NOBODY);
    const inState = (states: string): number => decoys.filter(({ pid }) => states.includes(stateOf(pid))).length;
    await until(
      () => inState("T") === DECOYS - 26 && alive(decoys) === DECOYS - 26,
      () => `${inState("T")} of ${DECOYS - 26} are stopped, and ${alive(decoys)} of ${DECOYS} live`,
    );
    const respond = (...words: readonly string[]): string =>
      execFileSync(launcher, ["respond", ...words, "--journal", journal], { encoding: "utf8", stdio: "pipe" });
    await until(
      () => respond("suspended").split("\n").length - 1 === DECOYS - 26,
      () => respond("suspended"),
    );
    const [first] = respond("suspended").split(" ");
    expect(respond("release", first ?? "")).toMatch(/done +host:continue → process \d+ tail/);
    expect(inState("T")).toBe(DECOYS - 27);
    respond("release", "all");
    expect([inState("T"), alive(decoys), respond("suspended")]).toEqual([0, DECOYS - 26, ""]);
  });
});

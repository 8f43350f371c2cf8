import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../parts/needs.ts";
import { ended, eyas, home, pause, READY_RULE } from "./sensor.ts";

interface Printed {
  readonly rule: string;
  readonly priority: string;
  readonly output: string;
  readonly time: string;
  readonly output_fields: Readonly<Record<string, string | number>>;
}

const folder = mkdtempSync(join(tmpdir(), "eyas-blinding-"));
const attacker = join(home, "test/live/bpf-attacker.fixture.ts");
/** Timeout for events whose delay is computed from the agent's timestamps, in milliseconds. */
const PATIENCE = 60_000;
/**
 * Time between a canary, or its marker in the journal, and the report that it is missing, in milliseconds: the
 * deadline, and the maximum on a loaded machine.
 */
const [DEADLINE, NOTICED] = [1000, 15_000];
/**
 * Maximum time until an alert about a journal writer that does not respond, in milliseconds, including the same margin
 * for a loaded machine.
 */
const STUCK = 30_000;
const alerts: Printed[] = [];
let agent: ChildProcess;
let log = "";
let pid = 0;

/** Attacks the agent from another process; returns the result of its bpf call. */
function attack(action: string): number {
  const words = ["--disable-warning=ExperimentalWarning", attacker, action, String(pid)];
  return JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8" })).result;
}

async function until<T>(look: () => T | undefined | false, what: string): Promise<T> {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(50)) {
    const found = look();
    if (found !== undefined && found !== false) return found;
  }
  throw new Error(`not within ${PATIENCE} ms: ${what}\n${log}\n${alerts.map(({ output }) => output).join("\n")}`);
}

/** Waits for an alert after the first `from` alerts. */
const alert = (from: number, rule: string, output: RegExp) =>
  until(
    () => alerts.slice(from).find((each) => each.rule === `Eyas internal: ${rule}` && output.test(each.output)),
    `${rule}: ${output}`,
  );

/** Health of the sensor if nothing is wrong. The portable probe does not watch io_uring. */
const HEALTHY =
  process.env.EYAS_PROBE === "portable"
    ? { status: "degraded", reason: expect.stringMatching(/^io_uring operations are not watched: /) }
    : { status: "ok" };

let asked = 0;

/** Runs a program that a rule matches, and waits for its alert. The time of the alert must be the current time. */
async function seesNow(): Promise<void> {
  const word = `eyas-ready-${process.pid}-${++asked}.`;
  const found = await until(() => {
    execFileSync("true", [word]);
    return alerts.find(({ output }) => output.includes(word));
  }, word);
  expect(Math.abs(Date.parse(found.time) - Date.now())).toBeLessThan(PATIENCE);
}

interface Answer {
  readonly status: string;
  readonly components?: Readonly<Record<string, { status: string; reason?: string; since: string }>>;
}

async function health(query = ""): Promise<{ status: number; body: Answer }> {
  const url = /metrics on (\S+)\.\n/.exec(log)?.[1] ?? "";
  const response = await fetch(`${url}/healthz${query}`);
  const body: Answer = JSON.parse(await response.text());
  return { status: response.status, body };
}

/** Waits until the reason for the health of a component matches. @returns the health of the component */
async function component(name: string, reason: RegExp): Promise<{ status: string; reason: string; since: number }> {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(50)) {
    const found = (await health("?verbose")).body.components?.[name];
    if (found !== undefined && reason.test(found.reason ?? ""))
      return { status: found.status, reason: found.reason ?? "", since: Date.parse(found.since) };
  }
  throw new Error(`not within ${PATIENCE} ms: ${name} ${reason}\n${log}`);
}

/** Returns the time between the canary or marker that an alert reports and the alert, in milliseconds. */
function delayOf({ time, output_fields }: Printed): number {
  return Date.parse(time) - Date.parse(String(output_fields["eyas.sent"]));
}

/** Starts the agent, and waits until it receives events. */
async function start(): Promise<void> {
  const rules = join(folder, "rules.yaml");
  writeFileSync(rules, READY_RULE);
  const pidfile = join(folder, "pid");
  rmSync(pidfile, { force: true });
  const options = [
    `journal.path=${join(folder, "journal.db")}`,
    "webserver.enabled=true",
    "webserver.listen_port=0",
    "web_page.enabled=false",
  ];
  const words = ["run", "--json", "-r", rules, "-P", pidfile, ...options.flatMap((option) => ["-o", option])];
  agent = spawn(eyas, words, { stdio: ["ignore", "pipe", "pipe"] });
  log = "";
  let torn = "";
  agent.stdout?.on("data", (chunk: Buffer) => {
    const lines = (torn + chunk.toString()).split("\n");
    torn = lines.pop() ?? "";
    for (const line of lines) alerts.push(JSON.parse(line));
  });
  agent.stderr?.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  await until(() => existsSync(pidfile) && log.includes("Watching"), "start");
  pid = Number(readFileSync(pidfile, "utf8"));
  await seesNow();
}

describe("an agent that is attacked by root", needs("sensor"), () => {
  beforeAll(start, 2 * PATIENCE);

  afterAll(async () => {
    await ended(agent);
    rmSync(folder, { recursive: true, force: true });
  });

  test("is healthy before the attacks", async () => {
    await until(() => log.includes("Watching"), "start");
    expect((await health("?verbose")).body).toMatchObject({
      components: { sensor: HEALTHY, journal: { status: "ok" }, outputs: { status: "ok" } },
    });
  });

  test("keeps its maps: other processes cannot write to them with bpf", async () => {
    const from = alerts.length;
    expect(attack("zero")).toBe(-1); // EPERM
    expect(attack("detach")).toBe(0); // the kernel does not let other processes detach such links
    expect(await alert(from, "access to the agent", /opened a descriptor for the sensor's BPF map \d+/)).toMatchObject({
      output_fields: { "proc.name": "node" },
    });
    await alert(from, "access to the agent", /opened a descriptor for the sensor's BPF link \d+/);
    await seesNow();
  });

  test("restores settings that a BPF program overwrites, and the times of events stay correct", async () => {
    const from = alerts.length;
    expect(attack("settings")).toBe(0);
    const changed = await alert(from, "sensor changed", /bootTime.*wanted/);
    expect(changed.priority).toBe("Critical");
    await seesNow();
    expect((await health()).body).toMatchObject({ status: "degraded" });
    expect(attack("clock")).toBe(0);
    await alert(from, "sensor changed", /\(bootTime\)/);
    await seesNow();
    expect(alerts.filter(({ time }) => time.startsWith("1970"))).toEqual([]);
  });

  test("attaches the probe again if its settings cannot be restored", async () => {
    const from = alerts.length;
    expect(attack("exempt")).toBe(0);
    await alert(from, "sensor changed", /ownTgid.*being reattached/);
    await alert(from, "sensor works again", /blind for up to/);
    await seesNow();
  });

  test("restores the read position of a ring buffer", async () => {
    const from = alerts.length;
    expect(attack("position")).toBe(0);
    await alert(from, "sensor changed", /read position of a ring buffer/);
    await seesNow();
  });

  test("detects by a canary within a second that no event arrives, and attaches the probe again", async () => {
    const from = alerts.length;
    expect(attack("scratch")).toBe(0);
    const blind = await alert(from, "sensor blind", /no event/);
    expect(blind).toMatchObject({ priority: "Critical", output_fields: { "eyas.stage": "kernel" } });
    expect(delayOf(blind)).toBeGreaterThanOrEqual(DEADLINE);
    expect(delayOf(blind)).toBeLessThan(NOTICED);
    const again = await alert(from, "sensor works again", /blind for up to/);
    expect(Number(again.output_fields["eyas.blind_seconds"])).toBeGreaterThan(0);
    await seesNow();
    expect(await health("?exclude=engine&exclude=sensor")).toMatchObject({ status: 200, body: { status: "ok" } });
  });

  test("detects by the marker of a canary within a second that the journal's writer is blocked", async () => {
    const from = alerts.length;
    await component("canary", /^$/);
    const blocker = new DatabaseSync(join(folder, "journal.db"), { timeout: PATIENCE }); // waits for the writer
    blocker.exec("BEGIN IMMEDIATE");
    const blocked = Date.now();
    try {
      const late = await component("canary", /^journal: the test record sent at \S+ is not stored$/);
      const sent = Date.parse(/sent at (\S+) is/.exec(late.reason)?.[1] ?? "");
      expect(late.status).toBe("degraded");
      expect(sent).toBeGreaterThan(blocked - DEADLINE); // the writer may have had a record already
      expect(late.since - sent).toBeGreaterThanOrEqual(DEADLINE);
      expect(late.since - sent).toBeLessThan(NOTICED);
      const stuck = await alert(from, "journal does not work", /The journal/);
      expect(stuck).toMatchObject({ priority: "Error", output_fields: { "eyas.stage": "journal" } });
      expect(delayOf(stuck)).toBeLessThan(STUCK);
      expect(await health()).toMatchObject({ status: 503, body: { status: "failed" } });
    } finally {
      blocker.close(); // rolls the transaction back
    }
    await alert(from, "journal works again", /stores alerts again/);
    await component("canary", /^$/);
    await seesNow();
  });

  test("reports which process stopped it, and for how long", async () => {
    const from = alerts.length;
    execFileSync("sh", ["-c", `kill -STOP ${pid}; sleep 5; kill -CONT ${pid}`]);
    expect(await alert(from, "access to the agent", /sent SIGSTOP to the agent/)).toMatchObject({
      priority: "Critical",
      output_fields: { "proc.name": "sh" },
    });
    const stopped = await alert(from, "agent stopped", /stopped and continued the agent with signals/);
    expect(Number(stopped.output_fields["eyas.stopped_seconds"])).toBeGreaterThan(4);
    await seesNow();
  });

  test("reports processes that move or truncate its journal, by any path", async () => {
    const from = alerts.length;
    const link = `${folder}-link`;
    await seesNow(); // events are missed while the probe is being attached again
    symlinkSync(folder, link);
    execFileSync("sh", ["-c", "cd $0 && mv journal.db away && mv away journal.db", link]);
    execFileSync("truncate", ["--size", ">1", join(folder, "journal.db")]);
    expect(await alert(from, "access to the agent", /moved or replaced the journal of the agent/)).toMatchObject({
      priority: "Critical",
      output_fields: { "proc.name": "mv" },
    });
    expect(await alert(from, "access to the agent", /truncated the journal of the agent/)).toMatchObject({
      output_fields: { "proc.name": "truncate" },
    });
    rmSync(link);
    await seesNow();
  });

  test("reports processes that trace it with ptrace or write to its memory", needs("gcc"), async () => {
    const from = alerts.length;
    const tracer = join(folder, "tracer");
    execFileSync("gcc", ["-o", tracer, join(home, "test/live/tracer.c")]);
    execFileSync(tracer, ["trace", String(pid)]);
    execFileSync(tracer, ["write", String(pid)]);
    const program = { "proc.name": "tracer", "proc.exepath": tracer };
    expect(await alert(from, "access to the agent", /traced the agent with ptrace/)).toMatchObject({
      priority: "Critical",
      output_fields: { ...program, "proc.cmdline": `tracer trace ${pid}` },
    });
    expect(await alert(from, "access to the agent", /wrote memory of the agent/)).toMatchObject({
      priority: "Critical",
      output_fields: { ...program, "proc.cmdline": `tracer write ${pid}` },
    });
    await seesNow();
  });

  test("reports a process that removes its journal, and stores alerts in a new one", async () => {
    const from = alerts.length;
    execFileSync("sh", ["-c", 'cd "$0" && rm journal.db', folder]);
    expect(await alert(from, "access to the agent", /removed the journal of the agent/)).toMatchObject({
      priority: "Critical",
      output_fields: { "proc.name": "rm" },
    });
    expect(await alert(from, "journal replaced", /replaced by a new file/)).toMatchObject({ priority: "Critical" });
    expect(existsSync(join(folder, "journal.db"))).toBe(true);
    await seesNow();
  });

  test("reports accesses to its process, but not harmless signals", async () => {
    const from = alerts.length;
    execFileSync("sh", ["-c", `kill -WINCH ${pid}; kill -CONT ${pid}`]);
    execFileSync("sh", ["-c", `cat /proc/${pid}/oom_score_adj > /proc/${pid}/oom_score_adj`]);
    execFileSync("sh", ["-c", `cd /proc/${pid}/task/../ && : 3<>mem`]);
    execFileSync("sh", ["-c", `: 3>/proc/${process.pid}/root/proc/${pid}/clear_refs`]);
    execFileSync("prlimit", ["--pid", String(pid), "--core=0:0"]);
    execFileSync("nsenter", ["-t", String(pid), "-u", "true"]);
    await alert(from, "access to the agent", /opened \S+\/oom_score_adj of the agent for writing/);
    await alert(from, "access to the agent", /opened \S+\/mem of the agent for writing/);
    await alert(from, "access to the agent", /opened \/proc\/\d+\/root\S+\/clear_refs of the agent for writing/);
    await alert(from, "access to the agent", /changed a resource limit of the agent/);
    await alert(from, "access to the agent", /entered a namespace of the agent/);
    expect(alerts.slice(from).filter(({ output }) => /SIG(WINCH|CONT)/.test(output))).toEqual([]);
  });

  test("reports at its next start that it was killed, and when", async () => {
    const from = alerts.length;
    const died = new Promise((resolve) => agent.once("exit", (_, signal) => resolve(signal)));
    execFileSync("sh", ["-c", `kill -KILL ${pid}`]);
    expect(await died).toBe("SIGKILL");
    await start();
    const killed = await alert(from, "terminated unexpectedly", /terminated unexpectedly at .* the process was killed/);
    expect(killed.priority).toBe("Error");
    expect(Math.abs(Date.parse(String(killed.output_fields["eyas.alive"])) - Date.now())).toBeLessThan(2 * PATIENCE);
  });
});

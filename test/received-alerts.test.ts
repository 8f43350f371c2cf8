import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { type LoggedAction, openActionLog } from "../src/journal/action-log.ts";
import { needs } from "./parts/needs.ts";

let folder = "";
let said = "";
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Starts `eyas run` with alert intake and a response that kills processes. @returns the URL to post alerts to */
async function start(responses: Readonly<Record<string, unknown>>): Promise<string> {
  folder = mkdtempSync(join(tmpdir(), "eyas-received-"));
  const config = join(folder, "eyas.yaml");
  writeFileSync(
    join(folder, "responses.yaml"),
    "- response: Kill\n  match: priority >= warning\n  actions: [host:kill]\n",
  );
  writeFileSync(
    config,
    JSON.stringify({
      engine: { kind: "nodriver" },
      journal: { path: join(folder, "journal.db") },
      alert_intake: { enabled: true, listen_port: 0, require_token: "never" },
      stdout_output: { enabled: false },
      responses: { rules_files: [join(folder, "responses.yaml")], ...responses },
    }),
  );
  const eyas = spawn(join(home, "bin/eyas"), ["run", "-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  started.push(eyas);
  said = "";
  eyas.stderr.on("data", (bytes) => {
    said += bytes;
  });
  for (let i = 0; !said.includes("Watching alerts from other installations"); i++) {
    if (eyas.exitCode !== null || i > 1500) throw new Error(said);
    await sleep(20);
  }
  return /installations on (\S+\d)/.exec(said)?.[1] ?? "";
}

/** Starts an innocent process and posts a forged alert about it. */
async function accuse(url: string): Promise<{ readonly step: LoggedAction | undefined; readonly lives: boolean }> {
  const innocent = spawn("sleep", ["60"], { stdio: "ignore" });
  started.push(innocent);
  const body = JSON.stringify({
    ...{
      hostname: hostname(),
      output: "12:34:56.123456789: Critical It was he",
      priority: "Critical",
      rule: "Made up",
    },
    ...{ source: "syscall", time: new Date(Date.now() + 1000).toISOString() },
    output_fields: { "proc.pid": innocent.pid, "proc.name": "sleep" },
  });
  const answer = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } });
  expect(answer.status, await answer.text()).toBe(200);
  let step: LoggedAction | undefined;
  for (let i = 0; i < 500 && (step === undefined || step.ended === undefined); i++) {
    await sleep(20);
    const trail = openActionLog(join(folder, "journal.db"));
    [step] = trail?.page({}, 1) ?? [];
    trail?.close();
  }
  return { step, lives: innocent.exitCode === null && innocent.signalCode === null };
}

test("received alerts trigger no action on this machine, even with its host name", {
  timeout: 300_000,
}, async () => {
  const { step, lives } = await accuse(await start({}));
  expect(step).toMatchObject({ state: "skipped", why: "elsewhere" });
  expect(lives).toBe(true);
});

test("with responses.received: all, received alerts trigger actions, and the start logs a warning", {
  ...needs("all processes"),
  timeout: 300_000,
}, async () => {
  const { step, lives } = await accuse(await start({ received: "all" }));
  expect(said).toMatch(/warning.*alert_intake.*token/i);
  expect(step).toMatchObject({ state: "done" });
  expect(lives).toBe(false);
});

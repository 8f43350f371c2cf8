// One agent with an output that delivers, one whose receiver fails and then rejects, and one without a receiver.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { isObject } from "../src/api/object.ts";

const eyas = join(home, "bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-output-states-"));
const config = join(folder, "eyas.yaml");
let receiver: Server;
let answer = 503;
let agent: ChildProcess;
let said = "";
let token = "";
let settings: object;

/** Writes the configuration. @param webhook URL of the output webhook; empty: disabled */
function configure(webhook: string): void {
  writeFileSync(config, JSON.stringify({ ...settings, outputs: { webhook: { address: webhook } } }));
}

/** A URL of the agent from its log. */
async function urlIn(pattern: RegExp): Promise<string> {
  await expect.poll(() => said).toMatch(pattern);
  return pattern.exec(said)?.[1] ?? "";
}

beforeAll(async () => {
  receiver = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(answer).end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const { port } = receiver.address() as AddressInfo; // not a socket with a path
  const users = join(folder, "users.json");
  const added = spawnSync(eyas, ["users", "add", "v", "--role", "viewer", "--file", users], { encoding: "utf8" });
  token = added.stdout.trim();
  settings = {
    engine: { kind: "nodriver" },
    journal: { path: join(folder, "journal.db") },
    alert_intake: { enabled: true, listen_port: 0, require_token: "never" },
    web_page: { enabled: true, listen_port: 0, users_file: users },
    webserver: { enabled: true, listen_port: 0, listen_address: "127.0.0.1", prometheus_metrics_enabled: true },
    stdout_output: { enabled: false },
    file_output: { enabled: true, filename: join(folder, "alerts.txt") },
    http_output: { enabled: true, url: `http://127.0.0.1:${port}/` },
  };
  configure("http://127.0.0.1:1/");
  agent = spawn(eyas, ["run", "-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  agent.stderr?.on("data", (bytes) => {
    said += bytes;
  });
});
afterAll(() => {
  agent?.kill("SIGKILL");
  receiver?.close();
  rmSync(folder, { recursive: true, force: true });
});

type States = Readonly<Record<string, string>>;

async function send(): Promise<void> {
  const alert = {
    time: new Date().toISOString(),
    rule: "Sent",
    priority: "Warning",
    source: "syscall",
    output: "sent",
  };
  const headers = { "content-type": "application/json" };
  const intake = await urlIn(/installations on (\S+\d)/);
  const response = await fetch(intake, {
    method: "POST",
    headers,
    body: JSON.stringify({ ...alert, output_fields: { "proc.name": "cat" } }),
  });
  expect(response.status).toBe(200);
}

/** States in the API, which the page shows unchanged. */
async function inApi(): Promise<States> {
  const url = await urlIn(/[Ww]eb UI(?: is at|:) (http:\/\/127\.0\.0\.1:\d+)/);
  const response = await fetch(`${url}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  const status: unknown = await response.json();
  const outputs = isObject(status) && Array.isArray(status.outputs) ? status.outputs : [];
  return Object.fromEntries(outputs.map(({ name, state }) => [name, state]));
}

async function inMetrics(): Promise<States> {
  const page = await (await fetch(`${await urlIn(/Serving health and metrics on (\S+\d)/)}/metrics`)).text();
  const current = page.matchAll(/^eyas_output_state\{output="([^"]+)",state="([^"]+)"\} 1$/gm);
  return Object.fromEntries([...current].map(([, output, state]) => [output, state]));
}

/** States in the table of `eyas outputs`, which must equal the states in `eyas outputs --json`. */
async function inList(): Promise<States> {
  const run = (...words: readonly string[]) =>
    new Promise<string>((resolve) => {
      const child = spawn(eyas, ["outputs", "-c", config, ...words], { stdio: ["ignore", "pipe", "ignore"] });
      let stdout = "";
      child.stdout.on("data", (bytes) => (stdout += bytes));
      child.on("close", () => resolve(stdout));
    });
  const lines = (await run("--json")).split("\n").filter((line) => line !== "");
  const states = Object.fromEntries(lines.map((line) => JSON.parse(line)).map(({ name, state }) => [name, state]));
  const table = await run();
  for (const [name, state] of Object.entries(states))
    expect(table).toMatch(new RegExp(`^${name} +${state} (?:\\(.*\\))? +\\d`, "m"));
  return states;
}

const together = async () => ({ api: await inApi(), metrics: await inMetrics(), list: await inList() });
const same = (states: States) => ({ api: states, metrics: states, list: states });

test("the API, the metrics and eyas outputs have the same word for each state", async () => {
  await send();
  const states = { file: "up to date", http: "retrying", webhook: "unreachable" };
  await expect.poll(together).toEqual(same(states));

  answer = 400;
  states.http = "rejecting";
  await expect.poll(together).toEqual(same(states));
  const health = await (await fetch(`${await urlIn(/Serving health and metrics on (\S+\d)/)}/healthz?verbose`)).json();
  expect(health).toMatchObject({
    components: { outputs: { status: "degraded", reason: expect.stringMatching(/^http is rejecting/) } },
  });

  answer = 200;
  await send();
  states.http = "up to date";
  await expect.poll(together).toEqual(same(states));

  configure("");
  agent.kill("SIGHUP");
  await expect.poll(together).toEqual(same({ ...states, webhook: "disabled" }));

  agent.kill("SIGTERM");
  await new Promise((resolve) => agent.on("exit", resolve));
  configure("http://127.0.0.1:1/");
  expect(await inList()).toEqual({ ...states, webhook: "stopped" });
});

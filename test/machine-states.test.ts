// The state that an agent writes to Elasticsearch, with a stand-in for the server.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { type Document, type Store, startStore } from "../src/output/receiver/elasticsearch/elasticsearch.fixture.ts";
import { ended } from "./live/sensor.ts";

let folder: string;
let store: Store;
let agent: ChildProcess;
let log = "";
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "eyas-states-"));
  store = await startStore("elasticsearch");
});
afterEach(async () => {
  await ended(agent);
  await store.stop();
  rmSync(folder, { recursive: true, force: true });
});

const rules = (priority: string): string =>
  `- rule: Secret read\n  source: k8s_audit\n  desc: d\n  condition: ka.verb = get\n  output: o\n  priority: ${priority}\n`;

function start(...options: readonly string[]): void {
  const file = join(folder, "own.yaml");
  writeFileSync(file, rules("NOTICE"));
  const all = [
    ...["engine.kind=nodriver", `journal.path=${join(folder, "journal.db")}`, "stdout_output.enabled=false"],
    ...["alert_intake.enabled=true", "alert_intake.listen_port=0", "alert_intake.require_token=never"],
    ...[`outputs.elasticsearch.hostport=${store.url}`, "outputs.elasticsearch.numberofreplicas=0", ...options],
  ];
  const child = spawn(join(home, "bin/eyas"), ["run", "-r", file, ...all.flatMap((option) => ["-o", option])]);
  log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  child.stdout.resume();
  agent = child;
}

const documents = (): readonly Document[] => [...(store.documents.get("eyas-machines")?.values() ?? [])];
const count = () => expect.poll(() => documents().length, { timeout: 60_000 });

test("the state is written at the start, after a reload and at the end", { timeout: 180_000 }, async () => {
  process.env.FALCO_HOSTNAME = "node-7";
  start();
  delete process.env.FALCO_HOSTNAME;
  await count().toBeGreaterThan(0);
  const [first] = documents();
  expect(first).toMatchObject({
    host: { name: "node-7", architecture: expect.stringMatching(/./), os: { kernel: expect.stringMatching(/^\d/) } },
    agent: { id: expect.stringMatching(/^[0-9a-f]{32}$/), type: "eyas", version: expect.stringMatching(/^\d/) },
    eyas: {
      ...{ stopped: false, sensor: "off", last_canary: null, last_alert: null },
      rules: { digest: expect.stringMatching(/^[0-9a-f]{64}$/), files: "own.yaml" },
      events: { rate: 0, dropped: 0, dropped_recently: 0, last_dropped: null, lag: 0 },
      outputs: [{ name: "elasticsearch", state: "up to date", backlog: 0, lag: 0 }],
      memory: expect.any(Number),
    },
  });
  expect(store.templates.get("eyas-machines")?.data_stream).toEqual({});

  const before = documents().length;
  writeFileSync(join(folder, "own.yaml"), rules("ERROR"));
  agent.kill("SIGHUP");
  await count().toBeGreaterThan(before);
  const digest = (document: Document | undefined): unknown => Object(Object(document?.eyas).rules).digest;
  expect(digest(documents().at(-1))).not.toBe(digest(first));

  agent.kill("SIGTERM");
  await expect.poll(() => agent.exitCode, { timeout: 60_000 }).toBe(0);
  const stopped = documents().map(({ eyas }) => Object(eyas).stopped);
  expect(stopped.lastIndexOf(false)).toBe(stopped.length - 2);
  expect(stopped.at(-1)).toBe(true);
});

test("a killed agent does not state that it stopped, and states can be turned off", {
  timeout: 180_000,
}, async () => {
  start();
  await count().toBeGreaterThan(0);
  agent.kill("SIGKILL");
  await ended(agent);
  expect(documents().map(({ eyas }) => Object(eyas).stopped)).not.toContain(true);
  const before = documents().length;
  start("outputs.elasticsearch.reportstate=false");
  await expect.poll(() => log, { timeout: 60_000 }).toContain("installations on");
  agent.kill("SIGTERM");
  await expect.poll(() => agent.exitCode, { timeout: 60_000 }).toBe(0);
  expect(documents()).toHaveLength(before);
});

test("a server that rejects states is logged once, and alerts are delivered", { timeout: 180_000 }, async () => {
  store.objection = ({ agent: about }) =>
    about === undefined ? undefined : { status: 403, type: "security_exception" };
  start();
  const line = /Cannot write the state of this machine to elasticsearch: status 403: security_exception/g;
  await expect.poll(() => log, { timeout: 60_000 }).toMatch(line);
  const intake = /installations on (\S+\d)/.exec(log)?.[1] ?? "";
  const alert = { time: new Date().toISOString(), hostname: "n", rule: "r", priority: "Error", source: "syscall" };
  const body = JSON.stringify({ ...alert, output: "o", output_fields: { "proc.name": "x" } });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(intake, { method: "POST", headers, body });
  expect([answer.status, await answer.text()]).toEqual([200, expect.anything()]);
  await expect
    .poll(() => store.documents.get("logs-falco.alerts-default")?.size, { timeout: 60_000 })
    .toBeGreaterThan(0);
  agent.kill("SIGTERM");
  await expect.poll(() => agent.exitCode, { timeout: 60_000 }).toBe(0);
  expect(log.match(line)).toHaveLength(1);
});

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { startReceiver } from "../src/output/receiver.fixture.ts";
import { needs } from "./parts/needs.ts";
import { sharedServer } from "./parts/shared-server.ts";

let folder = "";
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Starts an agent with these outputs that receives alerts over HTTP. */
async function startAgent(outputs: object): Promise<{
  printed(): string;
  said(): string;
  /** Sends an alert of a rule. */
  post(rule: string): Promise<void>;
}> {
  folder = mkdtempSync(join(tmpdir(), "eyas-held-"));
  const config = join(folder, "eyas.yaml");
  writeFileSync(
    config,
    JSON.stringify({
      engine: { kind: "nodriver" },
      json_output: true,
      journal: { path: join(folder, "journal.db") },
      alert_intake: { enabled: true, listen_port: 0, require_token: "never" },
      outputs,
    }),
  );
  const eyas = spawn(join(home, "bin/eyas"), ["run", "-c", config], { stdio: ["ignore", "pipe", "pipe"] });
  started.push(eyas);
  let [printed, said] = ["", ""];
  eyas.stdout.on("data", (bytes) => {
    printed += bytes;
  });
  eyas.stderr.on("data", (bytes) => {
    said += bytes;
  });
  await expect.poll(() => said, soon).toContain("Watching alerts from other installations");
  const url = /installations on (\S+\d)/.exec(said)?.[1] ?? "";
  return {
    printed: () => printed,
    said: () => said,
    async post(rule) {
      const alert = { output: "12:34:56.123456789: Error It was", priority: "Error", rule, source: "syscall" };
      const time = new Date().toISOString();
      const body = JSON.stringify({ ...alert, hostname: "h", time, output_fields: { "proc.name": "x" } });
      const answer = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } });
      expect(answer.status, await answer.text()).toBe(200);
    },
  };
}

const BLOCKED = "Eyas internal: delivery blocked";
const soon = { timeout: 30_000 };
const late = { timeout: 60_000 };

test("a failure that an administrator must fix is logged and raises one alert, and no alert is lost", {
  timeout: 120_000,
}, async () => {
  let key = "new";
  const hook = await startReceiver(({ headers }) => ({ status: headers["x-key"] === key ? 200 : 401, body: "who?" }));
  const agent = await startAgent({ webhook: { address: hook.url, customheaders: { "X-Key": "old" } } });
  await agent.post("Made up");
  await expect.poll(agent.printed, soon).toContain(BLOCKED);
  expect(agent.said()).toMatch(/Cannot deliver to webhook until the cause is fixed: status 401: who\?; retrying\./);
  const tries = hook.requests.length;
  await expect.poll(() => hook.requests.length, soon).toBeGreaterThan(tries + 1);
  key = "old";
  const arrived = (rule: string): number =>
    hook.requests.slice(tries).filter(({ body: whole }) => JSON.parse(whole).rule === rule).length;
  await expect.poll(() => arrived(BLOCKED), late).toBe(1);
  await expect.poll(agent.said, soon).toContain("Delivering to webhook again");
  expect(agent.printed().split(BLOCKED)).toHaveLength(2);
  await hook.stop();
});

test("an OpenSearch index that does not accept documents is logged, raises one alert, and receives all alerts later", {
  ...needs("opensearch-2"),
  timeout: 240_000,
}, async () => {
  const url = await sharedServer("opensearch-2");
  const index = `held-${randomUUID()}`;
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/${index}${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    return answer.json();
  };
  const rules = async (): Promise<string[]> => {
    await ask("POST", "/_refresh");
    const { hits } = Object(await ask("GET", "/_search?size=100"));
    return (hits?.hits ?? []).map((hit: { _source: { rule: string } }) => hit._source.rule).sort();
  };
  const layout = { layout: "falcosidekick", suffix: "none", index };
  const agent = await startAgent({ opensearch: { hostport: url, ...layout } });
  await agent.post("Before");
  await expect.poll(rules, late).toEqual(["Before"]);
  await ask("PUT", "/_settings", { "index.blocks.write": true });
  await agent.post("Held");
  await expect.poll(agent.printed, late).toContain(BLOCKED);
  expect(agent.said()).toMatch(/Cannot deliver to opensearch until the cause is fixed: .*cluster_block_exception/);
  await ask("PUT", "/_settings", { "index.blocks.write": false });
  await expect.poll(rules, late).toEqual(["Before", BLOCKED, "Held"].sort());
  await expect.poll(agent.said, soon).toContain("Delivering to opensearch again");
  const { stdout } = spawnSync(join(home, "bin/eyas"), ["outputs", "dead", "--journal", join(folder, "journal.db")], {
    encoding: "utf8",
  });
  expect(stdout).not.toContain("Held");
  await ask("DELETE", "");
});

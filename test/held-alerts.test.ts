import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { startReceiver } from "../src/output/receiver.fixture.ts";

let folder = "";
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test("a failure that an administrator must fix is logged, raises one alert, and loses none", {
  timeout: 120_000,
}, async () => {
  let key = "new";
  const hook = await startReceiver(({ headers }) => ({ status: headers["x-key"] === key ? 200 : 401, body: "who?" }));
  folder = mkdtempSync(join(tmpdir(), "eyas-held-"));
  const config = join(folder, "eyas.yaml");
  writeFileSync(
    config,
    JSON.stringify({
      engine: { kind: "nodriver" },
      json_output: true,
      journal: { path: join(folder, "journal.db") },
      alert_intake: { enabled: true, listen_port: 0, require_token: "never" },
      outputs: { webhook: { address: hook.url, customheaders: { "X-Key": "old" } } },
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
  const soon = { timeout: 30_000 };
  await expect.poll(() => said, soon).toContain("Watching alerts from other installations");
  const url = /installations on (\S+\d)/.exec(said)?.[1] ?? "";
  const alert = { output: "12:34:56.123456789: Error It was", priority: "Error", rule: "Made up", source: "syscall" };
  const body = JSON.stringify({
    ...alert,
    hostname: "h",
    time: new Date().toISOString(),
    output_fields: { "proc.name": "x" },
  });
  const answer = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } });
  expect(answer.status, await answer.text()).toBe(200);
  await expect.poll(() => printed, soon).toContain("Eyas internal: delivery blocked");
  expect(said).toMatch(/Cannot deliver to webhook until the cause is fixed: status 401: who\?; retrying\./);
  const tries = hook.requests.length;
  await expect.poll(() => hook.requests.length, soon).toBeGreaterThan(tries + 1);
  key = "old";
  const arrived = (rule: string): number =>
    hook.requests.slice(tries).filter(({ body: whole }) => JSON.parse(whole).rule === rule).length;
  await expect.poll(() => arrived("Eyas internal: delivery blocked"), { timeout: 60_000 }).toBe(1);
  await expect.poll(() => said, soon).toContain("Delivering to webhook again");
  expect(printed.match(/Eyas internal: delivery blocked/g)).toHaveLength(1);
  await hook.stop();
});

import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { home } from "../agent/home.ts";
import { entry } from "../journal/alerts.fixture.ts";
import { takeLock } from "../journal/lock.ts";
import { openWriter } from "../journal/write.ts";
import { type Answer, type Receiver, startReceiver } from "../output/receiver.fixture.ts";

const hostile = "\u001b]0;owned\u0007\u202e";
const receivers: Receiver[] = [];
afterEach(async () => {
  for (const each of receivers.splice(0)) await each.stop();
});

async function receiver(answer: () => Answer): Promise<Receiver> {
  const started = await startReceiver(answer);
  receivers.push(started);
  return started;
}

/** A journal with ten alerts, of which the webhook accepted four and rejected two. */
function prepare(address = "http://127.0.0.1:1/hook") {
  const folder = mkdtempSync(join(tmpdir(), "eyas-outputs-"));
  const file = join(folder, "journal.db");
  const config = join(folder, "eyas.yaml");
  writeFileSync(config, `journal: {path: ${file}}\noutputs: {webhook: {address: "${address}", rules: [Nothing]}}\n`);
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  writer.append(Array.from({ length: 10 }, (_, i) => entry(i + 1)));
  const now = Date.now();
  writer.saveProgress({
    outputs: [
      { name: "stdout", seq: 10, status: { delivered: 10, refused: 0, retried: 0, lost: 0 } },
      {
        name: "webhook",
        seq: 6,
        status: {
          ...{ delivered: 4, refused: 2, retried: 7, lost: 1 },
          ...{ error: `status 403: ${hostile}`, failed: now - 60_000, again: now + 600_000, failing: true },
        },
      },
      { name: "loki", seq: 4, status: { delivered: 4, refused: 0, retried: 0, lost: 0, gone: 10 } },
    ],
    dead: [3, 4].map((seq) => ({ output: "webhook", seq, time: now, reason: `status 403: ${hostile}` })),
  });
  writer.close();
  return { file, config, lock: () => takeLock(`${file}.lock`) };
}

function outputs(config: string, ...words: readonly string[]) {
  const child = spawn(join(home, "bin/eyas"), ["outputs", ...words, "-c", config], {
    env: { ...process.env, NO_COLOR: "1" },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

describe("eyas outputs", () => {
  test("lists each output with state, backlog, lag, last error and counters, with and without eyas run", async () => {
    const { config, lock } = prepare();
    const stopped = await outputs(config);
    expect(stopped.status).toBe(0);
    expect(stopped.stderr).toMatch(/^eyas run is not running: no process writes to .*\.\n$/);
    const lines = stopped.stdout.split("\n");
    expect(lines[0]).toMatch(/^OUTPUT +STATE +BACKLOG +LAG +DELIVERED +RETRIED +REJECTED +DEAD +DROPPED$/);
    expect(lines[1]).toMatch(/^stdout +up to date +0 +– +10 +0 +0 +0 +0$/);
    expect(lines[2]).toMatch(/^webhook +stopped +4 +[\d.]+ s +4 +7 +2 +2 +1$/);
    expect(lines[3]).toMatch(/^ {2}\d+ (?:s|min) ago: status 403: \\x1b\]0;owned\\x07\\u\{202e\}$/);
    expect(lines[4]).toMatch(/^loki +disabled +6 /);

    const held = lock();
    const running = await outputs(config);
    held.release();
    expect(running.stderr).toBe("");
    expect(running.stdout).toMatch(/\nwebhook +retrying \(in (9|10) min\) +4 /);
  });

  test("--json prints the same values", async () => {
    const { config } = prepare();
    const { stdout } = await outputs(config, "--json");
    expect(stdout).not.toContain("\u001b");
    const [, webhook] = stdout.split("\n").map((line): unknown => (line === "" ? undefined : JSON.parse(line)));
    expect(webhook).toMatchObject({
      ...{ name: "webhook", state: "stopped", waiting: 4, delivered: 4, retried: 7, refused: 2, dead: 2, lost: 1 },
      ...{ behind_seconds: expect.any(Number), error: `status 403: ${hostile}`, failed: expect.any(String) },
    });
  });

  test("test sends one alert regardless of the filters of the output and prints the result (stand-in)", async () => {
    let answer: Answer = {};
    const hook = await receiver(() => answer);
    const { config } = prepare(`${hook.url}/hook`);
    const accepted = await outputs(config, "test", "webhook");
    expect(accepted).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^webhook accepted the test alert after \d+ ms \(uuid [-0-9a-f]{36}\)\.\n$/),
    });
    expect(JSON.parse(hook.requests[0]?.body ?? "")).toMatchObject({ rule: "Eyas test alert", priority: "Debug" });
    answer = { status: 403, body: "not you" };
    expect(await outputs(config, "test", "webhook")).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/did not accept .*: status 403: not you\. .* hold back other alerts until/),
    });
    answer = { status: 422, body: "not this" };
    const rejected = await outputs(config, "test", "webhook");
    expect(rejected).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/rejected .*: status 422: not this\./),
    });
    answer = { status: 503 };
    const later = await outputs(config, "test", "webhook", "--json");
    expect(later.status).toBe(1);
    expect(JSON.parse(later.stdout)).toMatchObject({ name: "webhook", outcome: "retry", reason: "status 503" });
  });

  test("dead lists dead letters with reasons; retry sends dead letters and removes the delivered ones (stand-in)", async () => {
    let status = 403;
    const hook = await receiver(() => ({ status }));
    const { config } = prepare(`${hook.url}/hook`);
    const listed = await outputs(config, "dead");
    expect(listed.stdout.split("\n")).toHaveLength(5);
    expect(listed.stdout).toMatch(
      /^ +3 {2}[-\d]+ [:\d]+ {2}webhook: status 403: \\x1b\]0;owned.*\n {8}Warning {2}File read: /,
    );
    const [letter] = (await outputs(config, "dead", "webhook", "--json", "-n", "1")).stdout.split("\n");
    expect(JSON.parse(letter ?? "")).toMatchObject({
      dead_output: "webhook",
      alert: { rule: "File read", uuid: expect.any(String) },
    });

    const again = await outputs(config, "retry", "webhook");
    expect(again).toMatchObject({
      status: 1,
      stderr: "webhook accepted 0 alerts; 2 dead letters left: status 403.\n",
    });
    status = 200;
    expect(await outputs(config, "retry", "webhook")).toMatchObject({
      status: 0,
      stderr: "webhook accepted 2 alerts.\n",
    });
    expect((await outputs(config, "dead")).stdout).toBe("");
    expect(hook.requests.slice(-2).map(({ body }) => JSON.parse(body).output_fields["proc.pid"])).toEqual([3, 4]);
  });

  test("skip drops the backlog of an output, unless eyas run is running", async () => {
    const { config, lock } = prepare();
    const held = lock();
    expect((await outputs(config, "skip", "webhook")).stderr).toMatch(
      /^eyas: Process .* is delivering alerts: stop eyas run first/,
    );
    held.release();
    expect((await outputs(config, "skip", "webhook")).stderr).toMatch(/; skipped 4 alerts\.\n$/);
    expect((await outputs(config)).stdout).toMatch(/\nwebhook +up to date +0 /);
  });

  test.each([
    [["explode"], 'Unknown action "explode": expected list, test, dead, retry, skip, template.'],
    [["test"], "Missing output name. Enabled outputs: stdout, webhook."],
    [["test", "slack"], 'Output "slack" is not enabled. Enabled outputs: stdout, webhook.'],
    [["skip", "slack"], 'Output "slack" not found in the journal.'],
    [["dead", "-n", "x"], 'Invalid --limit "x": expected a non-negative integer.'],
  ])("%j is an error", async (words, message) => {
    const { config } = prepare();
    expect(await outputs(config, ...words)).toEqual({ status: 1, stdout: "", stderr: `eyas: ${message}\n` });
  });
});

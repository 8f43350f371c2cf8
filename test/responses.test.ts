import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { type LoggedAction, openActionLog } from "../src/journal/action-log.ts";
import { openReader } from "../src/journal/read.ts";
import { hostile } from "./response/hostile.ts";

interface Called {
  /** Path of the call: `/function` or `/webhook`. */
  readonly path: string;
  /** ID of the alert, or idempotency key of the webhook. */
  readonly key: string;
  readonly body: { readonly rule: string; readonly output_fields: Readonly<Record<string, unknown>> };
}

let folder = "";
let child: ChildProcess | undefined;
let said = "";
let server: Server | undefined;
afterEach(() => {
  child?.kill("SIGKILL");
  server?.closeAllConnections();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a server for functions and webhooks. `answer` decides when and whether it responds. */
function openCalled(called: Called[], answer: (response: ServerResponse, one: Called) => void): Promise<string> {
  return new Promise((resolve) => {
    const opened = createServer(async (asked: IncomingMessage, response) => {
      const { headers, url = "" } = asked;
      const key = String(headers["webhook-id"] ?? headers["event-id"]);
      const one = {
        path: url.startsWith("/webhook") ? "/webhook" : "/function",
        key,
        body: JSON.parse(await text(asked)),
      };
      called.push(one);
      answer(response, one);
    });
    server = opened;
    opened.listen(0, "127.0.0.1", () => {
      const address = opened.address();
      resolve(typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "");
    });
  });
}

function rulesFor(at: string): string {
  return `
- response: Tell
  match: priority >= warning and source = syscall
  actions: [{action: webhook:signed, parameters: {url: "${at}/webhook", secret: s3cr3t}}]
- response: Call
  match: priority >= warning and source = syscall
  actions: [{action: fission:function, parameters: {router: "${at}", function: f}}]
`;
}

/** Starts `eyas run` with alert intake and responses. @returns the URL to post alerts to */
async function start(at: string, responses: Readonly<Record<string, unknown>>): Promise<string> {
  const rules = join(folder, "responses.yaml");
  const config = join(folder, "eyas.yaml");
  writeFileSync(rules, rulesFor(at));
  writeFileSync(
    config,
    JSON.stringify({
      engine: { kind: "nodriver" },
      journal: { path: join(folder, "journal.db") },
      alert_intake: { enabled: true, listen_port: 0, require_token: "never" },
      stdout_output: { enabled: false },
      file_output: { enabled: true, filename: join(folder, "alerts") },
      json_output: true,
      webserver: { enabled: true, listen_port: 0, prometheus_metrics_enabled: true },
      responses: { rules_files: [rules], max_age: 0, ...responses },
    }),
  );
  const started = spawn(join(home, "bin/eyas"), ["run", "-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  child = started;
  said = "";
  started.stderr.on("data", (bytes) => {
    said += bytes;
  });
  for (let i = 0; !said.includes("Watching alerts from other installations"); i++) {
    const { exitCode, signalCode } = started;
    if (exitCode !== null || signalCode !== null || i > 1500) throw new Error(`${exitCode} ${signalCode} ${said}`);
    await sleep(20);
  }
  return /installations on (\S+\d)/.exec(said)?.[1] ?? "";
}

async function kill(): Promise<void> {
  const ended = new Promise((resolve) => child?.once("exit", resolve));
  child?.kill("SIGKILL");
  await ended;
}

async function post(url: string, fields: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  const lines = fields.map((output_fields) =>
    JSON.stringify({
      ...{ hostname: "falco-7", output: "12:34:56.123456789: Warning Shell", output_fields, priority: "Warning" },
      ...{ rule: "Terminal shell in container", source: "syscall", time: new Date().toISOString() },
    }),
  );
  const body = lines.join("\n");
  const answer = await fetch(url, { method: "POST", body, headers: { "content-type": "application/x-ndjson" } });
  expect(answer.status, await answer.text()).toBe(200);
}

function trail(): LoggedAction[] {
  const open = openActionLog(join(folder, "journal.db"));
  const steps = open?.page({}, 100_000).reverse() ?? [];
  open?.close();
  return steps;
}

async function until(what: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(20)) if (what()) return;
  throw new Error(`timed out: ${said.slice(-1500)} ${JSON.stringify(trail().slice(-3))}`);
}

const isOpen = ({ state }: LoggedAction): boolean => state === "waiting" || state === "asked";

test("killed repeatedly during responses: no action is lost, and possible repetitions are marked unknown", {
  timeout: 120_000,
}, async () => {
  folder = mkdtempSync(join(tmpdir(), "eyas-responses-"));
  const called: Called[] = [];
  let hangs = true;
  const at = await openCalled(called, (response) => {
    if (!hangs || Math.random() < 0.7) setTimeout(() => response.end("{}"), 5);
  });
  const patient = { timeout: "10m" }; // an action that times out on a busy machine fails
  let sent = 0;
  for (let round = 0; round < 3; round++) {
    const url = await start(at, patient);
    await post(
      url,
      Array.from({ length: 20 }, () => ({ number: sent++ })),
    );
    const before = called.length;
    await until(() => called.length >= before + 8);
    await kill();
  }
  hangs = false;
  await start(at, patient);
  await until(() => {
    const steps = trail();
    return new Set(steps.map(({ seq }) => seq)).size === sent && !steps.some(isOpen);
  });
  const steps = trail();
  expect(steps.some(({ state }) => state === "unknown")).toBe(true);
  for (const response of ["Tell", "Call"]) {
    const own = Map.groupBy(
      steps.filter((step) => step.response === response),
      ({ seq }) => seq,
    );
    // Every alert has a response.
    expect(own.size).toBe(sent);
    for (const attempts of own.values()) {
      const { key, alert } = attempts[0]!;
      // All attempts have the same key, and the results of all but the last are unknown.
      expect(new Set(attempts.map((step) => step.key)).size).toBe(1);
      expect(attempts.map(({ attempt }) => attempt)).toEqual(attempts.map((_, i) => i + 1));
      for (const step of attempts.slice(0, -1)) expect(step.state).toBe("unknown");
      const id = response === "Tell" ? key : alert?.id;
      const calls = called.filter(
        (one) => one.path === (response === "Tell" ? "/webhook" : "/function") && one.key === id,
      );
      expect(calls.length).toBeLessThanOrEqual(attempts.length);
      // Functions are not retried, since they may not be idempotent; webhooks have an ID.
      const last = attempts.at(-1);
      if (response === "Call") expect(attempts).toHaveLength(1);
      else expect(last?.state).toBe("done");
      if (last?.state === "done") expect(calls.length).toBeGreaterThan(0);
    }
  }
});

test("a thousand alerts at once: budgets are exact, and outputs get all alerts while webhooks hang", {
  timeout: 300_000,
}, async () => {
  folder = mkdtempSync(join(tmpdir(), "eyas-responses-"));
  const called: Called[] = [];
  const held: ServerResponse[] = [];
  const at = await openCalled(called, (response) => held.push(response));
  const undivided = { workload_share: 100, subject_share: 100, priority_reserve: 0 };
  const url = await start(at, { concurrency: 4, budget: { calls: "50/1h", ...undivided } });
  await post(
    url,
    Array.from({ length: 1000 }, (_, number) => ({ number })),
  );
  const written = (): string[] => {
    try {
      return readFileSync(join(folder, "alerts"), "utf8").split("\n").filter(Boolean);
    } catch {
      return [];
    }
  };
  const raised = (): string[] => written().filter((line) => line.includes('"number"'));
  await until(() => raised().length === 1000);
  await until(() => trail().length === 2000);
  const steps = trail();
  await until(() => called.length === 8);
  expect(steps.filter(({ state }) => state === "asked")).toHaveLength(8);
  expect(steps.filter(({ state }) => state === "waiting")).toHaveLength(42);
  expect(steps.filter(({ why }) => why === "budget")).toHaveLength(1950);
  for (let answered = 0; answered < 50; answered++) {
    await until(() => held.length > 0);
    held.shift()?.end("{}");
  }
  await until(() => !trail().some(isOpen));
  expect(called).toHaveLength(50);
  expect(trail().filter(({ state }) => state === "done")).toHaveLength(50);
  await until(() => written().filter((line) => line.includes("budget exhausted")).length === 1);
});

test("hostile text in alerts reaches webhooks as data only", {
  timeout: 300_000,
}, async () => {
  folder = mkdtempSync(join(tmpdir(), "eyas-responses-"));
  const called: Called[] = [];
  const at = await openCalled(called, (response) => response.end("{}"));
  const texts = Object.values(hostile).filter((text) => text.isWellFormed());
  const url = await start(at, {});
  await post(
    url,
    texts.map((text) => ({ "fd.name": text, "proc.cmdline": `cat ${text}` })),
  );
  await until(() => called.length === 2 * texts.length);
  for (const path of ["/webhook", "/function"]) {
    const printed = called
      .filter((one) => one.path === path)
      .map(({ body }) => String(body.output_fields["proc.cmdline"]));
    expect(printed.sort()).toEqual(texts.map((text) => `cat ${text}`).sort());
  }
  await until(() => !trail().some(isOpen));
  expect(new Set(trail().map(({ state }) => state))).toEqual(new Set(["done"]));
});

test("changed response rules and limits apply from the next alert; invalid ones are rejected; metrics count all actions", {
  timeout: 300_000,
}, async () => {
  folder = mkdtempSync(join(tmpdir(), "eyas-responses-"));
  const called: Called[] = [];
  const at = await openCalled(called, (response) => response.end("{}"));
  const url = await start(at, {});
  const rules = join(folder, "responses.yaml");
  await post(url, [{ number: 1 }]);
  await until(() => trail().filter(({ state }) => state === "done").length === 2);

  writeFileSync(rules, `${rulesFor(at)}\n- {response: Bad, match: rule = x, actions: [nothing:there]}\n`);
  await until(() => said.includes("Reload failed"));
  expect(said).toContain('Unknown action "nothing:there"');
  await post(url, [{ number: 2 }]);
  await until(() => trail().filter(({ state }) => state === "done").length === 4);

  writeFileSync(rules, rulesFor(at).replace("- response: Call", "- response: Call\n  dry_run: true"));
  await until(() => said.includes("Reloaded"));
  await post(url, [{ number: 3 }]);
  await until(() => trail().length === 6 && !trail().some(isOpen));
  expect(
    trail()
      .slice(4)
      .map(({ response, state, why }) => `${response} ${why ?? state}`)
      .sort(),
  ).toEqual(["Call dry_run", "Tell done"]);

  writeFileSync(rules, "[]\n");
  await until(() => said.split("Reloaded").length === 3);
  await post(url, [{ number: 4 }]);
  await sleep(200);
  expect(trail()).toHaveLength(6);

  const metrics = `${/Serving health and metrics on (\S+\d)/.exec(said)?.[1]}/metrics`;
  let figures = "";
  for (let i = 0; i < 200 && !figures.includes('reason="dry_run"'); i++) {
    await sleep(50);
    figures = await (await fetch(metrics)).text();
  }
  for (const line of [
    'eyas_responses_total{action="webhook:signed",outcome="done"} 3',
    'eyas_responses_total{action="fission:function",outcome="done"} 2',
    'eyas_responses_total{action="fission:function",outcome="skipped"} 1',
    'eyas_responses_skipped_total{action="fission:function",reason="dry_run"} 1',
    'eyas_response_runs_total{action="webhook:signed"} 3',
    "eyas_responses_running 0",
    "eyas_responses_paused 0",
  ])
    expect(figures).toContain(`${line}\n`);
});

test("responses enabled later apply to later alerts only", { timeout: 300_000 }, async () => {
  folder = mkdtempSync(join(tmpdir(), "eyas-responses-"));
  const called: Called[] = [];
  const at = await openCalled(called, (response) => response.end("{}"));
  const url = await start(at, { rules_files: [] });
  await post(url, [{ number: 1 }]);
  const config = join(folder, "eyas.yaml");
  const text = readFileSync(config, "utf8");
  writeFileSync(config, text.replace('"rules_files":[]', `"rules_files":["${join(folder, "responses.yaml")}"]`));
  // The responder has started when its position is in the journal.
  await until(() => {
    const reader = openReader(join(folder, "journal.db"));
    const place = reader?.position("responses");
    reader?.close();
    return place === 1;
  });
  await post(url, [{ number: 2 }]);
  await until(() => called.length === 2);
  expect(called.map(({ body }) => body.output_fields.number)).toEqual([2, 2]);
});

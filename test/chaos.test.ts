import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { freePort } from "../src/output/brokers.fixture.ts";
import { type Between, startProxy, type Weather } from "./chaos/proxy.ts";
import {
  listens,
  startHttp,
  startJetStream,
  startRedisList,
  startRsyslog,
  type TestReceiver,
} from "./chaos/receivers.ts";
import { needs } from "./parts/needs.ts";

const ALERTS = Number(process.env.CHAOS_ALERTS ?? 15_000);
const RATE = 1000;
const KILLS = 10;
/** Number of alerts per request. */
const BATCH = 100;

const folder = mkdtempSync(join(tmpdir(), "eyas-chaos-"));
const cleaning: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleaning.splice(0).reverse()) await clean();
  rmSync(folder, { recursive: true, force: true });
});

/** The program under test, restarted after each kill. */
class Victim {
  kills = 0;
  said = "";
  /** Measured memory in bytes since the last start. */
  memory: number[] = [];
  readonly url: string;
  private child: ChildProcess | undefined;
  private readonly config: string;
  private readonly port: number;

  constructor(config: string, port: number) {
    this.config = config;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  async start(): Promise<void> {
    const child = spawn(join(home, "bin/eyas"), ["run", "-c", this.config], { stdio: ["ignore", "ignore", "pipe"] });
    this.child = child;
    this.memory = [];
    child.stderr.on("data", (bytes) => {
      this.said = (this.said + String(bytes)).slice(-20_000);
    });
    while (!(await listens(this.port))) {
      if (child.exitCode !== null) throw new Error(`it ended: ${this.said}`);
      await sleep(20);
    }
  }

  /** Measures the memory of the program. */
  look(): void {
    try {
      const [, pages] = readFileSync(`/proc/${this.child?.pid}/statm`, "utf8").split(" ");
      this.memory.push(Number(pages) * 4096);
    } catch {
      // The program was just killed.
    }
  }

  end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once("exit", () => resolve());
      child.kill(signal);
    });
  }
}

/** Returns alerts with these numbers, in the format in which other installations send them. */
function body(from: number, to: number): string {
  const lines: string[] = [];
  for (let n = from; n < to; n++) {
    const fields = { "chaos.n": n, "proc.cmdline": `sh -c "echo ${n}"`, "fd.name": `/tmp/${n % 97}` };
    lines.push(
      JSON.stringify({
        ...{ hostname: "node-1", priority: "Warning", rule: "Chaos", source: "syscall" },
        ...{ tags: ["chaos"], time: new Date().toISOString(), output: `Warning number ${n}`, output_fields: fields },
      }),
    );
  }
  return lines.join("\n");
}

/** Returns the numbers in the order of their first arrival. */
function firsts(numbers: readonly number[]): number[] {
  return [...new Set(numbers)];
}

test(`every acknowledged alert reaches HTTP, NATS, Redis and syslog receivers in order, despite failures of receivers and of Eyas`, {
  ...needs("nats-server", "redis-server", "rsyslogd"),
  timeout: 900_000,
}, async () => {
  let mood: { status: number; headers?: Record<string, string> } | undefined;
  const made: readonly (readonly [string, TestReceiver])[] = [
    ["calm", await startHttp()],
    ["http", await startHttp(() => mood)],
    ["nats", await startJetStream()],
    ["redis", await startRedisList()],
    ["syslog", await startRsyslog()],
  ];
  const receivers = new Map(made);
  const proxies = new Map<string, Between>();
  for (const [name, receiver] of made) {
    cleaning.push(() => receiver.stop());
    const proxy = await startProxy(receiver.port, name === "syslog");
    cleaning.push(() => proxy.close());
    proxies.set(name, proxy);
  }
  const at = (name: string): string => `127.0.0.1:${proxies.get(name)?.port}`;
  const config = join(folder, "eyas.yaml");
  const port = await freePort();
  writeFileSync(
    config,
    `engine: {kind: nodriver}
stdout_output: {enabled: false}
journal: {path: ${join(folder, "journal.db")}}
alert_intake: {enabled: true, listen_port: ${port}, require_token: never}
outputs:
  loki: {hostport: "http://${at("calm")}", format: json}
  splunk: {host: "http://${at("http")}/services/collector/event", token: t, timeout: 15000}
  nats: {hostport: ["nats://${at("nats")}"], timeout: 15000}
  redis: {address: "${at("redis")}", timeout: 15000}
  syslog: {host: 127.0.0.1, port: ${proxies.get("syslog")?.port}}
`,
  );
  const eyas = new Victim(config, port);
  cleaning.push(() => eyas.end("SIGKILL"));
  await eyas.start();

  const turn = (name: string, weather: Weather) => async (): Promise<void> => proxies.get(name)?.turn(weather);
  let acknowledged = 0;
  const received = async (name: string): Promise<number> => (await receivers.get(name)?.count()) ?? 0;
  const reached = async (share: number): Promise<void> => {
    while (acknowledged < share * ALERTS) await sleep(20);
  };
  /**
   * Waits until the healthy receiver has all acknowledged alerts. A failure of another receiver ends only then, which
   * shows that the failure does not block the healthy receiver.
   */
  const calmGoesOn = async (): Promise<void> => {
    for (const wanted = acknowledged; (await received("calm")) < wanted; ) await sleep(50);
  };
  const mend = (name: string) => async (): Promise<void> => {
    await calmGoesOn();
    proxies.get(name)?.turn("fair");
  };
  const answer = (status: number | undefined) => async (): Promise<void> => {
    if (status === undefined) await calmGoesOn();
    mood = status === undefined ? undefined : { status, headers: { "retry-after": "1" } };
  };
  /** Changes to the failures of receivers, each after a share of the alerts was acknowledged. */
  const plan: readonly (readonly [number, () => Promise<void>])[] = [
    [0.04, turn("http", "gone")],
    [0.12, mend("http")],
    [0.1, turn("nats", "gone")],
    [0.22, mend("nats")],
    [0.14, turn("redis", "garbage")],
    [0.24, mend("redis")],
    [0.2, answer(429)],
    [0.3, answer(500)],
    [0.38, answer(undefined)],
    [0.28, turn("syslog", "gone")],
    [0.36, mend("syslog")],
    [0.4, turn("http", "slow")],
    [0.62, mend("http")],
    [0.4, turn("nats", "slow")],
    [0.56, mend("nats")],
    [0.5, turn("redis", "slow")],
    [0.66, mend("redis")],
    [0.54, turn("syslog", "slow")],
    [0.7, mend("syslog")],
    [0.66, turn("http", "garbage")],
    [0.74, mend("http")],
    [0.72, turn("nats", "garbage")],
    [0.8, mend("nats")],
    [0.78, turn("redis", "gone")],
    [0.88, mend("redis")],
    [0.84, turn("syslog", "garbage")],
    [0.9, mend("syslog")],
  ];
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const happening = plan.map(async ([share, happen]) => {
    await reached(share);
    await happen();
  });
  const killing = (async () => {
    for (let i = 0; i < KILLS; i++) {
      await reached((i + 0.5) / KILLS);
      await eyas.end("SIGKILL");
      eyas.kills++;
      await eyas.start();
    }
  })();

  const watching = (async () => {
    while (acknowledged < ALERTS) {
      eyas.look();
      await sleep(50);
    }
  })();

  while (acknowledged < ALERTS) {
    const early = acknowledged / RATE - elapsed();
    if (early > 0) await sleep(early * 1000);
    try {
      const response = await fetch(eyas.url, {
        method: "POST",
        body: body(acknowledged, acknowledged + BATCH),
        headers: { "content-type": "application/x-ndjson" },
        signal: AbortSignal.timeout(10_000),
      });
      await response.text();
      if (response.status === 200) acknowledged += BATCH;
      else await sleep(100);
    } catch {
      await sleep(50); // the program is being killed
    }
  }
  await Promise.all([...happening, killing, watching]);
  const sentIn = elapsed();

  for (const [name] of made) {
    const end = performance.now() + 300_000;
    while ((await received(name)) < ALERTS && performance.now() < end) {
      eyas.look();
      await sleep(200);
    }
  }
  const all = Array.from({ length: ALERTS }, (_, n) => n);
  const report: string[] = [];
  for (const [name, receiver] of made) {
    let numbers = await receiver.numbers();
    for (let i = 0; i < 100 && new Set(numbers).size < ALERTS; i++) {
      await sleep(300);
      numbers = await receiver.numbers();
    }
    const order = firsts(numbers);
    const there = new Set(order);
    const lacking = all.filter((n) => !there.has(n));
    if (lacking.length > 0) console.log(`${name} lacks ${lacking.length}: ${lacking[0]} to ${lacking.at(-1)}`);
    report.push(`${name} ${numbers.length - order.length} twice`);
    expect(order.length, `${name} has every alert; ${eyas.said}`).toBe(ALERTS);
    expect(order, `${name} has them in order`).toEqual(all);
  }
  expect(eyas.kills).toBe(KILLS);
  const memory = Math.max(...eyas.memory) / 1e6;
  console.log(
    `${ALERTS} alerts in ${sentIn.toFixed(0)} s, all delivered after ${elapsed().toFixed(0)} s; ${report.join(", ")}; ${memory.toFixed(0)} MB`,
  );
  expect(memory).toBeLessThan(400);
  await eyas.end("SIGTERM");
});

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { Agent, createServer, request, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";

let child: ChildProcess | undefined;
let receiver: Server | undefined;
afterEach(() => {
  child?.kill("SIGKILL");
  receiver?.closeAllConnections();
  receiver?.close();
});

/** Opens a receiver that stores the numbers of alerts. */
function openReceiver(received: Set<number>): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer(async (asked, answer) => {
      for (const line of (await text(asked)).split("\n")) {
        const alert = JSON.parse(line) as { source: string; hostname: string; output_fields: { number: number } };
        if (alert.source === "internal") continue; // about the previous process, which was killed
        if (alert.hostname !== "falco-7") throw new Error(line);
        received.add(alert.output_fields.number);
      }
      answer.end();
    });
    receiver = server;
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}/` : "");
    });
  });
}

/** Starts `eyas run` with alert intake only. @returns the URL to post alerts to */
async function start(journal: string, receiver: string): Promise<string> {
  const settings = ["engine.kind=nodriver", `journal.path=${journal}`, "stdout_output.enabled=false"].concat([
    "alert_intake.enabled=true",
    "alert_intake.listen_port=0",
    "alert_intake.require_token=never",
    `outputs.webhook.address=${receiver}`,
  ]);
  const words = ["run", ...settings.flatMap((one) => ["-o", one])];
  const started = spawn(join(home, "bin/eyas"), words, { stdio: ["ignore", "ignore", "pipe"] });
  child = started;
  let said = "";
  started.stderr.on("data", (bytes) => {
    said += bytes;
  });
  for (let i = 0; !said.includes("Watching alerts from other installations"); i++) {
    if (started.exitCode !== null || i > 1500) throw new Error(said);
    await sleep(20);
  }
  return /installations on (\S+\d)/.exec(said)?.[1] ?? "";
}

function alert(number: number): string {
  return JSON.stringify({
    hostname: "falco-7",
    output: "12:34:56.123456789: Warning Shell in a container",
    output_fields: { number },
    priority: "Warning",
    rule: "Terminal shell in container",
    source: "syscall",
    time: new Date().toISOString(),
  });
}

function post(url: string, body: string, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json" };
    const asked = request(url, { method: "POST", agent, headers }, (response) => {
      response
        .resume()
        .on("end", () => resolve(response.statusCode))
        .on("error", () => resolve(undefined));
    });
    asked.on("error", () => resolve(undefined)).end(body);
  });
}

test("alerts acknowledged with status 200 reach the outputs although the receiver is killed", {
  timeout: 120_000,
}, async () => {
  const received = new Set<number>();
  const journal = join(mkdtempSync(join(tmpdir(), "eyas-fleet-")), "journal.db");
  const address = await openReceiver(received);
  const agent = new Agent({ keepAlive: true, maxSockets: 10 });
  const accepted = new Set<number>();
  let number = 0;
  for (let round = 0; round < 3; round++) {
    const url = await start(journal, address);
    const ended = new Promise((resolve) => child?.once("exit", resolve));
    const kill = round < 2 ? accepted.size + 400 : Number.POSITIVE_INFINITY;
    const senders = Array.from({ length: 10 }, async () => {
      for (let sent = 0; sent < 100; sent++) {
        const own = number++;
        const status = await post(url, alert(own), agent);
        if (status === undefined) return;
        expect(status).toBe(200);
        accepted.add(own);
        if (accepted.size >= kill) child?.kill("SIGKILL");
      }
    });
    await Promise.all(senders);
    if (round < 2) await ended;
  }
  agent.destroy();
  expect(accepted.size).toBeGreaterThan(1500);
  await expect.poll(() => [...accepted].filter((one) => !received.has(one)).length, { timeout: 60_000 }).toBe(0);
});

// Status 200 guarantees delivery, even of the first alert of a new installation.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";

const ALERTS = 100;
const ROUNDS = 4;
const folder = mkdtempSync(join(tmpdir(), "eyas-first-alerts-"));
let running: ChildProcess | undefined;
afterEach(() => running?.kill("SIGKILL"));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * UUIDs of the alerts that the webhook received, by number, and numbers of alerts that arrived again with another UUID.
 */
const received = new Map<number, string>();
const changed: string[] = [];
const webhook = createServer(async (request, response) => {
  for (const line of (await text(request)).split("\n").filter((one) => one !== "")) {
    const { source, uuid, output_fields } = JSON.parse(line);
    if (source === "internal") continue; // about the previous process, which was killed
    const before = received.get(output_fields.number);
    if (before !== undefined && before !== uuid) changed.push(`${before} ${uuid}`);
    received.set(output_fields.number, uuid);
  }
  response.end();
});
afterAll(() => webhook.close());

/** Starts Eyas with a webhook and alert intake. @returns the URL of alert intake */
async function start(journal: string, port: number): Promise<string> {
  const settings = ["engine.kind=nodriver", `journal.path=${journal}`, "stdout_output.enabled=false"]
    .concat(["alert_intake.enabled=true", "alert_intake.listen_port=0", "alert_intake.require_token=never"])
    .concat(`outputs.webhook.address=http://127.0.0.1:${port}/`);
  const child = spawn(join(home, "bin/eyas"), ["run", ...settings.flatMap((one) => ["-o", one])], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  running = child;
  let said = "";
  return new Promise((resolve, reject) => {
    child.stderr.on("data", (bytes) => {
      said += bytes;
      const url = /installations on (\S+\d)/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once("exit", () => reject(new Error(said)));
  });
}

test("alerts acknowledged by the first run of an installation reach the output even if the agent is killed immediately", async () => {
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  const address = webhook.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  for (let round = 0; round < ROUNDS; round++) {
    received.clear();
    const journal = join(folder, `${round}.db`);
    const alerts = Array.from({ length: ALERTS }, (_, number) => ({
      ...{ hostname: "h", rule: "R", priority: "Warning", source: "syscall", time: new Date().toISOString() },
      ...{ output: "12:34:56.123456789: Warning x", output_fields: { number } },
    }));
    const answer = await fetch(await start(journal, port), {
      method: "POST",
      body: alerts.map((each) => JSON.stringify(each)).join("\n"),
      headers: { "content-type": "application/x-ndjson" },
    });
    expect(answer.status).toBe(200);
    const first = running;
    first?.kill("SIGKILL");
    if (first?.exitCode === null && first.signalCode === null) await once(first, "exit");
    await start(journal, port);
    await expect.poll(() => received.size, { timeout: 60_000 }).toBe(ALERTS);
    expect(changed).toEqual([]); // duplicates have the same UUID
    expect(new Set(received.values()).size).toBe(ALERTS);
    running?.kill("SIGKILL");
  }
});

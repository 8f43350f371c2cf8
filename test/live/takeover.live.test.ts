import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { freePort } from "../parts/child.ts";
import { needs } from "../parts/needs.ts";
import { type Service, startService } from "../service.ts";
import { pause } from "./sensor.ts";

/** A new process replaces the agent several times, during a load whose actions all raise alerts. */
const folder = mkdtempSync(join(tmpdir(), "eyas-takeover-"));
const inFolder = (name: string): string => join(folder, name);
let service: Service | undefined;
afterAll(async () => {
  await service?.stop("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const TAKEOVERS = 3;

const RULES = `
- rule: File created
  desc: One alert for each action of the load
  condition: evt.type in (open, openat, openat2, creat) and fd.name startswith ${inFolder("load")}/
  output: created %fd.name
  priority: NOTICE
`;

const CONFIGURATION = `
rules_files: [${inFolder("rules.yaml")}]
journal: {path: ${inFolder("journal.db")}}
alert_folding: {enabled: false}
stdout_output: {enabled: false}
file_output: {enabled: true, filename: ${inFolder("alerts")}}
webserver: {enabled: true, listen_address: 127.0.0.1, listen_port: PORT}
`;

/** Creates files in groups until its input ends, and prints their number. */
const LOAD = `
const fs = require("node:fs");
let count = 0, over = false;
process.stdin.on("end", () => { over = true; }).resume();
function work() {
  for (let i = 0; i < 20; i++) fs.closeSync(fs.openSync(${JSON.stringify(`${inFolder("load")}/`)} + count++, "w"));
  if (!over) return setTimeout(work, 5);
  process.stdout.write(String(count));
}
work();
`;

test("a new process takes over without lost or duplicate alerts, and reuses files and ports", {
  ...needs("sensor"),
  timeout: 300_000,
}, async () => {
  mkdirSync(inFolder("load"));
  writeFileSync(inFolder("rules.yaml"), RULES);
  const port = await freePort();
  writeFileSync(inFolder("eyas.yaml"), CONFIGURATION.replace("PORT", String(port)));
  service = await startService(inFolder("eyas.yaml"), folder);
  const load = spawn(process.execPath, ["-e", LOAD], { stdio: ["pipe", "pipe", "inherit"] });
  let made = "";
  load.stdout.on("data", (chunk: Buffer) => {
    made += chunk.toString();
  });
  const loaded = new Promise((resolve) => load.once("close", resolve));
  for (let i = 0; i < TAKEOVERS; i++) {
    await pause(1000);
    await service.replace();
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).headers.get("content-type")).toContain("json");
  }
  load.stdin.end();
  await loaded;
  await pause(1000);
  await service.stop();

  expect(service.log().match(/events dropped|Cannot|ended early/g)).toBeNull();
  const created = [...readFileSync(inFolder("alerts"), "utf8").matchAll(/created \S+\/(\d+)$/gm)].map(([, n]) => n);
  expect(Number(made)).toBeGreaterThan(1000);
  expect(new Set(created).size).toBe(Number(made));
  expect(created).toHaveLength(Number(made));
});

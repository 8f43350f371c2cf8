// Throughput of alert intake: `eyas run` receives alerts over keep-alive connections, one alert per request as Falco
// sends them, and responds when they are on disk.
//
//   npm run bench:alerts [-- --connections 32] [-- --seconds 20]
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { scriptOptions } from "../scripts/options.ts";
import { home } from "../src/agent/home.ts";
import { openReader } from "../src/journal/read.ts";
import { usageOf } from "./audit/run.ts";

const { connections, seconds } = scriptOptions(import.meta.filename, { connections: 32, seconds: 20 });
const folder = mkdtempSync(join(tmpdir(), "eyas-alerts-"));
const journal = join(folder, "journal.db");
const settings = [
  "engine.kind=nodriver",
  `journal.path=${journal}`,
  "stdout_output.enabled=false",
  "alert_intake.enabled=true",
  "alert_intake.listen_port=0",
  "alert_intake.require_token=never",
];
const eyas = spawn(join(home, "bin/eyas"), ["run", ...settings.flatMap((one) => ["-o", one])], {
  stdio: ["ignore", "ignore", "pipe"],
});
const ended = new Promise((resolve) => eyas.once("exit", resolve));
let said = "";
eyas.stderr.on("data", (bytes) => {
  said += bytes;
});
while (!said.includes("Watching")) {
  if (eyas.exitCode !== null) throw new Error(said);
  await sleep(20);
}
const url = /installations on (\S+\d)/.exec(said)?.[1] ?? "";
const pid = eyas.pid ?? 0;

const agent = new Agent({ keepAlive: true, maxSockets: connections });
const waits: number[] = [];
const before = usageOf(pid);
const began = performance.now();
let [number, refused] = [0, 0];
await Promise.all(Array.from({ length: connections }, sendAll));
const took = (performance.now() - began) / 1000;
const after = usageOf(pid);
agent.destroy();
eyas.kill("SIGTERM");
await ended;
const reader = openReader(journal);
const kept = reader?.count(undefined, "rule").reduce((sum, { count }) => sum + count, 0) ?? 0;
reader?.close();
rmSync(folder, { recursive: true });

waits.sort((a, b) => a - b);
const rate = waits.length / took;
const rows: [string, string, string, boolean][] = [
  ["alerts per second", rate.toFixed(0), ">= 2000", rate >= 2000],
  ["accepted (200)", `${waits.length}`, "", true],
  ["in the journal", `${kept}`, `${waits.length}`, kept === waits.length],
  ["rejected", `${refused}`, "0", refused === 0],
  [
    "response time, median and 99th percentile (ms)",
    [0.5, 0.99].map((share) => waits[Math.floor(waits.length * share)]!.toFixed(1)).join(", "),
    "",
    true,
  ],
  ["CPU time per alert (µs)", (((after.cpu - before.cpu) * 1e6) / waits.length).toFixed(0), "", true],
  ["memory (MiB)", after.memory.toFixed(0), "", true],
];
console.log(`${connections} connections for ${seconds} s, one alert per request`);
console.log(`${availableParallelism()} processors, shared with the sender; Node ${process.versions.node}\n`);
console.log("| | | wanted | |\n| --- | ---: | --- | --- |");
for (const [what, figure, wanted, ok] of rows)
  console.log(`| ${what} | ${figure} | ${wanted} | ${ok ? "" : "NOT MET"} |`);
if (rows.some(([, , , ok]) => !ok)) process.exitCode = 1;

async function sendAll(): Promise<void> {
  while (performance.now() - began < seconds * 1000) {
    const from = performance.now();
    const status = await post(alert(number++));
    if (status === 200) waits.push(performance.now() - from);
    else refused++;
  }
}

function alert(one: number): string {
  const pod = `web-${one % 500}`;
  return JSON.stringify({
    hostname: `node-${one % 50}`,
    output: `12:34:56.123456789: Notice A shell was spawned in a container (user=root k8s_pod=${pod} proc=bash number=${one})`,
    output_fields: {
      "container.id": (one % 3000).toString(16).padStart(12, "0"),
      "container.image.repository": "registry.example.com/shop/web",
      "evt.time": Date.now() * 1e6,
      "k8s.ns.name": `shop-${one % 20}`,
      "k8s.pod.name": pod,
      "proc.cmdline": `bash -c job-${one}`,
      "proc.name": "bash",
      "proc.pname": "containerd-shim",
      "user.name": "root",
    },
    priority: "Notice",
    rule: "Terminal shell in container",
    source: "syscall",
    tags: ["T1059", "container", "maturity_stable", "mitre_execution", "shell"],
    time: new Date().toISOString(),
  });
}

function post(body: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const asked = request(url, { method: "POST", agent, headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    asked.on("error", () => resolve(undefined)).end(body);
  });
}

import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { home, sample } from "../src/agent/home.ts";
import { startStore } from "../src/output/receiver/elasticsearch/elasticsearch.fixture.ts";
import { type Receiver, startReceiver } from "../src/output/receiver.fixture.ts";
import { needs } from "./parts/needs.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-receivers-"));
const running: Pick<Receiver, "stop">[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});

function eyas(words: readonly string[], environment: Readonly<Record<string, string>>) {
  const child = spawn(join(home, "bin/eyas"), words, { env: { ...process.env, ...environment } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

const capture = sample();

test.each([
  ["run", ["run", "-o", "engine.kind=replay", "-o", `engine.replay.capture_file=${capture}`]],
  ["replay", ["replay", `${capture}`]],
])(
  "eyas %s: every alert reaches each receiver despite temporary errors (stand-ins)",
  { ...needs("recording"), timeout: 30_000 },
  async (_, words) => {
    const store = await startStore("elasticsearch");
    let troubles = 2;
    const hook = await startReceiver(() => (troubles-- > 0 ? { status: 503, headers: { "retry-after": "0" } } : {}));
    running.push(store, hook);
    const config = join(folder, "eyas.yaml");
    writeFileSync(
      config,
      `json_output: true
journal: {enabled: false}
http_output: {enabled: true, url: "${hook.url}/falco"}
outputs:
  elasticsearch: {hostport: "${store.url}"}
`,
    );
    const { stdout, stderr, status } = await eyas([...words, "-c", config], {
      WEBHOOK_ADDRESS: `${hook.url}/hook`,
      WEBHOOK_MINIMUMPRIORITY: "emergency",
    });
    expect(status).toBe(0);
    const alerts = stdout
      .trimEnd()
      .split("\n")
      .filter((line) => line.startsWith("{"));
    expect(alerts.length, stderr).toBeGreaterThan(0);
    const bodies = hook.requests.filter(({ path }) => path === "/falco").map(({ body }) => body);
    expect(bodies.slice(2)).toEqual(alerts);
    expect(hook.requests.filter(({ path }) => path === "/hook")).toEqual([]);
    expect(store.documents.get("logs-falco.alerts-default")?.size).toBe(alerts.length);
  },
);

test("eyas replay reports which receiver rejects alerts, and why (stand-in; needs the sample capture)", {
  ...needs("recording"),
  timeout: 30_000,
}, async () => {
  const hook = await startReceiver(() => ({ status: 403, body: "not from you" }));
  running.push(hook);
  const { status, stderr } = await eyas(["replay", `${capture}`], {
    WEBHOOK_ADDRESS: `${hook.url}/SECRETSECRETSECRET`,
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/Cannot deliver alerts to webhook: status 403: not from you\.\n/);
  expect(stderr).not.toContain("SECRET");
});

// `eyas run` with document sources: files, syslog and standard input.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";

const eyas = join(import.meta.dirname, "../bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-run-sources-"));
const children: ChildProcess[] = [];

afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const child of children.splice(0)) await end(child, "SIGTERM");
});

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  return gone;
}

const rules = (source: string) => `- rule: Seen
  desc: d
  condition: json.value[/n] exists
  output: n=%json.value[/n] host=%json.host kind=%json.kind
  priority: NOTICE
  source: ${source}
`;

/** Creates a directory with a configuration without the sensor. */
function place(name: string, sources: string, source: string, more = "") {
  const at = (file: string) => join(folder, `${name}-${file}`);
  writeFileSync(at("rules.yaml"), rules(source));
  writeFileSync(
    at("eyas.yaml"),
    `engine: {kind: nodriver}\nalert_folding: {enabled: false}\njournal: {path: ${at("journal.db")}}\nrules_files: [${at("rules.yaml")}]\n${more}sources:\n  positions: ${at("positions.json")}\n${sources.replaceAll("@", at(""))}`,
  );
  return at;
}

interface Run {
  readonly child: ChildProcess;
  /** Output so far on both streams. */
  readonly said: { text: string };
}

async function run(config: string, ...options: string[]): Promise<Run> {
  const child = spawn(eyas, ["run", "-c", config, ...options]);
  children.push(child);
  const said = { text: "" };
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      said.text += chunk;
    });
  await until(() => expect(said.text).toContain("notice: Watching "));
  return { child, said };
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 20 });
const numbers = (text: string) => [...text.matchAll(/ n=(\d+) /g)].map(([, n]) => Number(n));
const range = (to: number) => Array.from({ length: to }, (_, i) => i);

/** Returns the numbers of all alerts in a journal. */
function kept(config: string): number[] {
  const { stdout } = spawnSync(eyas, ["alerts", "-c", config, "--json", "-n", "100000"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return numbers(stdout);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("after kills and restarts while a file is written and rotated, the journal has the alert of every event", async () => {
  const at = place("killed", "  json:\n    app: {from: @log}\n", "app");
  const log = at("log");
  writeFileSync(log, "");
  let n = 0;
  const write = (count: number) => {
    let text = "";
    for (let i = 0; i < count; i++) text += `{"n":${n++},"text":"event of the test"}\n`;
    appendFileSync(log, text);
  };
  for (let round = 0; round < 3; round++) {
    const { child, said } = await run(at("eyas.yaml"));
    write(2000);
    await until(() => expect(numbers(said.text).length).toBeGreaterThan(0));
    write(1000);
    renameSync(log, `${log}.${3 - round}`);
    writeFileSync(log, "");
    write(1000);
    await end(child, "SIGKILL");
    write(500);
  }
  const { child, said } = await run(at("eyas.yaml"));
  await until(() => expect(said.text).toContain(` n=${n - 1} `));
  await end(child, "SIGTERM");
  expect([...new Set(kept(at("eyas.yaml")))].sort((a, b) => a - b)).toEqual(range(n));
}, 120_000);

test("after a restart, no event is evaluated twice and none is skipped", async () => {
  const at = place("stopped", "  json:\n    app: {from: @log, start: beginning}\n", "app");
  writeFileSync(
    at("log"),
    range(5000)
      .map((n) => `{"n":${n}}\n`)
      .join(""),
  );
  const first = await run(at("eyas.yaml"));
  await until(() => expect(numbers(first.said.text).length).toBeGreaterThan(0));
  await end(first.child, "SIGTERM");
  appendFileSync(at("log"), '{"n":5000}\n');
  const second = await run(at("eyas.yaml"));
  await until(() => expect(second.said.text).toContain(" n=5000 "));
  await end(second.child, "SIGTERM");
  expect(kept(at("eyas.yaml")).sort((a, b) => a - b)).toEqual(range(5001));
});

test("a source can have several origins; host and kind come from the mapping, from syslog, or from a pipe", async () => {
  const port = await freePort();
  const sources = `  json:\n    app: {from: [@log, syslog+udp://127.0.0.1:${port}], host: /h, kind: /k, unwrap: true, start: beginning}\n`;
  const at = place("several", sources, "app");
  writeFileSync(at("log"), '{"n":1,"h":"web","k":"login"}\n');
  const { said } = await run(at("eyas.yaml"));
  const socket = createSocket("udp4");
  await new Promise((resolve) => socket.send('<13>Jan  2 03:04:05 gw fw: {"n":2}', port, "127.0.0.1", resolve));
  socket.close();
  await until(() => {
    expect(said.text).toMatch(/Notice n=1 host=web kind=login$/m);
    expect(said.text).toMatch(/ 03:04:05\.0+: Notice n=2 host=gw kind=fw$|^03:04:05\.0+: Notice n=2 host=gw kind=fw$/m);
  });
});

test("--source reads events from standard input", async () => {
  const at = place("piped", "", "piped");
  const { child, said } = await run(at("eyas.yaml"), "--source", "piped=-");
  child.stdin?.write('{"n":1}\nnonsense\n{"n":2}\n');
  await until(() => expect(numbers(said.text)).toEqual([1, 2]));
  child.stdin?.end();
  await until(() =>
    expect(said.text).toContain("warning: Cannot receive piped events from stdin: the stream has ended."),
  );
});

test("health, /sources and the log report a missing file, and its creation", async () => {
  const port = await freePort();
  const at = place(
    "health",
    "  json:\n    app: {from: @log}\n",
    "app",
    `webserver: {enabled: true, listen_port: ${port}}\n`,
  );
  const { said } = await run(at("eyas.yaml"));
  const page = async (path: string): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}${path}`)).json();
  const reason = `cannot read ${at("log")}: no such file`;
  await until(() => expect(said.text).toContain(`warning: Cannot receive app events from ${at("log")}: ${reason}.`));
  expect(await page("/healthz")).toMatchObject({
    status: "degraded",
    down: [{ source: "app", from: at("log"), reason }],
  });
  writeFileSync(at("log"), '{"n":1}\nnonsense\n');
  await until(() => expect(said.text).toMatch(/Receiving app events again \(origin: .*\)\./));
  await until(() => expect(numbers(said.text)).toEqual([1]));
  expect(await page("/healthz")).toEqual({ status: "ok" });
  expect(await page("/sources")).toMatchObject([
    {
      source: "app",
      evaluated: 1,
      waiting: 0,
      from: [{ from: at("log"), up: true, accepted: 1, refused: { not_json: 1 } }],
    },
  ]);
});

test("eyas sources lists origins, with their state if eyas run is reachable", async () => {
  const port = await freePort();
  const more = `webserver: {enabled: true, listen_port: ${port}}\n`;
  const at = place("shown", "  json:\n    app: {from: [@log, @none]}\n", "app", more);
  writeFileSync(at("log"), "");
  const shown = () => spawnSync(eyas, ["sources", "-c", at("eyas.yaml")], { encoding: "utf8" });
  const before = shown();
  expect(before.stdout).toMatch(/^app +\S+-log +configured$/m);
  expect(before.stderr).toMatch(
    /^eyas: Cannot read the state of the event sources: request to http:\/\/127\.0\.0\.1:\d+\/sources failed: /,
  );
  const { said } = await run(at("eyas.yaml"));
  appendFileSync(at("log"), '{"n":1}\n');
  await until(() => expect(numbers(said.text)).toEqual([1]));
  const { status, stdout, stderr } = shown();
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^app +\S+-log +up +1 +0 +– +\d+ s ago$/m);
  expect(stdout).toMatch(/^app +\S+-none +down +0 +0 +– +–\n {2}cannot read \S+-none: no such file$/m);
});

test("Falco's plugins section opens the audit webhook on all addresses, which is logged", async () => {
  const port = await freePort();
  const at = place(
    "falco",
    "",
    "k8s_audit",
    `load_plugins: [k8saudit, json]\nplugins:\n  - name: k8saudit\n    library_path: libk8saudit.so\n    init_config: ""\n    open_params: "http://:${port}/k8s-audit"\n  - name: json\n    library_path: libjson.so\n`,
  );
  writeFileSync(
    at("rules.yaml"),
    "- rule: Seen\n  desc: d\n  condition: ka.verb = get\n  output: n=%json.value[/auditID] \n  priority: NOTICE\n  source: k8s_audit\n",
  );
  const { said } = await run(at("eyas.yaml"));
  expect(said.text).toContain("accepts k8s_audit events from any machine without authentication");
  const event = { kind: "Event", auditID: "7", verb: "get", stageTimestamp: "2026-11-25T03:00:00.000000Z" };
  const answer = await fetch(`http://127.0.0.1:${port}/k8s-audit`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(event),
  });
  expect(answer.status).toBe(200);
  await until(() => expect(said.text).toContain("Notice n=7"));
});

test("the number of repeated events is reported while no more events arrive", async () => {
  const at = place("repeated", "  json:\n    app: {from: @log}\n", "app");
  writeFileSync(at("log"), "");
  const config = readFileSync(at("eyas.yaml"), "utf8");
  writeFileSync(at("eyas.yaml"), config.replace("alert_folding: {enabled: false}", "alert_folding: {burst: 10}"));
  const { said } = await run(at("eyas.yaml"));
  appendFileSync(at("log"), '{"n":1}\n'.repeat(50));
  await until(() => expect(said.text).toMatch(/ \(repeats: \d+\)/));
});

test("if standard output is closed, alerts are still raised and stored", async () => {
  const at = place("closed", "  json:\n    app: {from: @log}\n", "app");
  writeFileSync(at("log"), "");
  const { child, said } = await run(at("eyas.yaml"));
  child.stdout?.destroy();
  appendFileSync(at("log"), '{"n":1}\n');
  await until(() => expect(said.text).toContain("error: No output accepts alerts; events are still evaluated"));
  appendFileSync(at("log"), '{"n":2}\n');
  await until(() => expect(kept(at("eyas.yaml")).sort()).toEqual([1, 2]));
  expect(child.exitCode).toBeNull();
});

test("a reload with which the sensor cannot start is rejected, and the previous configuration stays active", async () => {
  const at = place("rejected", "  json:\n    app: {from: @log}\n", "app", "watch_config_files: true\n");
  writeFileSync(at("log"), "");
  const { said } = await run(at("eyas.yaml"));
  const config = readFileSync(at("eyas.yaml"), "utf8");
  const replay = `{kind: replay, replay: {capture_file: ${at("none.scap")}}}`;
  writeFileSync(at("eyas.yaml"), config.replace("{kind: nodriver}", replay));
  await until(() =>
    expect(said.text).toContain("Error Reload failed; the previous configuration and rules stay active"),
  );
  appendFileSync(at("log"), '{"n":1}\n');
  await until(() => expect(numbers(said.text)).toEqual([1]));
  writeFileSync(at("eyas.yaml"), config);
  await until(() => expect(said.text).toContain("notice: Reloaded"));
  expect(said.text.match(/restarting the sensor/g)).toHaveLength(1);
});

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { occupyPort } from "../../../test/occupied-port.ts";
import { loadConfig } from "../../config/load.ts";
import { Machine } from "../../machine/machine.ts";
import { home } from "../home.ts";
import { readyRules } from "../load/ready-rules.ts";
import { openDocumentSources } from "./document-sources.ts";

const launcher = join(home, "bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-streams-"));
afterAll(() => rmSync(folder, { recursive: true }));

const stageTimestamp = "2026-11-25T00:05:03.003333Z";
const audit = (auditID: string, verb: string) => ({
  kind: "Event",
  auditID,
  verb,
  stageTimestamp,
  user: { username: "eve" },
});

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function rule(name: string, source: string, condition: string, output: string): string {
  return JSON.stringify([{ rule: name, desc: "d", condition, output, priority: "WARNING", source }]);
}

const rules = write(
  "audit.yaml",
  rule("Deletion", "k8s_audit", "ka.verb = delete", "%ka.user.name %evt.source %evt.num"),
);
const shopRules = write("shop.yaml", rule("Refund", "shop", "json.value[/kind] = refund", "%json.value[/order]"));

function replay(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(launcher, ["replay", ...words, "--json"], { encoding: "utf8" });
  const alerts = stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
  return {
    status,
    stderr,
    alerts: alerts.map(({ rule, source, output }) => [rule, source, output.slice(output.indexOf("Warning"))]),
  };
}

test("audit events in a file are evaluated against the rules of the source", () => {
  const file = write(
    "audit.jsonl",
    [audit("1", "get"), audit("2", "delete")].map((one) => JSON.stringify(one)).join("\n"),
  );
  expect(replay(file, "--source", "k8s_audit", "-r", rules, "-r", shopRules)).toEqual({
    status: 0,
    stderr: expect.stringMatching(
      /^warning: .*the source shop is missing, so its rules are skipped: rule Refund\..*\n$/,
    ),
    alerts: [["Deletion", "k8s_audit", "Warning eve k8s_audit 2"]],
  });
});

test("a source can have any name, and rules can refer to the name", () => {
  const file = write("shop.json", '[{"kind":"sale","order":1},{"kind":"refund","order":2}]');
  const { status, alerts } = replay(file, "--source", "shop", "-r", shopRules);
  expect([status, alerts]).toEqual([0, [["Refund", "shop", "Warning 2"]]]);
});

test("an invalid line is reported and skipped, and the other lines are evaluated", () => {
  const file = write(
    "torn.jsonl",
    `${JSON.stringify(audit("1", "delete"))}\n{"kind":\n${JSON.stringify(audit("3", "delete"))}\n`,
  );
  const { status, stderr, alerts } = replay(file, "--source", "k8s_audit", "-r", rules);
  expect([status, alerts.length]).toEqual([0, 2]);
  expect(stderr).toBe(`eyas: ${file}:2: unexpected end of JSON after 8 bytes; event skipped\n`);
});

test("a file that cannot be read is a failure", () => {
  const { status, stderr } = replay(join(folder, "none"), "--source", "k8s_audit", "-r", rules);
  expect(status).toBe(1);
  expect(stderr).toContain(`Cannot read ${join(folder, "none")}`);
});

/** Runs `eyas run` without the kernel. @returns its messages and alerts as lines */
function run(config: string) {
  const child = spawn(launcher, ["run", "-c", config], { stdio: ["ignore", "pipe", "pipe"] });
  const said: string[] = [];
  const alerts: string[] = [];
  let changed = Promise.withResolvers<void>();
  const gather = (lines: string[]) => {
    let rest = "";
    return (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
      changed.resolve();
      changed = Promise.withResolvers();
    };
  };
  child.stdout.on("data", gather(alerts));
  child.stderr.on("data", gather(said));
  async function until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (child.exitCode !== null) throw new Error(`the process ended: ${said.join("\n")}`);
      await changed.promise;
    }
  }
  const urlOf = (source: string, from = 0) =>
    until(() =>
      said
        .slice(from)
        .map((line) => new RegExp(`Receiving ${source} events \\(origin: (\\S+)\\)\\.$`).exec(line)?.[1])
        .find((url) => url !== undefined),
    );
  return { child, said, alerts, until, urlOf };
}

function configure(name: string, sources: string, ruleFiles: readonly string[]): string {
  return write(
    name,
    `engine: {kind: nodriver}\njson_output: true\njournal: {path: ${join(folder, `${name}.db`)}}\nrules_files: [${ruleFiles.join(", ")}]\nsources:\n${sources}`,
  );
}

const post = (url: string, body: unknown) =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

test("two sources have separate rulesets; a response is sent when the request's alerts are in the journal", async () => {
  const config = configure(
    "two.yaml",
    '  k8s_audit: {from: "http://127.0.0.1:0/audit", require_token: never}\n  json: {shop: {from: "http://127.0.0.1:0/shop", require_token: never}}\n',
    [rules, shopRules],
  );
  const { child, alerts, until, urlOf } = run(config);
  try {
    const [auditUrl, shopUrl] = [await urlOf("k8s_audit"), await urlOf("shop")];
    const answer = await post(auditUrl, { kind: "EventList", items: [audit("1", "delete"), audit("2", "get")] });
    expect([answer.status, await answer.json()]).toEqual([200, { accepted: 2 }]);
    const listed = spawnSync(launcher, ["alerts", "--journal", join(folder, "two.yaml.db"), "--json"], {
      encoding: "utf8",
    });
    expect(listed.stdout).toContain('"Deletion"');
    expect((await post(shopUrl, [{ kind: "refund", order: 7 }])).status).toBe(200);
    await until(() => (alerts.length === 2 ? true : undefined));
    expect(alerts.map((line) => JSON.parse(line)).map(({ rule, source }) => [rule, source])).toEqual([
      ["Deletion", "k8s_audit"],
      ["Refund", "shop"],
    ]);
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
});

test("SIGHUP reloads the rules of every source, and opens and closes sources", async () => {
  const own = write("changing.yaml", readFileSync(rules, "utf8"));
  const config = configure("change.yaml", '  k8s_audit: {from: "http://127.0.0.1:0/audit", require_token: never}\n', [
    own,
  ]);
  const { child, alerts, said, until, urlOf } = run(config);
  try {
    const url = await urlOf("k8s_audit");
    await post(url, audit("1", "delete"));
    write("changing.yaml", rule("Reading", "k8s_audit", "ka.verb = get", "read"));
    const mark = said.length;
    child.kill("SIGHUP");
    await until(() => said.slice(mark).find((line) => line.includes("Reloaded: 1 rule")));
    expect((await post(url, [audit("2", "delete"), audit("3", "get")])).status).toBe(200);
    await until(() => (alerts.length === 2 ? true : undefined));
    expect(alerts.map((line) => JSON.parse(line).rule)).toEqual(["Deletion", "Reading"]);

    configure("change.yaml", '  json: {shop: {from: "http://127.0.0.1:0/shop", require_token: never}}\n', [shopRules]);
    const later = said.length;
    child.kill("SIGHUP");
    const shopUrl = await urlOf("shop", later);
    expect((await post(shopUrl, { kind: "refund", order: 1 })).status).toBe(200);
    await until(() => (alerts.length === 3 ? true : undefined));
    await expect(post(url, audit("4", "get"))).rejects.toThrow();
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
});

test("a reload of the same configuration opens a source that could not be opened", async () => {
  const lines: string[] = [];
  const occupied = await occupyPort();
  const loaded = async (port: number) => {
    const from = `http://127.0.0.1:${port}/shop`;
    const own = [`sources.json.shop={from: "${from}", require_token: never}`, `journal.path=${folder}/again.db`];
    const { config, diagnostics } = await loadConfig(undefined, own);
    expect(diagnostics).toEqual([]);
    return { config, rules: await readyRules([shopRules], config, "all", "host") };
  };
  const sources = await openDocumentSources(await loaded(0), {
    machine: new Machine(),
    match: () => {},
    arrived: () => {},
    raiseInternal: () => {},
    log: ({ level, message }) => void lines.push(`${level} ${message}`),
    joins: false,
  });
  try {
    const next = await loaded(occupied.port);
    for (let i = 0; i < 2; i++) {
      lines.length = 0;
      sources.apply(next);
      await expect.poll(() => lines.length).toBe(1);
      expect(lines[0]).toMatch(/^error Cannot receive events of the configured sources: /);
    }
    await occupied.free();
    sources.apply(next);
    await expect.poll(() => sources.listeners().length).toBe(1);
    expect((await fetch(`http://127.0.0.1:${occupied.port}/shop`)).status).toBeGreaterThan(0);
    lines.length = 0;
    sources.apply(next);
  } finally {
    await sources.shut();
    sources.close();
  }
  expect(lines).toEqual([]); // no listener was opened again
});

test("without the kernel and without a source, starting fails", () => {
  const { status, stderr } = spawnSync(launcher, ["run", "-o", "engine.kind=nodriver"], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain("With engine.kind=nodriver and no sources, Eyas receives no events");
});

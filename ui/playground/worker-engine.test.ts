import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RuleFile, RuleFiles } from "../../src/api/schemas/rule.ts";
import type { EngineReplies, EngineRequest, FromWorker, Match, Progress, RuleDiagnostic } from "./protocol.ts";
import { openEngine } from "./worker-engine.ts";

// Tests the engine without a worker; test/page/playground.test.ts runs it in a browser.

const home = join(import.meta.dirname, "../..");
const launcher = join(home, "bin/eyas");
const sample = join(home, "samples/drill.scap.gz");
const shared = process.env.EYAS_SHARED ?? join(home, "../shared");

const EDITED = `
- rule: Accounts read
  desc: Made up
  condition: evt.type in (open, openat, openat2) and fd.name = /etc/passwd and not fd.name in (world_writable_prefixes)
  output: '%proc.name read "accounts" | command=%proc.cmdline result=%evt.res'
  priority: NOTICE
  tags: [made_up]
- list: world_writable_prefixes
  items: [/made/up]
  override: {items: append}
- rule: Disabled
  desc: Made up
  condition: evt.type = execve
  output: x
  priority: INFO
  enabled: false
`;

let folder = "";
let written = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "eyas-playground-"));
  written = join(folder, "edited.yaml");
  writeFileSync(written, EDITED);
});
afterAll(() => rmSync(folder, { recursive: true }));

const files: readonly RuleFile[] = ["syscall", "syscall_incubating", "syscall_threats"]
  .map((file) => `rules/${file}.yaml`)
  .map((name) => ({
    name: join(home, name),
    text: readFileSync(join(home, name), "utf8"),
  }));

function eyas(...words: readonly string[]): string {
  const { stdout, stderr } = spawnSync(launcher, words, { encoding: "utf8", maxBuffer: 1 << 26 });
  return stdout === "" ? stderr : stdout;
}

interface TestClient {
  request<A extends EngineRequest["kind"]>(request: Extract<EngineRequest, { kind: A }>): Promise<EngineReplies[A]>;
  readonly progress: Progress[];
  matches(): Match[];
}

const plain = (base: readonly RuleFile[]): RuleFiles => ({ files: base, statics: {}, sources: [], switched: {} });

async function openTestClient(base = plain(files)): Promise<TestClient> {
  const pending = new Map<number, (message: FromWorker) => void>();
  const progress: Progress[] = [];
  const onMessage = openEngine((message) => {
    if ("progress" in message) progress.push(message.progress);
    else pending.get(message.id)?.(message);
  });
  let last = 0;
  const client: TestClient = {
    progress,
    matches: () => progress.flatMap(({ matches }) => matches),
    async request<A extends EngineRequest["kind"]>(request: Extract<EngineRequest, { kind: A }>) {
      const id = ++last;
      const reply = new Promise<FromWorker>((resolve) => pending.set(id, resolve));
      void onMessage({ id, request });
      const message = await reply;
      if ("failure" in message) throw new Error(message.failure);
      if (!("reply" in message)) throw new Error("No reply.");
      return message.reply as EngineReplies[A];
    },
  };
  await client.request({ kind: "open", base, hostname: process.env.FALCO_HOSTNAME ?? hostname() });
  return client;
}

const blobOf = (path: string): Blob => new Blob([readFileSync(path)]);
const edited = (): RuleFile => ({ name: written, text: EDITED });

describe("a run", () => {
  it("returns the same alerts as eyas replay", async () => {
    const client = await openTestClient();
    const result = await client.request({ kind: "run", edited: edited(), capture: blobOf(sample), scope: "all" });
    const lines = eyas("replay", sample, ...files.flatMap(({ name }) => ["-r", name]), "-r", written, "--json");
    expect(client.matches().map(({ json }) => json)).toEqual(lines.trimEnd().split("\n"));
    expect(result.count).toBe(client.matches().length);
    expect(result.byRule.find(({ rule }) => rule === "Accounts read")?.count).toBeGreaterThan(0);
    expect(result.notEvaluated).toEqual([{ rule: "Disabled", reason: "the rule sets enabled: false" }]);
  });

  it("of the edited rules returns only the alerts of these rules", async () => {
    const client = await openTestClient();
    const { byRule } = await client.request({
      kind: "run",
      edited: edited(),
      capture: blobOf(sample),
      scope: "edited",
    });
    const lines = eyas("replay", sample, ...files.flatMap(({ name }) => ["-r", name]), "-r", written, "--json");
    // Appending to a list does not change the rules that use it.
    expect(byRule.map(({ rule }) => rule)).toEqual(["Accounts read"]);
    const theirs = lines.split("\n").filter((line) => line.includes('"rule":"Accounts read"'));
    expect(client.matches().map(({ json }) => json)).toEqual(theirs);
  });

  it("returns the same explanations as eyas explain", async () => {
    const client = await openTestClient();
    await client.request({ kind: "run", edited: edited(), capture: blobOf(sample), scope: "edited" });
    const event = client.matches()[0]!.event;
    const rules = [...files.flatMap(({ name }) => ["-r", name]), "-r", written];
    const targets = [
      [{ event, rule: "Accounts read" }, ["--event", `${event}`, "--rule", "Accounts read"]],
      [{ event }, ["--event", `${event}`, "--top", "5"]],
      [
        { rule: "Sensitive file accessed through path traversal" },
        ["--rule", "Sensitive file accessed through path traversal"],
      ],
    ] as const;
    for (const [target, words] of targets) {
      const { json } = await client.request({ kind: "explain", edited: edited(), capture: blobOf(sample), target });
      expect(JSON.parse(json)).toEqual(JSON.parse(eyas("explain", sample, ...rules, ...words, "--json")));
    }
  });
});

describe("a check", () => {
  const broken = [
    join(home, "src/rule/fifty-mistakes.yaml"),
    ...["invalid_yaml_parse_error", "invalid_append_macro_dangling"].map((name) =>
      join(shared, `conformance/rules/${name}.yaml`),
    ),
  ].filter((path) => existsSync(path));

  it.each(broken.map((path) => [basename(path), path]))(
    "returns the same diagnostics as eyas check for %s",
    async (_, path) => {
      const client = await openTestClient();
      const { ok, diagnostics } = await client.request({
        kind: "check",
        edited: { name: path, text: readFileSync(path, "utf8") },
      });
      const lines = eyas("check", ...files.map(({ name }) => name), path).split("\n");
      const theirs = lines.filter((line) => /: (?:error|warning): .*\]$/.test(line));
      expect(diagnostics.map(sentence)).toEqual(theirs);
      expect(ok).toBe(!diagnostics.some(({ severity }) => severity === "error"));
      expect(theirs.length).toBeGreaterThan(0);
    },
  );

  it("returns definitions for completion, and no diagnostics for valid rules", async () => {
    const client = await openTestClient();
    const { ok, diagnostics, rules, macros, lists } = await client.request({ kind: "check", edited: edited() });
    expect({ ok, diagnostics }).toEqual({ ok: true, diagnostics: [] });
    expect(rules).toMatchObject([{ name: "Accounts read", enabled: true }, { name: "Disabled" }]);
    expect(lists.find(({ name }) => name === "world_writable_prefixes")?.text).toMatch(/, \/made\/up$/);
    expect(macros.length).toBeGreaterThan(10);
  });

  it("uses static fields, sources and disabled rules of the configuration", async () => {
    const client = await openTestClient({
      ...plain(files),
      statics: { site: "x" },
      sources: ["app"],
      switched: { One: false },
    });
    const text = `
- {rule: One, desc: x, condition: evt.type = openat and static.site = x, output: "%static.site", priority: INFO}
- {rule: Two, desc: x, condition: "json.value[/a] = b", output: x, priority: INFO, source: app}
`;
    const own = { name: "own.yaml", text };
    const { ok, diagnostics, rules } = await client.request({ kind: "check", edited: own });
    expect({ ok, diagnostics }).toEqual({ ok: true, diagnostics: [] });
    expect(rules.map(({ name, enabled }) => [name, enabled])).toEqual([
      ["One", false],
      ["Two", true],
    ]);
    const { byRule, notEvaluated } = await client.request({
      kind: "run",
      edited: own,
      capture: blobOf(sample),
      scope: "edited",
    });
    expect(byRule).toEqual([]);
    expect(notEvaluated.map(({ reason }) => reason)).toEqual([
      "the configuration disables the rule",
      "its source is app, but captures contain only system calls",
    ]);
  });

  it("replaces the loaded file of the same name", async () => {
    const client = await openTestClient();
    const [first] = files as [RuleFile];
    const { rules } = await client.request({ kind: "check", edited: first });
    const defined = first.text.split("\n").filter((line) => line.startsWith("- rule: ")).length;
    expect(rules.length).toBe(defined);
  });

  it("prevents a run of invalid rules", async () => {
    const client = await openTestClient();
    const wrong = { name: "wrong.yaml", text: EDITED.replace("fd.name", "fd.nam") };
    await expect(client.request({ kind: "run", edited: wrong, capture: blobOf(sample), scope: "all" })).rejects.toThrow(
      "Cannot load the rules: 1 error.",
    );
  });
});

function sentence({ file, line, column, severity, message, rule, code }: RuleDiagnostic): string {
  const about = rule === undefined ? "" : ` (rule "${rule}")`;
  return `${file}:${line}:${column}: ${severity}: ${message}${about} [${code}]`;
}

describe("an invalid capture", () => {
  const invalid: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["nothing", new Uint8Array(0), /Not a capture/],
    ["text", Buffer.from("<script>alert(1)</script>".repeat(1000)), /Not a capture/],
    ["zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]), /zstd -d/],
    ["a zip archive", Buffer.from("PK\x03\x04 and so on"), /zip archive/],
    ["gzip of text", Buffer.from("H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==", "base64"), /Not a capture|checksum|check sum/],
    ["truncated gzip", readFileSync(sample).subarray(0, 40), /topped reading|end of file/],
  ];
  it.each(invalid)("of %s is rejected with the reason", async (_, bytes, reason) => {
    const client = await openTestClient();
    const capture = new Blob([new Uint8Array(bytes)]);
    await expect(client.request({ kind: "run", edited: edited(), capture, scope: "all" })).rejects.toThrow(reason);
  });

  it("that is truncated yields its events and a warning with the position", async () => {
    const client = await openTestClient();
    const whole = gunzipSync(readFileSync(sample));
    const capture = new Blob([whole.subarray(0, whole.length - 100_001)]);
    const { events, warning } = await client.request({ kind: "run", edited: edited(), capture, scope: "all" });
    expect(events).toBeGreaterThan(1000);
    expect(warning).toMatch(/^Stopped reading the capture at byte \d+ after \d+ events: .+\.$/);
  });
});

it("a cancelled run stops", async () => {
  const whole = gunzipSync(readFileSync(sample));
  const capture = new Blob(Array.from({ length: 40 }, () => whole));
  const messages: FromWorker[] = [];
  const onMessage = openEngine((message) => void messages.push(message));
  await onMessage({ id: 1, request: { kind: "open", base: plain(files), hostname: "" } });
  const running = onMessage({
    id: 2,
    request: { kind: "run", edited: edited(), capture, scope: "all" },
  });
  const stopping = setInterval(() => {
    if (messages.some((message) => "progress" in message)) void onMessage({ id: 2, cancel: true });
  }, 1);
  await running;
  clearInterval(stopping);
  const last = messages.at(-1);
  const all = messages.flatMap((message) => ("progress" in message ? [message.progress.events] : []));
  expect(last).toMatchObject({ id: 2, reply: { events: all.at(-1) } });
  const client = await openTestClient();
  const { events } = await client.request({ kind: "run", edited: edited(), capture: blobOf(sample), scope: "all" });
  expect(all.at(-1)).toBeGreaterThan(0);
  expect(all.at(-1)).toBeLessThan(events * 30);
});

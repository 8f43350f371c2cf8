import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RuleFile, RuleFiles } from "../../src/api/schemas/rule.ts";
import type { EngineReplies, EngineRequest, FromWorker, Match, Progress, RuleDiagnostic } from "./protocol.ts";
import { openEngine } from "./worker-engine.ts";

// The worker's engine without a worker around it; test/playground.test.ts asks it in a browser.

const home = join(import.meta.dirname, "../..");
const launcher = join(home, "bin/eyas");
const sample = join(home, "samples/drill.scap.gz");
const shared = process.env.EYAS_SHARED ?? join(home, "../shared");

const EDITED = `
- rule: Somebody reads accounts
  desc: Made up
  condition: evt.type in (open, openat, openat2) and fd.name = /etc/passwd and not fd.name in (world_writable_prefixes)
  output: '%proc.name read "accounts" | command=%proc.cmdline result=%evt.res'
  priority: NOTICE
  tags: [made_up]
- list: world_writable_prefixes
  items: [/made/up]
  override: {items: append}
- rule: Switched off
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

const files: readonly RuleFile[] = ["rules/syscall.yaml", "rules/syscall-incubating.yaml"].map((name) => ({
  name: join(home, name),
  text: readFileSync(join(home, name), "utf8"),
}));

function eyas(...words: readonly string[]): string {
  const { stdout, stderr } = spawnSync(launcher, words, { encoding: "utf8", maxBuffer: 1 << 26 });
  return stdout === "" ? stderr : stdout;
}

interface Asked {
  ask<A extends EngineRequest["ask"]>(question: Extract<EngineRequest, { ask: A }>): Promise<EngineReplies[A]>;
  readonly progress: Progress[];
  matches(): Match[];
}

const plain = (base: readonly RuleFile[]): RuleFiles => ({ files: base, statics: {}, sources: [], switched: {} });

async function opened(base = plain(files)): Promise<Asked> {
  const waiting = new Map<number, (message: FromWorker) => void>();
  const progress: Progress[] = [];
  const answer = openEngine((message) => {
    if ("progress" in message) progress.push(message.progress);
    else waiting.get(message.id)?.(message);
  });
  let last = 0;
  const asked: Asked = {
    progress,
    matches: () => progress.flatMap(({ matches }) => matches),
    async ask<A extends EngineRequest["ask"]>(question: Extract<EngineRequest, { ask: A }>) {
      const id = ++last;
      const told = new Promise<FromWorker>((resolve) => waiting.set(id, resolve));
      void answer({ id, question });
      const message = await told;
      if ("failure" in message) throw new Error(message.failure);
      if (!("answer" in message)) throw new Error("There was no answer.");
      return message.answer as EngineReplies[A];
    },
  };
  await asked.ask({ ask: "open", base, hostname: process.env.FALCO_HOSTNAME ?? hostname() });
  return asked;
}

const blobOf = (path: string): Blob => new Blob([readFileSync(path)]);
const edited = (): RuleFile => ({ name: written, text: EDITED });

describe("a run", () => {
  it("gives the alerts of eyas replay, one by one", async () => {
    const asked = await opened();
    const result = await asked.ask({ ask: "run", edited: edited(), capture: blobOf(sample), scope: "all" });
    const lines = eyas("replay", sample, ...files.flatMap(({ name }) => ["-r", name]), "-r", written, "--json");
    expect(asked.matches().map(({ json }) => json)).toEqual(lines.trimEnd().split("\n"));
    expect(result.count).toBe(asked.matches().length);
    expect(result.byRule.find(({ rule }) => rule === "Somebody reads accounts")?.count).toBeGreaterThan(0);
    expect(result.notEvaluated).toEqual([{ rule: "Switched off", why: "it is switched off: enabled is false" }]);
  });

  it("by the edited rules alone gives the alerts of those", async () => {
    const asked = await opened();
    const { byRule } = await asked.ask({ ask: "run", edited: edited(), capture: blobOf(sample), scope: "edited" });
    const lines = eyas("replay", sample, ...files.flatMap(({ name }) => ["-r", name]), "-r", written, "--json");
    // What was appended to a list changes no rule that uses it.
    expect(byRule.map(({ rule }) => rule)).toEqual(["Somebody reads accounts"]);
    const theirs = lines.split("\n").filter((line) => line.includes('"rule":"Somebody reads accounts"'));
    expect(asked.matches().map(({ json }) => json)).toEqual(theirs);
  });

  it("is explained as eyas explain does", async () => {
    const asked = await opened();
    await asked.ask({ ask: "run", edited: edited(), capture: blobOf(sample), scope: "edited" });
    const [{ event }] = asked.matches();
    const rules = [...files.flatMap(({ name }) => ["-r", name]), "-r", written];
    const wishes = [
      [{ event, rule: "Somebody reads accounts" }, ["--event", `${event}`, "--rule", "Somebody reads accounts"]],
      [{ event }, ["--event", `${event}`, "--top", "5"]],
      [
        { rule: "Sensitive file accessed through path traversal" },
        ["--rule", "Sensitive file accessed through path traversal"],
      ],
    ] as const;
    for (const [target, words] of wishes) {
      const { json } = await asked.ask({ ask: "explain", edited: edited(), capture: blobOf(sample), target });
      expect(JSON.parse(json)).toEqual(JSON.parse(eyas("explain", sample, ...rules, ...words, "--json")));
    }
  });
});

describe("what is said of rules", () => {
  const broken = [
    join(home, "src/rule/fifty-mistakes.yaml"),
    ...["invalid_yaml_parse_error", "invalid_append_macro_dangling"].map((name) =>
      join(shared, `conformance/rules/${name}.yaml`),
    ),
  ].filter((path) => existsSync(path));

  it.each(broken.map((path) => [basename(path), path]))("is what eyas check says: %s", async (_, path) => {
    const asked = await opened();
    const { ok, diagnostics } = await asked.ask({
      ask: "check",
      edited: { name: path, text: readFileSync(path, "utf8") },
    });
    const lines = eyas("check", ...files.map(({ name }) => name), path).split("\n");
    const theirs = lines.filter((line) => /: (?:error|warning): .*\]$/.test(line));
    expect(diagnostics.map(sentence)).toEqual(theirs);
    expect(ok).toBe(!diagnostics.some(({ severity }) => severity === "error"));
    expect(theirs.length).toBeGreaterThan(0);
  });

  it("is nothing for sound rules; what completion offers is told", async () => {
    const asked = await opened();
    const { ok, diagnostics, rules, macros, lists } = await asked.ask({ ask: "check", edited: edited() });
    expect({ ok, remarks: diagnostics }).toEqual({ ok: true, remarks: [] });
    expect(rules).toMatchObject([{ name: "Somebody reads accounts", enabled: true }, { name: "Switched off" }]);
    expect(lists.find(({ name }) => name === "world_writable_prefixes")?.text).toMatch(/, \/made\/up$/);
    expect(macros.length).toBeGreaterThan(10);
  });

  it("knows the fields and sources that the configuration names, and what it switches off", async () => {
    const asked = await opened({ ...plain(files), statics: { site: "x" }, sources: ["app"], switched: { One: false } });
    const text = `
- {rule: One, desc: x, condition: evt.type = openat and static.site = x, output: "%static.site", priority: INFO}
- {rule: Two, desc: x, condition: "json.value[/a] = b", output: x, priority: INFO, source: app}
`;
    const own = { name: "own.yaml", text };
    const { ok, diagnostics, rules } = await asked.ask({ ask: "check", edited: own });
    expect({ ok, remarks: diagnostics }).toEqual({ ok: true, remarks: [] });
    expect(rules.map(({ name, enabled }) => [name, enabled])).toEqual([
      ["One", false],
      ["Two", true],
    ]);
    const { byRule, notEvaluated } = await asked.ask({
      ask: "run",
      edited: own,
      capture: blobOf(sample),
      scope: "edited",
    });
    expect(byRule).toEqual([]);
    expect(notEvaluated.map(({ reason }) => reason)).toEqual([
      "the configuration switches it off",
      "it is about events of app, and a capture has system calls",
    ]);
  });

  it("edits a file in its place", async () => {
    const asked = await opened();
    const [first] = files;
    const { rules } = await asked.ask({ ask: "check", edited: first });
    const stated = first.text.split("\n").filter((line) => line.startsWith("- rule: ")).length;
    expect(rules.length).toBe(stated);
  });

  it("keeps from running what can't be loaded", async () => {
    const asked = await opened();
    const wrong = { name: "wrong.yaml", text: EDITED.replace("fd.name", "fd.nam") };
    await expect(asked.ask({ ask: "run", edited: wrong, capture: blobOf(sample), scope: "all" })).rejects.toThrow(
      "The rules have a mistake and can't be loaded.",
    );
  });
});

function sentence({ file, line, column, severity, message, rule, code }: RuleDiagnostic): string {
  const about = rule === undefined ? "" : ` (rule "${rule}")`;
  return `${file}:${line}:${column}: ${severity}: ${message}${about} [${code}]`;
}

describe("what is no good capture", () => {
  const refused: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["nothing", new Uint8Array(0), /no capture/],
    ["text", Buffer.from("<script>alert(1)</script>".repeat(1000)), /no capture/],
    ["zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]), /zstd -d/],
    ["a zip archive", Buffer.from("PK\x03\x04 and so on"), /zip archive/],
    ["gzip of text", Buffer.from("H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==", "base64"), /no capture|check sum/],
    ["torn gzip", readFileSync(sample).subarray(0, 40), /cut short|end of file/],
  ];
  it.each(refused)("%s is refused in a sentence", async (_, bytes, sentence) => {
    const asked = await opened();
    const capture = new Blob([new Uint8Array(bytes)]);
    await expect(asked.ask({ ask: "run", edited: edited(), capture, scope: "all" })).rejects.toThrow(sentence);
  });

  it("a torn capture gives its events and says where it is torn", async () => {
    const asked = await opened();
    const whole = gunzipSync(readFileSync(sample));
    const capture = new Blob([whole.subarray(0, whole.length - 100_001)]);
    const { events, warning } = await asked.ask({ ask: "run", edited: edited(), capture, scope: "all" });
    expect(events).toBeGreaterThan(1000);
    expect(warning).toMatch(/^Capture cut short at byte \d+ after \d+ events: .+\.$/);
  });
});

it("a run that nobody waits for any more stops", async () => {
  const whole = gunzipSync(readFileSync(sample));
  const capture = new Blob(Array.from({ length: 40 }, () => whole));
  const messages: FromWorker[] = [];
  const answer = openEngine((message) => void messages.push(message));
  await answer({ id: 1, question: { ask: "open", base: plain(files), hostname: "" } });
  const running = answer({
    id: 2,
    question: { ask: "run", edited: edited(), capture, scope: "all" },
  });
  const stopping = setInterval(() => {
    if (messages.some((message) => "progress" in message)) void answer({ id: 2, stop: true });
  }, 1);
  await running;
  clearInterval(stopping);
  const last = messages.at(-1);
  const all = messages.flatMap((message) => ("progress" in message ? [message.progress.events] : []));
  expect(last).toMatchObject({ id: 2, answer: { events: all.at(-1) } });
  const asked = await opened();
  const { events } = await asked.ask({ ask: "run", edited: edited(), capture: blobOf(sample), scope: "all" });
  expect(all.at(-1)).toBeGreaterThan(0);
  expect(all.at(-1)).toBeLessThan(events * 30);
});

// The running program reloads hostile rule files and response rules while events arrive.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { bombs } from "./attack/bombs.ts";

const soon = { timeout: 60_000 };
let folder = "";
let running: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eyas-hostile-reload-"));
});
afterEach(() => {
  running?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const RULE = `
- rule: Counted
  desc: One alert for each event
  condition: json.value[/n] exists
  output: "number %json.value[/n]"
  priority: NOTICE
  source: shop
`;

/** Files that once ended the program, or blocked it. */
const hostile = bombs.filter(
  ({ kind, name }) => kind !== "configuration" && ["nested dashes", "doubling macros"].includes(name),
);

test("events during reloads of hostile rules and response rules are evaluated with the previous rules", {
  timeout: 600_000,
}, async () => {
  expect(hostile).toHaveLength(4);
  const [rules, more, responses] = ["rules.yaml", "more.yaml", "responses.yaml"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(rules, RULE);
  for (const file of [more, responses]) writeFileSync(file, "");
  const settings = ["engine.kind=nodriver", `journal.path=${join(folder, "journal.db")}`]
    .concat(["alert_folding.enabled=false", `responses.rules_files=[${responses}]`, "json_output=true"])
    .concat(["sources.json.shop.from=http://127.0.0.1:0/shop", "sources.json.shop.require_token=never"]);
  const words = ["run", "-r", rules, "-r", more, ...settings.flatMap((one) => ["-o", one])];
  const child = spawn(join(home, "bin/eyas"), words, { stdio: ["ignore", "pipe", "pipe"] });
  running = child;
  let [printed, said] = ["", ""];
  child.stdout.on("data", (bytes) => {
    printed += bytes;
  });
  child.stderr.on("data", (bytes) => {
    said += bytes;
  });
  await expect.poll(() => said, soon).toMatch(/shop events \(origin: http\S+\/shop/);
  const url = /shop events \(origin: (http\S+\/shop)/.exec(said)?.[1] ?? "";

  let sent = 0;
  let over = false;
  const statuses = new Set<number>();
  const sending = (async () => {
    while (!over) {
      const body = JSON.stringify({ n: sent++ });
      statuses.add(
        (await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } })).status,
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const replace = (file: string, text: string): void => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  const times = (words: string): number => said.split(words).length - 1;
  const patient = { timeout: 120_000 };
  for (const [i, { kind, text }] of hostile.entries()) {
    const file = kind === "rules" ? more : responses;
    replace(file, text);
    await expect.poll(() => times("Reload failed"), patient).toBe(i + 1);
    expect(said.slice(said.lastIndexOf("Reload failed"))).toContain(file);
    replace(file, "");
    await expect.poll(() => times("Reloaded"), patient).toBe(i + 1);
  }
  over = true;
  await sending;
  expect([...statuses]).toEqual([200]);
  const raised = (rule: string): number => printed.split(`"rule":"${rule}"`).length - 1;
  await expect.poll(() => raised("Counted"), soon).toBe(sent);
  await expect.poll(() => raised("Eyas internal: rules not reloaded"), soon).toBe(hostile.length);
  expect(child.exitCode).toBeNull();
});

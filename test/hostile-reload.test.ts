// Reloads of hostile rule files by the running program, while events arrive.
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
  ({ kind, name }) => kind === "rules" && ["nested dashes", "doubling macros"].includes(name),
);

test("each event during reloads of hostile rules is evaluated by the previous rules", {
  timeout: 300_000,
}, async () => {
  expect(hostile).toHaveLength(2);
  const [rules, more] = [join(folder, "rules.yaml"), join(folder, "more.yaml")];
  writeFileSync(rules, RULE);
  writeFileSync(more, "");
  const settings = ["engine.kind=nodriver", `journal.path=${join(folder, "journal.db")}`]
    .concat(["alert_folding.enabled=false", "responses.rules_files=[]", "json_output=true"])
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
  await expect.poll(() => said, soon).toMatch(/shop events from http\S+\/shop/);
  const url = /shop events from (http\S+\/shop)/.exec(said)?.[1] ?? "";

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
  for (const [i, { text }] of hostile.entries()) {
    writeFileSync(`${more}.new`, text);
    renameSync(`${more}.new`, more);
    await expect.poll(() => said.split("Reload failed").length - 1, { timeout: 120_000 }).toBe(i + 1);
  }
  over = true;
  await sending;
  expect([...statuses]).toEqual([200]);
  const raised = (rule: string): number => printed.split(`"rule":"${rule}"`).length - 1;
  await expect.poll(() => raised("Counted"), soon).toBe(sent);
  await expect.poll(() => raised("Eyas internal: rules not reloaded"), soon).toBe(hostile.length);
  expect(child.exitCode).toBeNull();
});

// A reload that restarts the session, because a key such as those of the journal has changed.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";

const soon = { timeout: 120_000 };
const folder = mkdtempSync(join(tmpdir(), "eyas-session-reload-"));
let running: ChildProcess | undefined;
afterAll(() => {
  running?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test("a reload that restarts the session is logged and counted, and applies the level of the log", {
  timeout: 600_000,
}, async () => {
  const rules = join(folder, "rules.yaml");
  writeFileSync(
    rules,
    "- {rule: R, desc: d, source: shop, condition: 'json.value[/n] exists', output: o, priority: NOTICE}\n",
  );
  const file = join(folder, "eyas.yaml");
  const configure = (level: string, name: string, more = ""): void =>
    writeFileSync(
      file,
      `engine: { kind: nodriver }
sources: { json: { shop: { from: "http://127.0.0.1:0/shop", require_token: never } } }
watch_config_files: false
log_level: ${level}
journal: { path: "${join(folder, name)}" }
${more}`,
    );
  configure("info", "a.db");
  const child = spawn(join(home, "bin/eyas"), ["run", "-c", file, "-r", rules], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  running = child;
  let said = "";
  child.stderr.on("data", (bytes) => {
    said += bytes;
  });
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  await expect.poll(() => said, soon).toContain("Watching shop");

  configure("error", "b.db");
  child.kill("SIGHUP");
  await expect.poll(() => said, soon).toContain("journal changed: restarting the sensor");
  configure("info", "c.db", "plugins_hostinfo: false\n");
  child.kill("SIGHUP");
  await expect.poll(() => said, soon).toContain("Reloaded: 1 rule active");
  expect(said).toContain("plugins_hostinfo has no effect");
  expect(said.split("Reloaded: ")).toHaveLength(2); // not while only errors were logged
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(said).toContain("Rules were reloaded 2 times and rejected 0 times.");
});

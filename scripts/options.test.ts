import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "eyas-"));
afterAll(() => rmSync(folder, { recursive: true }));

const script = join(folder, "script.ts");
writeFileSync(
  script,
  `// Measures something.
//   npm run something [-- --rounds 5]

import { scriptOptions } from ${JSON.stringify(join(import.meta.dirname, "options.ts"))};
console.log(JSON.stringify(scriptOptions(import.meta.filename, { rounds: 5, only: "", all: false, rules: [] })));
`,
);

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

test("options have the types of their defaults", () => {
  expect(JSON.parse(run().stdout)).toEqual({ rounds: 5, only: "", all: false, rules: [] });
  const given = run("--rounds", "2.5", "--only", "a", "--all", "--rules", "b", "--rules", "c");
  expect(JSON.parse(given.stdout)).toEqual({ rounds: 2.5, only: "a", all: true, rules: ["b", "c"] });
});

test.each(["--help", "-h"])("%s prints the comment at the top of the script", (option) => {
  expect(run(option)).toEqual({
    status: 0,
    stdout: "Measures something.\n  npm run something [-- --rounds 5]\n",
    stderr: "",
  });
});

test.each([
  ["--rounds", "many", '--rounds must be a number, not "many".'],
  ["--rounds", "1e400", '--rounds must be a number, not "1e400".'],
  ["--round", "5", "Unknown option '--round'"],
])("%s %s is an error", (option, value, message) => {
  const { status, stdout, stderr } = run(option, value);
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toContain(message);
  expect(stderr).toContain("Run with --help for the options.");
  expect(stderr).not.toContain("at ");
});

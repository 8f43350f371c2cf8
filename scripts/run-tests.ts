// Runs vitest with the given arguments. If CI is set, test files that fail run once more, together in a new process, so
// that nothing of their first run is left. If they then pass, the run passes, and names the tests with a race condition.
// A run that fails ends with a list of the failed tests, because the last lines of a log are read first.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FailedTest } from "../test/parts/summary.ts";

/** Maximum number of files that run once more. If more fail, something else is wrong. */
const MOST_FILES = 8;

const vitest = join(import.meta.dirname, "../node_modules/vitest/vitest.mjs");
const folder = mkdtempSync(join(tmpdir(), "eyas-run-"));
/** File to which the run writes its failed tests (test/parts/table.ts). */
const list = join(folder, "failed.json");
const given = process.argv.slice(2);

process.exitCode = runAll();
rmSync(folder, { recursive: true });

function runAll(): number {
  const status = run(given);
  if (status === 0) return status;
  const failed = failedTests();
  const files = [...new Set(failed.map(({ file }) => file))];
  const isFinal = process.env.CI !== "true" || files.length === 0 || files.length > MOST_FILES;
  if (isFinal) {
    print("Failed:", failed);
    return status;
  }
  console.log(`\nThese test files failed, and run once more:\n  ${files.join("\n  ")}`);
  const second = run([...configuration(given), ...files]);
  if (second === 0) print("Failed, then passed when they ran again:", failed);
  else print("Failed again:", failedTests());
  return second;
}

function print(title: string, tests: readonly FailedTest[]): void {
  if (tests.length === 0) return;
  console.log(`\n${title}`);
  for (const test of tests) console.log(`  ${nameOf(test)}\n    ${test.error}`);
}

function run(words: readonly string[]): number {
  rmSync(list, { force: true });
  const env = { ...process.env, EYAS_TEST_FAILED: list };
  return spawnSync(process.execPath, [vitest, "run", ...words], { env, stdio: "inherit" }).status ?? 1;
}

/** The failed tests of a complete run; none if something other than a test failed. */
function failedTests(): readonly FailedTest[] {
  try {
    return JSON.parse(readFileSync(list, "utf8"));
  } catch {
    return [];
  }
}

/** Returns the arguments that name the configuration. Reporters would replace the results of the first run. */
function configuration(words: readonly string[]): string[] {
  const at = words.indexOf("--config");
  return at < 0 ? [] : words.slice(at, at + 2);
}

function nameOf({ file, name }: FailedTest): string {
  return name === undefined ? file : `${file} > ${name}`;
}

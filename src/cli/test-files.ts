import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { Failure } from "../agent/failure.ts";
import { SYSCALL } from "../field/sources.ts";
import type { Diagnostic } from "../rule/diagnostic.ts";
import { Location, type RuleFile } from "../rule/location.ts";
import { TestFault } from "../workbench/reading.ts";
import { captureEvents } from "../workbench/test/capture-events.ts";
import type { Coverage } from "../workbench/test/coverage.ts";
import { isTestFile, ruleFileOf, testFileOf } from "../workbench/test/names.ts";
import type { ResponseSimulator } from "../workbench/test/responses.ts";
import { type FileReport, runTestFile } from "../workbench/test/run.ts";
import { readTestFile } from "../workbench/test/test-file.ts";

/**
 * Returns the test files at these paths. A path can be a directory, a test file, or a rule file with a test file in the
 * same directory.
 */
export function findTests(paths: readonly string[]): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) throw new Failure(`${path} not found.`);
    if (stats.isDirectory()) {
      const names = readdirSync(path, { recursive: true, encoding: "utf8" }).filter(isTestFile).sort();
      if (names.length === 0) throw new Failure(`No test files (NAME.test.yaml) in ${path}.`);
      for (const name of names) found.add(join(path, name));
    } else {
      found.add(isTestFile(path) ? path : testFileOf(path));
    }
  }
  return [...found];
}

/**
 * Runs a test file against the rule files that it lists, or else against the rule file with the same name in the same
 * directory.
 */
export async function runFile(
  name: string,
  only: (name: string) => boolean,
  coverage: Coverage | undefined,
): Promise<FileReport> {
  const test = await readTestFile(read(name));
  const folder = dirname(name);
  const sibling = ruleFileOf(name);
  const isOfResponses = test.rules.length + test.responses.length === 0 && (await hasResponses(sibling));
  const responsePaths = isOfResponses ? [sibling] : test.responses.map((path) => from(folder, path));
  const needsRules = test.cases.some(({ alerts }) => alerts === undefined) && !isOfResponses;
  const usual = needsRules && test.rules.length === 0 ? [sibling] : [];
  const paths = [...usual, ...test.rules.map((path) => from(folder, path))];
  let rules: RuleFile[];
  let responseFiles: RuleFile[];
  try {
    rules = paths.map(read);
    responseFiles = responsePaths.map(read);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const hint = test.rules.length > 0 ? "" : ' List the rule files under test: "rules: [my-rules.yaml]".';
    const fault = new TestFault(error.message + hint, new Location(test.file, 0));
    return { test: { ...test, faults: [...test.faults, fault] }, rules: [], errors: [], cases: [] };
  }
  const { trial, errors } = await trialOf(responseFiles);
  if (errors.length > 0) return { test, rules: [...rules, ...responseFiles], errors, cases: [] };
  const report = await runTestFile(test, rules, {
    only,
    ...(trial && { responses: trial }),
    coverage,
    capture: async (slice, source) => {
      const path = from(folder, slice.file);
      try {
        if (source === SYSCALL) return captureEvents(path, slice);
        const { documentFileEvents: recordingScene } = await import("../workbench/test/document-file-events.ts");
        return await recordingScene(path, slice, source);
      } catch (error) {
        if (error instanceof TestFault) throw error;
        throw new TestFault(error instanceof Error ? error.message : String(error), slice.place);
      }
    },
  });
  return { ...report, rules: [...rules, ...responseFiles] };
}

async function hasResponses(path: string): Promise<boolean> {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return false;
  const { isResponseFile } = await import("../response/rule/recognise.ts");
  return isResponseFile(read(path));
}

/** Loads response rules for simulation with the default limits. Returns errors if the rules are invalid. */
async function trialOf(
  files: readonly RuleFile[],
): Promise<{ readonly trial: ResponseSimulator | undefined; readonly errors: readonly Diagnostic[] }> {
  if (files.length === 0) return { trial: undefined, errors: [] };
  const { loadSimulator: trialOfResponses } = await import("./response-simulator.ts");
  return trialOfResponses(files);
}

/** Resolves a path relative to a directory. */
function from(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function read(name: string): RuleFile {
  try {
    return { name, text: readFileSync(name, "utf8") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    throw new Failure(code === "ENOENT" ? `File ${name} not found.` : `Cannot read ${name}: ${String(error)}`);
  }
}

/** Returns a warning for each rule file without tests in these directories. */
export function untested(paths: readonly string[], reports: readonly FileReport[]): string[] {
  const tested = new Set(reports.flatMap(({ rules }) => rules.map(({ name }) => resolve(name))));
  return paths
    .filter(isFolder)
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)))
    .filter((path) => /\.ya?ml$/.test(path) && !isTestFile(path) && !tested.has(resolve(path)))
    .map((path) => `${path} contains no tests`);
}

/** Whether the path is an existing directory. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

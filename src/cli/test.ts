import { type FSWatcher, readdirSync, readFileSync, statSync, watch, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { styleText } from "node:util";
import type { Command } from "commander";
import type { RuleFile } from "../rule/place.ts";
import { count } from "../telemetry/said.ts";
import { captureScene } from "../workbench/capture-scene.ts";
import { Coverage, percent, shareOf, type Unit } from "../workbench/coverage.ts";
import { coverageJson, coverageText } from "../workbench/coverage-report.ts";
import { json, junit, tap } from "../workbench/machine-reports.ts";
import { isTestFile, testOf, twinOf } from "../workbench/names.ts";
import { TestFault } from "../workbench/reading.ts";
import { type Paint, plain, textReport } from "../workbench/report.ts";
import { type FileReport, runTestFile } from "../workbench/run.ts";
import { readTestFile, type TestFile } from "../workbench/test-file.ts";
import { Failure } from "./failure.ts";

interface TestOptions {
  readonly only?: string;
  readonly verbose?: true;
  readonly coverage?: true;
  readonly coverageMin?: string;
  readonly coverageItemsMin?: string;
  readonly junit?: string;
  readonly tap?: true;
  readonly json?: true;
  readonly watch?: true;
}

export function add(program: Command): void {
  program
    .command("test")
    .description("run the tests of rules: test files (NAME.test.yaml) beside rule files (NAME.yaml)")
    .argument("<path...>", "test files, rule files that have one beside them, folders of them")
    .option("--only <pattern>", "only the cases with this in their name (* stands for any text)")
    .option("-v, --verbose", "list the cases that pass, too")
    .option("--coverage", "say which sub-conditions, exceptions and list items no test decided")
    .option("--coverage-min <percent>", "fail where fewer of the sub-conditions and exceptions are decided")
    .option("--coverage-items-min <percent>", "fail where fewer of the list items are met")
    .option("--junit <file>", "write JUnit XML, too")
    .option("--tap", "print TAP instead")
    .option("--json", "print one JSON object instead")
    .option("--watch", "run again whenever a file changes")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  eyas test rules/\n" +
        "  eyas test rules/syscall.test.yaml --only 'shell*' --watch\n" +
        "  eyas test rules/ --coverage-min 100 --junit report.xml      in CI\n",
    )
    .action(test);
}

async function test(paths: readonly string[], options: TestOptions): Promise<void> {
  if (options.watch) return watchTests(paths, options);
  if (!(await runAll(paths, options)).passed) process.exitCode = 1;
}

/** Runs all tests once and prints how it went. */
async function runAll(
  paths: readonly string[],
  options: TestOptions,
): Promise<{ readonly passed: boolean; readonly files: readonly string[] }> {
  const only = options.only === undefined ? () => true : matcher(options.only);
  const minimum = options.coverageMin === undefined ? undefined : percentage(options.coverageMin);
  const itemsMinimum = options.coverageItemsMin === undefined ? undefined : percentage(options.coverageItemsMin);
  const wanted = options.coverage || minimum !== undefined || itemsMinimum !== undefined;
  const coverage = wanted ? new Coverage() : undefined;
  const reports: FileReport[] = [];
  for (const name of findTests(paths)) reports.push(await runOne(name, only, coverage));
  const failed = reports.reduce((sum, report) => sum + failures(report), 0);
  const cases = reports.reduce((sum, report) => sum + report.cases.length, 0);
  const short =
    coverage === undefined ? [] : [...excuse(coverage, reports), ...shortcomings(coverage, minimum, itemsMinimum)];
  if (minimum !== undefined) short.push(...untested(paths, reports));
  const passed = failed === 0 && cases > 0 && short.length === 0;
  if (options.junit !== undefined) write(options.junit, junit(reports));
  if (options.json) {
    const more = coverage === undefined ? {} : { coverage: coverageJson(coverage) };
    process.stdout.write(`${JSON.stringify({ passed, files: json(reports), ...more })}\n`);
  } else if (options.tap) process.stdout.write(tap(reports));
  else {
    const paint = process.stdout.hasColors?.() === true && process.env.NO_COLOR === undefined ? colored : plain;
    process.stdout.write(textReport(reports, paint, options.verbose === true));
    if (coverage !== undefined) process.stdout.write(`${coverageText(coverage, paint)}\n`);
    const ran = `${count(cases, "case")} in ${count(reports.length, "file")}`;
    process.stdout.write(`${failed === 0 ? paint.good("passed") : paint.bad(`${failed} failed`)}: ${ran}\n`);
    if (cases === 0) process.stdout.write("No case has such a name.\n");
    for (const line of short) process.stdout.write(`${paint.bad(line)}\n`);
  }
  const files = reports.flatMap((report) => [report.test.file.name, ...report.rules.map(({ name }) => name)]);
  return { passed, files };
}

/** Leaves out what the test files say that no test can decide; says where one says so in vain. */
function excuse(coverage: Coverage, reports: readonly FileReport[]): string[] {
  return reports.flatMap(({ test }) =>
    coverage
      .excuse(test.undecidable)
      .map((text) => `${test.file.name}: "undecidable" names "${text}", which tests decide, or no rule has`),
  );
}

/** Rule files in the folders that no test file is about. */
function untested(paths: readonly string[], reports: readonly FileReport[]): string[] {
  const tested = new Set(reports.flatMap(({ rules }) => rules.map(({ name }) => resolve(name))));
  return paths
    .filter(isFolder)
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)))
    .filter((path) => /\.ya?ml$/.test(path) && !isTestFile(path) && !tested.has(resolve(path)))
    .map((path) => `${path} has no tests`);
}

/** What of the coverage is less than asked for. */
function shortcomings({ units }: Coverage, minimum: number | undefined, items: number | undefined): string[] {
  const asked: readonly (readonly [Unit["kind"], string, number | undefined])[] = [
    ["condition", "sub-conditions are decided", minimum],
    ["exception", "exceptions are decided", minimum],
    ["item", "list items are met", items],
  ];
  return asked.flatMap(([kind, what, least]) => {
    const found = percent(shareOf(units, kind));
    return least === undefined || found >= least ? [] : [`${found} % of the ${what}, ${least} % are asked for`];
  });
}

function percentage(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 100)) throw new Failure(`A share is a number from 0 to 100, not "${text}".`);
  return value;
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new Failure(`${path} can't be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Events of a folder come in bursts. */
const QUIET_MS = 100;

/** Runs again whenever one of the files changes, or one comes into their folders. Ends with the program. */
async function watchTests(paths: readonly string[], options: TestOptions): Promise<void> {
  const watched = new Map<string, FSWatcher>();
  let pending: NodeJS.Timeout | undefined;
  const again = (name: string | null): void => {
    if (name !== null && !/\.ya?ml$/.test(name)) return;
    clearTimeout(pending);
    pending = setTimeout(round, QUIET_MS);
  };
  const round = async (): Promise<void> => {
    if (process.stdout.isTTY) process.stdout.write("\x1b[2J\x1b[H");
    let files: readonly string[] = [];
    try {
      ({ files } = await runAll(paths, options));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      process.stdout.write(`${error.message}\n`);
    }
    const folders = new Set([...files, ...paths].map((path) => (isFolder(path) ? path : dirname(path))));
    for (const folder of folders) {
      if (!watched.has(folder) && isFolder(folder))
        watched.set(
          folder,
          watch(folder, (_what, name) => again(name)),
        );
    }
    process.stdout.write(`Waiting for a change (Ctrl-C ends it).\n`);
  };
  await round();
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function failures({ test: { faults }, errors, cases }: FileReport): number {
  return faults.length + errors.length + cases.filter(({ problems }) => problems.length > 0).length;
}

async function runOne(
  name: string,
  only: (name: string) => boolean,
  coverage: Coverage | undefined,
): Promise<FileReport> {
  const file = read(name);
  const test = await readTestFile(file);
  const paths = test.rules.length === 0 ? [twinOf(name)] : test.rules.map((path) => join(dirname(name), path));
  return runTestFile(test, rulesOf(paths, test), {
    only,
    coverage,
    capture: (slice) => {
      const path = resolve(dirname(name), slice.file);
      try {
        return captureScene(path, slice);
      } catch (error) {
        throw new TestFault(error instanceof Error ? error.message : String(error), slice.place);
      }
    },
  });
}

function rulesOf(paths: readonly string[], test: TestFile): RuleFile[] {
  return paths.map((path) => {
    try {
      return read(path);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const mend = test.rules.length > 0 ? "" : ` Name the rules that it tests: "rules: [my-rules.yaml]".`;
      throw new Failure(`${test.file.name}: ${error.message}${mend}`);
    }
  });
}

function read(name: string): RuleFile {
  try {
    return { name, text: readFileSync(name, "utf8") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    throw new Failure(code === "ENOENT" ? `There is no file ${name}.` : `${name} can't be read: ${String(error)}`);
  }
}

/** The test files that the paths stand for. */
function findTests(paths: readonly string[]): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) throw new Failure(`There is no ${path}.`);
    if (stats.isDirectory()) {
      const names = readdirSync(path, { recursive: true, encoding: "utf8" }).filter(isTestFile).sort();
      if (names.length === 0) throw new Failure(`There are no tests (NAME.test.yaml) in ${path}.`);
      for (const name of names) found.add(join(path, name));
    } else {
      found.add(isTestFile(path) ? path : testOf(path));
    }
  }
  return [...found];
}

/** Whether a name has the pattern in it. */
function matcher(pattern: string): (name: string) => boolean {
  const parts = pattern.toLowerCase().split("*");
  return (name) => {
    let at = 0;
    for (const part of parts) {
      const found = name.toLowerCase().indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return true;
  };
}

const colored: Paint = {
  good: (text) => styleText("green", text),
  bad: (text) => styleText("red", text),
  faint: (text) => styleText("gray", text),
  strong: (text) => styleText("bold", text),
};

import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { styleText } from "node:util";
import type { Command } from "commander";
import type { RuleFile } from "../rule/place.ts";
import { count } from "../telemetry/said.ts";
import { captureScene } from "../workbench/capture-scene.ts";
import { isTestFile, testOf, twinOf } from "../workbench/names.ts";
import { TestFault } from "../workbench/reading.ts";
import { type Paint, plain, textReport } from "../workbench/report.ts";
import { type FileReport, runTestFile } from "../workbench/run.ts";
import { readTestFile, type TestFile } from "../workbench/test-file.ts";
import { Failure } from "./failure.ts";

interface TestOptions {
  readonly only?: string;
  readonly verbose?: true;
}

export function add(program: Command): void {
  program
    .command("test")
    .description("run the tests of rules: test files (NAME.test.yaml) beside rule files (NAME.yaml)")
    .argument("<path...>", "test files, rule files that have one beside them, folders of them")
    .option("--only <pattern>", "only the cases with this in their name (* stands for any text)")
    .option("-v, --verbose", "list the cases that pass, too")
    .addHelpText("after", "\nExample:\n  eyas test rules/\n  eyas test rules/syscall.test.yaml --only 'shell*'\n")
    .action(test);
}

async function test(paths: readonly string[], options: TestOptions): Promise<void> {
  const only = options.only === undefined ? () => true : matcher(options.only);
  const reports: FileReport[] = [];
  for (const name of findTests(paths)) reports.push(await runOne(name, only));
  const paint = process.stdout.hasColors?.() === true && process.env.NO_COLOR === undefined ? colored : plain;
  const failed = reports.reduce((sum, report) => sum + failures(report), 0);
  const cases = reports.reduce((sum, report) => sum + report.cases.length, 0);
  process.stdout.write(textReport(reports, paint, options.verbose === true));
  process.stdout.write(
    `${failed === 0 ? paint.good("passed") : paint.bad(`${failed} failed`)}: ${count(cases, "case")} in ${count(reports.length, "file")}\n`,
  );
  if (failed > 0 || cases === 0) process.exitCode = 1;
}

function failures({ test: { faults }, errors, cases }: FileReport): number {
  return faults.length + errors.length + cases.filter(({ problems }) => problems.length > 0).length;
}

async function runOne(name: string, only: (name: string) => boolean): Promise<FileReport> {
  const file = read(name);
  const test = await readTestFile(file);
  const paths = test.rules.length === 0 ? [twinOf(name)] : test.rules.map((path) => join(dirname(name), path));
  return runTestFile(test, rulesOf(paths, test), {
    only,
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

import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { Failure } from "../agent/failure.ts";
import { count } from "../telemetry/log-lines.ts";
import { painted, print, printJson } from "../telemetry/print.ts";
import { Coverage, percent, shareOf, type Unit } from "../workbench/test/coverage.ts";
import { coverageJson, coverageText } from "../workbench/test/coverage-report.ts";
import { json, junit, tap } from "../workbench/test/machine-reports.ts";
import { type Paint, plain, textReport } from "../workbench/test/report.ts";
import type { FileReport } from "../workbench/test/run.ts";
import { findTests, runFile, untested } from "./test-files.ts";

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
    .description("run rule tests: test files (NAME.test.yaml) in the same directories as rule files (NAME.yaml)")
    .argument("<path...>", "test files, rule files that have a test file in the same directory, or directories")
    .option("--only <pattern>", "run only cases whose name contains this pattern (* matches any text)")
    .option("-v, --verbose", "also list the cases that pass")
    .option("--coverage", "report sub-conditions, exceptions and list items that the tests do not cover")
    .option("--coverage-min <percent>", "fail if the coverage of sub-conditions or exceptions is lower")
    .option("--coverage-items-min <percent>", "fail if the coverage of list items is lower")
    .option("--junit <file>", "also write a JUnit XML report to this file")
    .option("--tap", "print TAP instead of text")
    .option("--json", "print one JSON object instead of text")
    .option("--watch", "run again when a file changes")
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
  if (options.watch) {
    const { watchFiles } = await import("./test-watch.ts");
    return watchFiles(paths, async () => (await runAll(paths, options)).files);
  }
  if (!(await runAll(paths, options)).passed) process.exitCode = 1;
}

/** Runs all tests once and prints the results. */
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
  for (const name of findTests(paths)) reports.push(await runFile(name, only, coverage));
  const failed = reports.reduce((sum, report) => sum + failures(report), 0);
  const cases = reports.reduce((sum, report) => sum + report.cases.length, 0);
  const short =
    coverage === undefined ? [] : [...exclude(coverage, reports), ...shortfalls(coverage, minimum, itemsMinimum)];
  if (minimum !== undefined) short.push(...untested(paths, reports));
  const passed = failed === 0 && cases > 0 && short.length === 0;
  if (options.junit !== undefined) write(options.junit, junit(reports));
  if (options.json) {
    const more = coverage === undefined ? {} : { coverage: coverageJson(coverage) };
    printJson({ passed, files: json(reports), ...more });
  } else if (options.tap) print(tap(reports));
  else {
    const paint = process.stdout.hasColors?.() === true && process.env.NO_COLOR === undefined ? colored : plain;
    print(textReport(reports, paint, options.verbose === true));
    if (coverage !== undefined) print(`${coverageText(coverage, paint)}\n`);
    const ran = `${count(cases, "case")} in ${count(reports.length, "file")}`;
    print(`${failed === 0 ? paint.good("passed") : paint.bad(`${failed} failed`)}: ${ran}\n`);
    if (cases === 0) print("No cases match --only.\n");
    for (const line of short) print(`${paint.bad(line)}\n`);
  }
  const files = reports.flatMap((report) => [report.test.file.name, ...report.rules.map(({ name }) => name)]);
  return { passed, files };
}

/**
 * Excludes parts of rules that test files declare undecidable. @returns an error for each declaration without effect
 */
function exclude(coverage: Coverage, reports: readonly FileReport[]): string[] {
  return reports.flatMap(({ test }) =>
    coverage
      .exclude(test.undecidable)
      .map((text) => `${test.file.name}: "undecidable" lists "${text}", which is covered or not part of any rule`),
  );
}

/** Returns a message for each kind of coverage that is below the required minimum. */
function shortfalls({ units }: Coverage, minimum: number | undefined, items: number | undefined): string[] {
  const required: readonly (readonly [Unit["kind"], string, number | undefined])[] = [
    ["condition", "sub-conditions", minimum],
    ["exception", "exceptions", minimum],
    ["item", "list items", items],
  ];
  return required.flatMap(([kind, what, least]) => {
    const found = percent(shareOf(units, kind));
    return least === undefined || found >= least ? [] : [`coverage of ${what} is ${found}%, required: ${least}%`];
  });
}

function percentage(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 100))
    throw new Failure(`Invalid percentage "${text}": expected a number from 0 to 100.`);
  return value;
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new Failure(`Cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function failures({ test: { faults }, errors, cases }: FileReport): number {
  return faults.length + errors.length + cases.filter(({ problems }) => problems.length > 0).length;
}

/** Returns a function that tests whether a name contains a pattern, ignoring case; `*` matches any text. */
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
  good: (text) => painted("green", text),
  bad: (text) => painted("red", text),
  faint: (text) => painted("gray", text),
  strong: (text) => painted("bold", text),
};

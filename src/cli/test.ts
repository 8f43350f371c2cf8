import { writeFileSync } from "node:fs";
import { styleText } from "node:util";
import type { Command } from "commander";
import { Failure } from "../agent/failure.ts";
import { count } from "../telemetry/said.ts";
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
  if (options.watch) {
    const { watchFiles } = await import("./test-watch.ts");
    return watchFiles(paths, async () => (await runAll(paths, options)).files);
  }
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
  for (const name of findTests(paths)) reports.push(await runFile(name, only, coverage));
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

function failures({ test: { faults }, errors, cases }: FileReport): number {
  return faults.length + errors.length + cases.filter(({ problems }) => problems.length > 0).length;
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

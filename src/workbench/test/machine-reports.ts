import { plain, problemText } from "./report.ts";
import type { CaseResult, FileReport } from "./run.ts";
import type { Problem } from "./run-case.ts";

/** Reports for CI systems: JUnit XML, TAP, JSON. */

/** A failure before the first case. */
interface Early {
  readonly name: string;
  readonly text: string;
}

function early({ test, errors }: FileReport): Early[] {
  const rules = errors.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  const faults = test.faults.map(({ message, place }) => {
    const { line, column } = place.position();
    return `${place.file.name}:${line}:${column}: ${message}`;
  });
  return [
    ...rules.map((text) => ({ name: "load rules", text })),
    ...faults.map((text) => ({ name: "read test file", text })),
  ];
}

function problemsText({ problems }: CaseResult): string {
  return problems.map((problem) => problemText(problem, plain)).join("");
}

/** Formats reports as JUnit XML, with a suite per test file. */
export function junit(reports: readonly FileReport[]): string {
  const suites = reports.map((report) => {
    const { test, cases } = report;
    const { name } = test.file;
    const first = early(report).map(
      ({ name: what, text }) =>
        `    <testcase classname="${xml(name)}" name="${xml(what)}" time="0">\n` +
        `      <error message="${xml(text)}"/>\n    </testcase>\n`,
    );
    const rest = cases.map((result) => {
      const seconds = (result.milliseconds / 1000).toFixed(6);
      const open = `    <testcase classname="${xml(name)}" name="${xml(result.test.name)}" time="${seconds}"`;
      const [problem] = result.problems;
      if (problem === undefined) return `${open}/>\n`;
      const text = xml(problemsText(result));
      return `${open}>\n      <failure message="${xml(problem.message)}">${text}</failure>\n    </testcase>\n`;
    });
    const failures = cases.filter(({ problems }) => problems.length > 0).length;
    const time = cases.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000;
    const counts = `tests="${first.length + rest.length}" failures="${failures}" errors="${first.length}"`;
    return `  <testsuite name="${xml(name)}" ${counts} time="${time.toFixed(6)}">\n${first.join("")}${rest.join("")}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("")}</testsuites>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Replaces characters that XML does not allow with U+FFFD. */
function xml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: matches control characters on purpose
  return text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd").replace(/[&<>"]/g, (c) => ENTITIES[c] ?? c);
}

/** Formats reports as TAP version 13: one test per case, with its problems as a YAML block. */
export function tap(reports: readonly FileReport[]): string {
  const lines: string[] = [];
  let number = 0;
  for (const report of reports) {
    const { name } = report.test.file;
    for (const { name: what, text } of early(report)) {
      lines.push(`not ok ${++number} - ${tapText(`${name}: ${what}`)}`, ...block(text));
    }
    for (const result of report.cases) {
      const failed = result.problems.length > 0;
      lines.push(`${failed ? "not ok" : "ok"} ${++number} - ${tapText(`${name}: ${result.test.name}`)}`);
      if (failed) lines.push(...block(problemsText(result)));
    }
  }
  return `TAP version 13\n1..${number}\n${lines.map((line) => `${line}\n`).join("")}`;
}

function tapText(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("#", "\\#");
}

function block(text: string): string[] {
  const lines = text.trimEnd().split("\n");
  return ["  ---", "  message: |", ...lines.map((line) => `    ${line}`), "  ..."];
}

/** Returns results for JSON output. */
export function json(reports: readonly FileReport[]): unknown {
  return reports.map((report) => ({
    file: report.test.file.name,
    rules: report.rules.map(({ name }) => name),
    errors: early(report).map(({ text }) => text),
    cases: report.cases.map(({ test, problems, fired, milliseconds }) => ({
      name: test.name,
      line: test.place.position().line,
      passed: problems.length === 0,
      fired,
      milliseconds: Math.round(milliseconds * 1000) / 1000,
      problems: problems.map(problemJson),
    })),
  }));
}

function problemJson({ kind, message, place, rule, reason, differences }: Problem): unknown {
  return {
    kind,
    message,
    file: place.file.name,
    ...place.position(),
    ...(rule === undefined ? {} : { rule }),
    ...(differences.length === 0 ? {} : { differences }),
    ...(reason === undefined
      ? {}
      : {
          event: { name: reason.event.name, file: reason.event.place.file.name, ...reason.event.place.position() },
          decided: reason.findings.map(({ text, place: at, within, values, holds }) => ({
            text,
            holds,
            values,
            within,
            file: at.file.name,
            ...at.position(),
          })),
        }),
  };
}

import { basename } from "./names.ts";
import type { Finding, Reason } from "./reason.ts";
import type { CaseResult, FileReport } from "./run.ts";
import type { Problem } from "./run-case.ts";

/** Adds color to text, or leaves it unchanged. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
  strong(text: string): string;
}

export const plain: Paint = { good: same, bad: same, faint: same, strong: same };

function same(text: string): string {
  return text;
}

/** Formats results as text. */
export function textReport(reports: readonly FileReport[], paint: Paint, everyCase: boolean): string {
  return reports.map((report) => fileText(report, paint, everyCase)).join("");
}

function fileText({ test, rules, errors, cases }: FileReport, paint: Paint, everyCase: boolean): string {
  const failed = cases.filter(({ problems }) => problems.length > 0).length;
  const wrong = failed + test.faults.length + errors.length;
  const mark = wrong === 0 ? paint.good("ok  ") : paint.bad("FAIL");
  let out = `${mark} ${test.file.name} ${paint.faint(
    summary(
      cases.length,
      failed,
      rules.map(({ name }) => basename(name)),
    ),
  )}\n`;
  for (const { file, line, column, message, code } of errors)
    out += `     ${file}:${line}:${column}: ${message} [${code}]\n`;
  for (const { message, place } of test.faults) out += `     ${at(place)}: ${message}\n`;
  for (const result of cases) if (everyCase || result.problems.length > 0) out += caseText(result, paint);
  return out;
}

function summary(cases: number, failed: number, rules: readonly string[]): string {
  const counts = failed === 0 ? `${cases} ${cases === 1 ? "case" : "cases"}` : `${failed} of ${cases} cases failed`;
  return `(${counts}, ${rules.join(", ")})`;
}

function caseText({ test, problems }: CaseResult, paint: Paint): string {
  if (problems.length === 0) return `  ${paint.good("✓")} ${test.name}\n`;
  let out = `  ${paint.bad("✗")} ${paint.strong(test.name)}\n`;
  for (const problem of problems) out += indent(problemText(problem, paint), 4);
  return out;
}

/** Formats a problem as several lines of text. */
export function problemText({ message, place, reason, differences, kind }: Problem, paint: Paint): string {
  let out = `${at(place)}: ${message}\n`;
  for (const { subject, expected, found } of differences) {
    out += `  ${subject}\n    ${paint.good(`expected ${expected}`)}\n    ${paint.bad(`found    ${found}`)}\n`;
  }
  return reason === undefined ? out : out + reasonText(reason, kind === "fired", paint);
}

/** Maximum number of findings in a report. */
const MAX_FINDINGS = 12;

function reasonText({ event, findings }: Reason, fired: boolean, paint: Paint): string {
  const shown = findings.slice(0, MAX_FINDINGS);
  let out = fired
    ? `  True at ${event.name} (${at(event.place)}):\n`
    : `  Closest event: ${event.name} (${at(event.place)}), decided by:\n`;
  const width = Math.min(60, Math.max(0, ...shown.map(({ text }) => text.length)));
  for (const [i, finding] of shown.entries()) {
    out += fired ? heldText(finding, width, paint) : decidedText(finding, i === 0, paint);
  }
  if (findings.length > shown.length) out += `    … and ${findings.length - shown.length} more\n`;
  return out;
}

function heldText({ text, place, values }: Finding, width: number, paint: Paint): string {
  return `    ${text.padEnd(width)}   ${paint.faint(`${values.join(", ")}   (${at(place)})`)}\n`;
}

function decidedText({ text, place, within, values, holds }: Finding, first: boolean, paint: Paint): string {
  const from = within === "" ? "" : `, ${within}`;
  const line = `${text} is ${holds}`;
  const where = paint.faint(`${values.join(", ")}   (${at(place)}${from})`);
  return `  ${first ? "→" : " "} ${first ? paint.strong(line) : line}   ${where}\n`;
}

function at(place: Problem["place"]): string {
  const { line, column } = place.position();
  return `${place.file.name}:${line}:${column}`;
}

function indent(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, " ".repeat(by));
}

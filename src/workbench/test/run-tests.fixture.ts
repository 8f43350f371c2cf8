import type { Coverage } from "./coverage.ts";
import { documentFileEvents } from "./document-file-events.ts";
import { type CaseResult, type FileReport, runTestFile } from "./run.ts";
import { readTestFile } from "./test-file.ts";

/** Runs the text of a test file against the text of a rule file. */
export async function runTests(rules: string, tests: string, coverage?: Coverage): Promise<FileReport> {
  const test = await readTestFile({ name: "r.test.yaml", text: tests });
  return runTestFile(test, [{ name: "r.yaml", text: rules }], {
    only: () => true,
    coverage,
    capture: (slice, source) => documentFileEvents(slice.file, slice, source),
  });
}

/** Runs a single case. */
export async function runOneCase(rules: string, body: string): Promise<CaseResult> {
  const indented = body.trimEnd().replace(/\n/g, "\n    ");
  const { cases, test, errors } = await runTests(rules, `cases:\n  - name: it\n    ${indented}\n`);
  if (errors.length > 0) throw new Error(errors[0]!.message);
  if (test.faults.length > 0) throw test.faults[0];
  return cases[0]!;
}

/** Returns the text of a rule. */
export function rule(name: string, condition: string, output = "-", source = "syscall"): string {
  return `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: ${JSON.stringify(output)}\n  priority: NOTICE\n${source === "syscall" ? "" : `  source: ${source}\n`}`;
}

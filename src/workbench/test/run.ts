import { SYSCALL } from "../../field/sources.ts";
import type { Diagnostic } from "../../rule/diagnostic.ts";
import type { RuleFile } from "../../rule/location.ts";
import { type Bench, loadBench } from "../bench.ts";
import { TestFault } from "../reading.ts";
import { type CaseEvents, scriptedEvents } from "./case-events.ts";
import type { Coverage } from "./coverage.ts";
import { documentEvents } from "./document-events.ts";
import { replacementFile } from "./replacement.ts";
import { checkAlerts, type ResponseSimulator } from "./responses.ts";
import { type Problem, runCase } from "./run-case.ts";
import type { CaptureSlice, TestCase, TestFile } from "./test-file.ts";

export interface CaseResult {
  readonly test: TestCase;
  readonly problems: readonly Problem[];
  readonly fired: readonly string[];
  readonly milliseconds: number;
}

export interface FileReport {
  readonly test: TestFile;
  readonly rules: readonly RuleFile[];
  /** Errors in the rules that prevented the run. */
  readonly errors: readonly Diagnostic[];
  readonly cases: readonly CaseResult[];
}

export interface RunOptions {
  /** Selects cases by name. */
  readonly only: (name: string) => boolean;
  /** Opens the capture of a case. */
  readonly capture: (slice: CaptureSlice, source: string) => CaseEvents | Promise<CaseEvents>;
  /** Collects coverage; undefined: coverage is not measured. */
  readonly coverage: Coverage | undefined;
  /** Response rules under test. */
  readonly responses?: ResponseSimulator;
}

/** Runs the cases of a test file against rule files. */
export async function runTestFile(
  test: TestFile,
  rules: readonly RuleFile[],
  { only, capture, coverage, responses }: RunOptions,
): Promise<FileReport> {
  const sources = [...new Set(test.cases.map(({ source }) => source))];
  const { bench, results } = await loadBench(rules, sources, responses?.fields);
  const errors = results.flatMap((result) => result.errors);
  if (bench === undefined) return { test, rules, errors, cases: [] };
  const base = bench;
  coverage?.expect(base, rules);
  const benches = new Map<string, Bench | Problem>();
  const cases: CaseResult[] = [];
  for (const one of test.cases) {
    if (!only(one.name)) continue;
    const begin = performance.now();
    const result = await resultOf(one);
    cases.push({ test: one, ...result, milliseconds: performance.now() - begin });
  }
  return { test, rules, errors: [], cases };

  async function resultOf(one: TestCase): Promise<Pick<CaseResult, "problems" | "fired">> {
    try {
      if (one.does !== undefined && responses === undefined)
        throw new TestFault(
          '"does" requires response rules: list their files in "responses" of the test file.',
          one.place,
        );
      if (one.alerts !== undefined && one.does !== undefined && responses !== undefined)
        return { problems: checkAlerts(one.alerts, one.does, one.place, responses, one.time), fired: [] };
      const own = await benchFor(one);
      if ("message" in own) return { problems: [own], fired: [] };
      const events = one.capture === undefined ? eventsOf(one) : await capture(one.capture, one.source);
      return runCase(one, events, own, coverage?.look(own, one, rules), responses);
    } catch (error) {
      if (!(error instanceof TestFault)) throw error;
      return { problems: [faultProblem(error)], fired: [] };
    }
  }

  /** Returns the rules with the replacements of a case. */
  async function benchFor(one: TestCase): Promise<Bench | Problem> {
    const more = replacementFile(one.with, base.definitions, `"with" of ${test.file.name}`);
    if (more === undefined) return base;
    const known = benches.get(more.text);
    if (known !== undefined) return known;
    const ready = await loadBench([...rules, more], sources, responses?.fields);
    const [first] = ready.results.flatMap((result) => result.errors);
    const message = `Invalid "with": ${first?.message}`;
    const made = ready.bench ?? faultProblem(new TestFault(message, one.with[0]?.place ?? one.place));
    benches.set(more.text, made);
    return made;
  }
}

function eventsOf(test: TestCase): CaseEvents {
  return test.source === SYSCALL ? scriptedEvents(test) : documentEvents(test);
}

export function faultProblem({ message, place }: TestFault): Problem {
  return { kind: "fault", place, message, rule: undefined, reason: undefined, differences: [] };
}

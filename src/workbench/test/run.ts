import { SYSCALL } from "../../field/sources.ts";
import type { Diagnostic } from "../../rule/diagnostic.ts";
import type { RuleFile } from "../../rule/location.ts";
import { type Bench, readyBench } from "../bench.ts";
import { TestFault } from "../reading.ts";
import type { Coverage } from "./coverage.ts";
import { documentScene } from "./document-scene.ts";
import { judgeAlerts, type ResponseTrial } from "./does.ts";
import { judge, type Problem } from "./judge.ts";
import { replacementFile } from "./replacement.ts";
import { type Scene, scriptedScene } from "./scene.ts";
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
  /** Why nothing of the file could be run: mistakes in the rules. */
  readonly errors: readonly Diagnostic[];
  readonly cases: readonly CaseResult[];
}

export interface RunOptions {
  /** Which cases to run. */
  readonly only: (name: string) => boolean;
  /** Opens a recording that a case names. */
  readonly capture: (slice: CaptureSlice, source: string) => Scene | Promise<Scene>;
  /** Takes in what the cases decide of the rules; undefined where nobody asks. */
  readonly coverage: Coverage | undefined;
  /** The response rules that the file is about. */
  readonly responses?: ResponseTrial;
}

/** Runs the cases of a test file against rule files. */
export async function runTestFile(
  test: TestFile,
  rules: readonly RuleFile[],
  { only, capture, coverage, responses }: RunOptions,
): Promise<FileReport> {
  const sources = [...new Set(test.cases.map(({ source }) => source))];
  const { bench, results } = await readyBench(rules, sources, responses?.fields);
  const errors = results.flatMap((result) => result.errors);
  if (bench === undefined) return { test, rules, errors, cases: [] };
  const base = bench;
  coverage?.expect(base, rules);
  const benches = new Map<string, Bench | Problem>();
  const cases: CaseResult[] = [];
  for (const one of test.cases) {
    if (!only(one.name)) continue;
    const begin = performance.now();
    const result = await runCase(one);
    cases.push({ test: one, ...result, milliseconds: performance.now() - begin });
  }
  return { test, rules, errors: [], cases };

  async function runCase(one: TestCase): Promise<Pick<CaseResult, "problems" | "fired">> {
    try {
      if (one.does !== undefined && responses === undefined)
        throw new TestFault(
          '"does" is about response rules: name their files with "responses" of the file.',
          one.place,
        );
      if (one.alerts !== undefined && one.does !== undefined && responses !== undefined)
        return { problems: judgeAlerts(one.alerts, one.does, one.place, responses, one.time), fired: [] };
      const own = await benchFor(one);
      if ("message" in own) return { problems: [own], fired: [] };
      const scene = one.capture === undefined ? writtenScene(one) : await capture(one.capture, one.source);
      return judge(one, scene, own, coverage?.look(own, one, rules), responses);
    } catch (error) {
      if (!(error instanceof TestFault)) throw error;
      return { problems: [faultProblem(error)], fired: [] };
    }
  }

  /** The rules with what the case puts in place of some of them. */
  async function benchFor(one: TestCase): Promise<Bench | Problem> {
    const more = replacementFile(one.with, base.definitions, `"with" of ${test.file.name}`);
    if (more === undefined) return base;
    const known = benches.get(more.text);
    if (known !== undefined) return known;
    const ready = await readyBench([...rules, more], sources, responses?.fields);
    const [first] = ready.results.flatMap((result) => result.errors);
    const message = `"with" can't be put into the rules: ${first?.message}`;
    const made = ready.bench ?? faultProblem(new TestFault(message, one.with[0]?.place ?? one.place));
    benches.set(more.text, made);
    return made;
  }
}

function writtenScene(test: TestCase): Scene {
  return test.source === SYSCALL ? scriptedScene(test) : documentScene(test);
}

export function faultProblem({ message, place }: TestFault): Problem {
  return { kind: "fault", place, message, rule: undefined, reason: undefined, differences: [] };
}

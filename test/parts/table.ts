import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";
import { isWholeDrill } from "../guest/whole-drill.ts";
import { allowedSkips } from "./allowed-skips.ts";
import { includesKubernetes } from "./kubernetes/parts.ts";
import { parts } from "./parts.ts";
import { type FailedTest, forbiddenSkips, type Outcome, tableOf } from "./summary.ts";

/**
 * Ends a run with a table of the parts that its tests need (test/parts/parts.ts). If CI is set, a skipped test that is
 * not in test/parts/allowed-skips.ts makes the run fail. Writes the failed tests to the file EYAS_TEST_FAILED, unless
 * something else failed as well.
 */
export default class Table implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[], reason: string): void {
    const root = this.#vitest?.config.root ?? process.cwd();
    // Tests that `-t` excludes are also skipped.
    const isPicked = this.#vitest?.config.testNamePattern !== undefined;
    const outcomes = modules
      .flatMap((module) =>
        [...module.children.allTests()].map((test) => outcomeOf(test, relative(root, module.moduleId))),
      )
      .filter((each): each is Outcome => each !== undefined)
      .filter(({ skipped, missing }) => !isPicked || !skipped || Object.keys(missing).length > 0);
    const table = tableOf(outcomes, parts);
    if (table.length > 0) console.log(`\n${table.join("\n")}`);
    if (!includesKubernetes()) console.log(WITHOUT_KUBERNETES);
    if (process.env.CI === "true" && !isWholeDrill) console.log(WITHOUT_KERNELS);
    const forbidden = process.env.CI === "true" ? forbiddenSkips(outcomes, allowedSkips) : [];
    const isComplete = reason !== "interrupted" && errors.length === 0 && forbidden.length === 0;
    if (process.env.EYAS_TEST_FAILED && isComplete)
      writeFileSync(process.env.EYAS_TEST_FAILED, JSON.stringify(modules.flatMap(failedTests)));
    if (forbidden.length === 0) return;
    console.log(`\nIn CI, tests may be skipped only as test/parts/allowed-skips.ts allows:`);
    for (const line of forbidden) console.log(`  ${line}`);
    process.exitCode = 1;
  }
}

const WITHOUT_KUBERNETES = `
Not part of this run: the tests that need a Kubernetes API server or Helm. CI on fewer than four processors includes them
if both have been built. To build them and run these tests: npm run test:kubernetes`;

const WITHOUT_KERNELS = `
Not part of this run: the drill on the kernels of other Debian releases. To run it: npm run test:kernels`;

function failedTests(module: TestModule): FailedTest[] {
  if (module.ok()) return [];
  const file = module.moduleId;
  const tests = [...module.children.allTests("failed")].map((test) => ({
    file,
    name: test.fullName,
    error: firstLine(test.result().errors),
  }));
  return tests.length > 0 ? tests : [{ file, error: firstLine(module.errors()) }];
}

/** Maximum number of characters of an error in the list of failed tests. */
const SHOWN = 300;

function firstLine(errors: readonly { readonly message: string }[] = []): string {
  return (
    stripVTControlCharacters(errors[0]?.message ?? "")
      .split("\n", 1)[0]
      ?.slice(0, SHOWN) ?? ""
  );
}

/** Returns the outcome of a test; undefined if the test did not finish, or if its suite failed first. */
function outcomeOf(test: TestCase, file: string): Outcome | undefined {
  const result = test.result();
  if (result.state === "pending") return undefined;
  const skipped = result.state === "skipped";
  if (skipped && test.module.errors().length > 0) return undefined;
  const metas = [test.meta()];
  for (let at = test.parent; at.type === "suite"; at = at.parent) {
    if (skipped && at.errors().length > 0) return undefined;
    metas.push(at.meta());
  }
  return {
    name: test.fullName,
    file,
    skipped,
    parts: [...new Set(metas.flatMap((meta) => meta.parts ?? []))],
    missing: skipped ? Object.assign({}, ...metas.map((meta) => meta.missing ?? {})) : {},
    note: skipped ? result.note : undefined,
  };
}

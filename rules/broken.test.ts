/** If a default rule is broken, its tests fail with a message that names the sub-condition. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { plain, problemText } from "../src/workbench/test/report.ts";
import { runTestFile } from "../src/workbench/test/run.ts";
import { readTestFile } from "../src/workbench/test/test-file.ts";

const read = (name: string) => ({
  name: `rules/${name}`,
  text: readFileSync(join(import.meta.dirname, name), "utf8"),
});
type Mistake = readonly [what: string, good: string, broken: string, named: string];

/** Mistakes in rule files, each with the message of the failing test. */
const mistakes: Readonly<Record<string, readonly Mistake[]>> = {
  "syscall.yaml": [
    ["a misspelled item", "items: [sh, bash,", "items: [shh, bash,", "proc.names intersects (shells) is false   proc.names = (sh)"],
    ["a limit that is too high", "fd.num >= 0", "fd.num >= 10", "fd.num >= 10 is false"],
    ["an inverted flag", "is_open_create = false", "is_open_create = true", "evt.is_open_create = true"],
    ["a missing exclusion", "not fd.snet in (private_networks)", "fd.sport > 0", "fd.sport > 0  "],
    ["an exception that is too broad", "values: [/speaker]", "values: [/opt/app/program]", "exception executable"],
  ],
  "k8s_audit.yaml": [
    ["a misspelled stage", "ka.stage = ResponseStarted and", "ka.stage = ResponseStartd and", "ka.stage = ResponseStartd is false"],
    ["an invalid code", "ka.response.code startswith 2", "ka.response.code startswith 20x", "ka.response.code startswith 20x is false"],
    ["a missing exclusion", "and not ka.target.namespace in (system_namespaces)\n  exceptions", "and ka.verb exists\n  exceptions", "ka.verb exists"],
    ["a missing user", "system:kube-scheduler, system:kube-proxy", "system:kube-proxy", "ka.user.name = system:kube-scheduler"],
  ],
};

describe.each(Object.entries(mistakes))("%s", (file, made) => {
  test.each(made)("%s", async (_what, part, broken, named) => {
    const good = read(file);
    expect(good.text).toContain(part);
    const rules = { ...good, text: good.text.replace(part, broken) };
    const capture = () => {
      throw new Error("no captures here");
    };
    const tests = await readTestFile(read(file.replace(".yaml", ".test.yaml")));
    const { cases, errors } = await runTestFile(tests, [rules], { only: () => true, coverage: undefined, capture });
    expect(errors).toEqual([]);
    const messages = cases.flatMap(({ problems }) => problems.map((problem) => problemText(problem, plain)));
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.join("\n")).toContain(named);
  });
});

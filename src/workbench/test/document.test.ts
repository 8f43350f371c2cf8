import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSimulator } from "../../cli/response-simulator.ts";
import { runTestFile } from "./run.ts";
import { rule, runTests } from "./run-tests.fixture.ts";
import { readTestFile } from "./test-file.ts";

const home = join(import.meta.dirname, "../../..");
const rules = { name: "rules/syscall.yaml", text: readFileSync(join(home, "rules/syscall.yaml"), "utf8") };
const blocks = readFileSync(join(home, "docs/testing-rules.md"), "utf8")
  .split("```yaml\n")
  .slice(1)
  .map((text) => text.split("\n```")[0]!);

/** Events for examples without events. */
const EVENT = "\ncases: [{name: it, events: [openat: /x], silent: []}]";

/** Completes an example to a test file; undefined if the example is not a part of a test file. */
function wholeFile(block: string): string | undefined {
  if (/^(# .*\n)?cases:/.test(block)) return block;
  if (block.startsWith("processes:") || block.startsWith("undecidable:")) return block + EVENT;
  if (block.startsWith("events:")) return caseOf(`${block}\nprocesses: {web: nginx}\nsilent: []`);
  if (block.startsWith("fds:"))
    return caseOf(`events: [openat: /x]\nprocess:\n  ${block.replaceAll("\n", "\n  ")}\nsilent: []`);
  if (block.startsWith("- name: ${")) return `cases:\n${block}`;
  return undefined;
}

function caseOf(body: string): string {
  return `cases:\n  - name: it\n    ${body.replaceAll("\n", "\n    ")}`;
}

const files = blocks
  .filter((text) => !text.includes("does:"))
  .map(wholeFile)
  .filter((text) => text !== undefined);

test("the document has examples", () => {
  expect(files.length).toBeGreaterThanOrEqual(7);
});

test.each(files)("an example in the document passes: %#", async (text) => {
  const file = await readTestFile({ name: "docs/testing-rules.md", text });
  const capture = () => {
    throw new Error("no captures here");
  };
  const { cases, errors } = await runTestFile(file, [rules], { only: () => true, coverage: undefined, capture });
  expect(errors).toEqual([]);
  expect(file.faults.map(({ message }) => message)).toEqual([]);
  expect(cases.flatMap(({ problems }) => problems.map(({ message }) => message))).toEqual([]);
  expect(cases.length).toBeGreaterThan(0);
});

/** Response rules in the document. */
const responses = `
- response: Kill the reader
  match: rule = "Credential file read by unexpected program" and priority >= warning
  actions: [host:kill]
- response: End the instance
  match: cf.app.id exists
  actions: [{action: cloud-foundry:terminate, api: https://api.example.org, client_id: eyas, client_secret: x}]
`;

test("the example for response rules passes", async () => {
  const [text = "", ...more] = blocks.filter((block) => block.includes("does:"));
  expect(more).toEqual([]);
  const { trial, errors } = await loadSimulator([{ name: "responses.yaml", text: responses }]);
  expect(errors).toEqual([]);
  const file = await readTestFile({ name: "docs/testing-rules.md", text });
  const capture = () => {
    throw new Error("no captures here");
  };
  const { cases } = await runTestFile(file, [], { only: () => true, coverage: undefined, capture, responses: trial });
  expect(file.faults.map(({ message }) => message)).toEqual([]);
  expect(cases.flatMap(({ problems }) => problems.map(({ message }) => message))).toEqual([]);
  expect(cases).toHaveLength(3);
});

/** Rules for other sources in the document. */
const others: readonly (readonly [source: string, rules: string])[] = [
  ["k8s_audit", readFileSync(join(home, "rules/k8s_audit.yaml"), "utf8")],
  [
    "suricata",
    rule(
      "High-severity alert for a server",
      "json.value[/alert/severity] = 1 and json.value[/alert/metadata/policy/0] = drop and proc.name = java",
      "-",
      "suricata",
    ),
  ],
];

test.each(others)("the example for %s passes", async (source, rules) => {
  const found = blocks.filter((text) => new RegExp(`^(# .*\n)?source: ${source}\n`).test(text));
  expect(found).toHaveLength(1);
  const { cases, test: file, errors } = await runTests(rules, found[0]!);
  expect(errors).toEqual([]);
  expect(file.faults).toEqual([]);
  expect(cases.flatMap(({ problems }) => problems.map(({ message }) => message))).toEqual([]);
});

import { expect, it } from "vitest";
import { actionOf, noLimits, responsesOf, succeeds } from "../../../test/response/scene.ts";
import { openSimulation } from "../../response/simulation.ts";
import { plain, problemText } from "./report.ts";
import { runTestFile } from "./run.ts";
import { rule } from "./run-tests.fixture.ts";
import { readTestFile } from "./test-file.ts";

const RESPONSES = `
- {response: Tell, match: priority >= warning, actions: [test:call, test:do]}
- {response: Last, match: fd.name startswith /last, actions: [test:do], continue: false}
- {response: Never reached, match: fd.name startswith /last, actions: [test:do]}
`;

/** Returns the problems of cases as text. */
async function problems(cases: string): Promise<string[]> {
  const actions = [
    actionOf(succeeds),
    actionOf(succeeds, { name: "test:call", cooldown: 0, target: () => ({ target: "all" }) }),
  ];
  const responses = await responsesOf(RESPONSES, actions);
  const text = `rules: [r.yaml]\nresponses: [responses.yaml]\ncases:\n${cases}`;
  const test = await readTestFile({ name: "r.test.yaml", text });
  if (test.faults.length > 0) return test.faults.map(({ message }) => message);
  const report = await runTestFile(
    test,
    [{ name: "r.yaml", text: rule("Read", "evt.type = openat", "read %fd.name") }],
    {
      only: () => true,
      coverage: undefined,
      capture: () => {
        throw new Error("no captures here");
      },
      responses: {
        names: responses.map(({ name }) => name),
        fields: ["fd.name", "k8s.ns.name"],
        begin: () => {
          const rehearsal = openSimulation(responses, { ...noLimits, cooldown: 60_000 }, undefined);
          return (alert, now) => rehearsal.evaluate(alert, now);
        },
      },
    },
  );
  return report.cases.map((one) => one.problems.map((problem) => problemText(problem, plain).trim()).join("\n"));
}

it("passes cases with the expected actions", async () => {
  expect(
    await problems(`
  - {name: a, alert: {rule: X, priority: warning, fields: {fd.name: /a}}, does: {Tell: [test:call, {test:do: /a}]}}
  - {name: b, alert: {rule: X, fields: {fd.name: /a}}, does: nothing}
  - {name: c, alert: {rule: X, fields: {fd.name: /last/1}}, does: {Last: {test:do: {target: {endswith: "1"}}}}}
  - {name: d, alert: {rule: X, priority: alert}, does: {Tell: {test:call: ~, test:do: {skipped: missing}}}}
  - name: e
    alerts:
      - {rule: X, fields: {fd.name: /last}}
      - {rule: X, fields: {fd.name: /last}, after: 59s}
      - {rule: X, fields: {fd.name: /last}, after: 2s}
    does: {Last: [test:do, {test:do: {skipped: cooldown}}, test:do]}
  - {name: f, events: [openat: /last/x], fires: [Read], does: {Last: {test:do: /last/x}}}
`),
  ).toEqual(["", "", "", "", "", ""]);
});

it("reports differences from the expectations with their position", async () => {
  expect(
    await problems(`
  - {name: a, alert: {rule: X, priority: warning, fields: {fd.name: /a}}, does: nothing}
  - {name: b, alert: {rule: X, fields: {fd.name: /a}}, does: {Last: test:do}}
  - {name: c, alert: {rule: X, fields: {fd.name: /last}}, does: {Last: {test:do: /first}}}
  - {name: d, alert: {rule: X, fields: {fd.name: /last}}, does: {Last: {test:do: {skipped: cooldown}}}}
  - {name: e, alert: {rule: X, fields: {fd.name: /last}}, does: {Lats: test:do}}
  - {name: f, events: [openat: /last/x], silent: [], does: nothing}
`),
  ).toEqual([
    'r.test.yaml:5:5: Response "Tell" should run no action, but test:call on all would run, test:do on /a would run.',
    'r.test.yaml:6:63: Response "Last" should run test:do, but it does not match, or an earlier response stops the evaluation.',
    'r.test.yaml:7:73: test:do would run on a different target.\n  target\n    expected "/first"\n    found    "/last"',
    "r.test.yaml:8:73: test:do should be skipped, but would run.",
    'r.test.yaml:9:66: Response "Lats" not found; did you mean "Last"?',
    'r.test.yaml:10:5: Response "Last" should run no action, but test:do on /last/x would run.',
  ]);
});

it.each<[string, string]>([
  [
    "  - {name: a, alert: {rule: X}, fires: [Read], does: nothing}",
    '"fires" and "silent" do not apply to an alert; use "does".',
  ],
  ["  - {name: a, alert: {priority: x}, does: nothing}", ""],
  [
    "  - {name: a, alert: {rule: X}, events: [], does: nothing}",
    'A case requires either "events" or "capture" (or, for response rules only, "alert" or "alerts").',
  ],
])("an invalid case is an error: %s", async (text, expected) => {
  const [found] = await problems(text);
  if (expected === "") expect(found).toContain('An alert requires "rule".');
  else expect(found).toBe(expected);
});

import { expect, it } from "vitest";
import { alertWith } from "../../../test/response/alert.ts";
import { actionOf, succeeds } from "../../../test/response/scene.ts";
import type { Action } from "../action.ts";
import { flagParameter, numberParameter, textsParameter } from "../parameters.ts";
import { readResponses } from "./read.ts";

const terminate = actionOf(succeeds, {
  name: "kubernetes:terminate",
  continues: false,
  parameters: {
    grace_period_seconds: numberParameter("", 0, [0, 600]),
    ignore_daemonsets: flagParameter("", false),
  },
});
const policy = actionOf(succeeds, {
  name: "kubernetes:networkpolicy",
  parameters: { allow_cidr: textsParameter("", []) },
});
const label = actionOf(succeeds, {
  name: "kubernetes:label",
  parameters: {
    labels: { about: "", takes: "labels", check: (value) => (typeof value === "object" ? value : undefined) },
  },
});
const all: readonly Action[] = [terminate, policy, label];

function read(...texts: readonly string[]) {
  const actions = Object.fromEntries(all.map((action) => [action.name, async () => action]));
  const files = texts.map((text, i) => ({ name: `talon-${i + 1}.yaml`, text }));
  return readResponses(files, { actions, environment: {}, strict: true });
}

async function rightly(...texts: readonly string[]) {
  const { responses, results } = await read(...texts);
  expect(results.flatMap(({ errors }) => errors)).toEqual([]);
  return responses;
}

const RULES = `
- action: Terminate Pod
  actionner: kubernetes:terminate
  parameters:
    grace_period_seconds: 5
    ignore_daemonsets: true
- action: Label Pod as Suspicious
  actionner: kubernetes:label
  parameters:
    labels:
      analysis/status: "suspicious"
- rule: Suspicious outbound connection
  description: Label and terminate
  match:
    rules:
      - Unexpected outbound connection destination
    output_fields:
      - k8s.ns.name!=kube-system, k8s.ns.name!=falco
      - proc.name="nc"
    priority: ">=Notice"
    tags: [network, "mitre, T1071"]
    source: syscall
  actions:
    - action: Label Pod as Suspicious
      ignore_errors: "true"
    - action: Terminate Pod
      parameters: {grace_period_seconds: 2}
    - action: Deny the rest
      actionner: kubernetes:networkpolicy
      parameters: {allow_cidr: ["10.0.0.0/8"]}
  continue: "false"
`;

it("a file of Talon loads unchanged: reusable actions, and those of a rule", async () => {
  const [response, ...others] = await rightly(RULES);
  expect(others).toEqual([]);
  expect(response).toMatchObject({ name: "Suspicious outbound connection", continues: false, dryRun: false });
  expect(
    response!.actions.map(({ action, parameters, continues, ignoresErrors }) => [
      ...[action.name, parameters, continues, ignoresErrors],
    ]),
  ).toEqual([
    ["kubernetes:label", { labels: { "analysis/status": "suspicious" } }, true, true],
    ["kubernetes:terminate", { grace_period_seconds: 2, ignore_daemonsets: true }, false, false],
    ["kubernetes:networkpolicy", { allow_cidr: ["10.0.0.0/8"] }, true, false],
  ]);
  expect(response!.condition).toBe(
    'rule in ("Unexpected outbound connection destination") and source = "syscall" and priority >= notice and ' +
      '(tags intersects ("network") or tags intersects ("mitre") and tags intersects ("T1071")) and ' +
      '(not k8s.ns.name = "kube-system" and not k8s.ns.name = "falco" or proc.name = "nc")',
  );
});

it.each<[string, Parameters<typeof alertWith>, boolean]>([
  ["all conditions match", [{ "k8s.ns.name": "shop" }, { tags: ["network"] }], true],
  ["a missing field matches !=", [{}, { tags: ["mitre", "T1071"] }], true],
  ["one entry of a list is enough", [{ "k8s.ns.name": "falco", "proc.name": "nc" }, { tags: ["network"] }], true],
  ["all parts of an entry must match", [{ "k8s.ns.name": "falco" }, { tags: ["network"] }], false],
  ["all tags of an entry must match", [{}, { tags: ["mitre"] }], false],
  ["an excluded value does not match", [{ "k8s.ns.name": "kube-system" }, { tags: ["network"] }], false],
  ["a more severe one", [{}, { tags: ["network"], priority: "Critical" }], true],
  ["a less severe one", [{}, { tags: ["network"], priority: "Debug" }], false],
  ["another source", [{}, { tags: ["network"], source: "k8s_audit" }], false],
  ["another rule", [{}, { tags: ["network"], rule: "unexpected outbound connection destination" }], false],
])("Talon's matching: %s", async (_, [fields, changes], expected) => {
  const [response] = await rightly(RULES);
  const rule = "Unexpected outbound connection destination";
  expect(response!.matches(alertWith(fields, { rule, ...changes }))).toBe(expected);
});

it("entries of the same name are merged across files: lists are concatenated, other values replaced", async () => {
  const [response] = await rightly(
    RULES,
    `
- action: Label Pod as Suspicious
  parameters: {labels: {more: "1"}}
- rule: Suspicious outbound connection
  dry_run: "true"
  match:
    rules: [Another rule]
    priority: Critical
  actions:
    - action: Last
      actionner: kubernetes:terminate
`,
  );
  expect(response).toMatchObject({ description: "Label and terminate", continues: false, dryRun: true });
  expect(response!.actions.map(({ action }) => action.name)).toEqual([
    ...["kubernetes:label", "kubernetes:terminate", "kubernetes:networkpolicy", "kubernetes:terminate"],
  ]);
  expect(response!.actions[0]!.parameters).toEqual({ labels: { "analysis/status": "suspicious", more: "1" } });
  expect(response!.condition).toContain('rule in ("Unexpected outbound connection destination", "Another rule")');
  expect(response!.condition).toContain("priority = critical and (tags");
});

it.each<[string, string]>([
  [
    "- rule: R\n  match: {rules: [x]}\n  actions:\n    - action: A\n      actionner: kubernetes:termniate",
    '5:18 Unknown actionner "kubernetes:termniate". Did you mean "kubernetes:terminate"?',
  ],
  [
    "- rule: R\n  match: {rules: [x]}\n  actions:\n    - action: Terminate",
    '4:15 Unknown action "Terminate" without actionner',
  ],
  ["- rule: R\n  match: {rule: [x]}\n  actions: []", '2:11 Unknown key "rule" in "match". Did you mean "rules"?'],
  [
    "- rule: R\n  match: {priority: severe}\n  actions: []",
    '2:21 Invalid priority "severe": use one of Emergency, Alert, Critical, Error, Warning, Notice, Informational, Debug, with an optional <, <=, > or >=',
  ],
  [
    "- rule: R\n  match: {output_fields: [proc.name]}\n  actions: []",
    '2:26 Invalid output field "proc.name": use = or !=',
  ],
  ["- rule: R\n  match: {rules: [x]}", "no such rule"],
])("an error in a file of Talon has a location: %j", async (text, expected) => {
  const { results } = await read(text);
  const [first] = results[0]!.errors;
  if (expected === "no such rule") expect(first!.message).toBe('The rule "R" has no actions');
  else expect(`${first!.line}:${first!.column} ${first!.message}`).toBe(expected);
});

it("an unknown parameter is a warning", async () => {
  const { responses, results } = await read(
    "- rule: R\n  match: {rules: [x]}\n  actions:\n    - {action: B, actionner: kubernetes:terminate, parameters: {force: true}}",
  );
  expect(responses.map(({ actions }) => actions.map(({ action }) => action.name))).toEqual([["kubernetes:terminate"]]);
  expect(results[0]!.errors).toEqual([]);
  expect(results[0]!.warnings.map(({ line, message }) => `${line} ${message}`).sort()).toEqual([
    '4 kubernetes:terminate has no parameter "force"',
  ]);
});

it("unsupported and unknown keys are warnings", async () => {
  const { responses, results } = await read(
    "- rule: R\n  match: {rules: [x]}\n  outputs: [slack]\n  actions:\n    - {action: A, actionner: kubernetes:terminate, output: {target: x}}",
  );
  expect(responses).toHaveLength(1);
  expect(results[0]!.warnings.map(({ line }) => line).sort()).toEqual([3, 5]);
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadValidResponses } from "../../agent/responses/response-rules.ts";
import { loadConfig } from "../../config/load.ts";
import { receivers } from "../../output/list.ts";
import { actions } from "../list.ts";
import { CLUSTER_EVENTS, notifierNames, notifierParameters } from "../notifier/list.ts";
import { readResponses } from "./read.ts";
import { talonActions } from "./talon-names.ts";
import { talonParameters } from "./talon-parameters.ts";
import {
  misleading,
  referenceActions,
  referenceContexts,
  referenceNotifiers,
  referenceOutputs,
  withContexts,
  withOutput,
} from "./talon-reference.fixture.ts";

const output = (target: string): string => `{target: "${target}", parameters: ${referenceOutputs[target]}}`;

/** Values for required parameters besides the tested one. */
function requiredFor(action: string): Readonly<Record<string, string>> {
  const required = ["labels", "annotations", "command", "script", "file"].concat([
    "aws_lambda_name",
    "gcp_function_name",
    "gcp_function_location",
  ]);
  const all = Object.entries(referenceActions[action] ?? {});
  return Object.fromEntries(all.filter(([name]) => required.includes(name)));
}

/** Reads a Talon rule with an action. Returns its validated parameters and the printed messages. */
async function read(action: string, parameters: Readonly<Record<string, string>>, more = "") {
  const given = Object.entries(parameters).map(([name, value]) => `${name}: ${value}`);
  const text = `
- rule: R
  match: {rules: [x]}
  actions:
    - action: A
      actionner: ${action}
      parameters: {${given.join(", ")}}${more}
`;
  const options = { actions, environment: {}, strict: true, shared: {} };
  const { responses, results } = await readResponses([{ name: "talon.yaml", text }], options);
  const [{ errors, warnings } = { errors: [], warnings: [] }] = results;
  return {
    parameters: responses[0]?.actions[0]?.parameters,
    lines: [...errors, ...warnings].map(({ line, message }) => `${line}: ${message}`),
  };
}

const required = (action: string): string =>
  action !== "kubernetes:log" && withOutput.some((name) => name === action)
    ? `\n      output: ${output("local:file")}`
    : "";

test("the list has the 17 actions of Talon, and each exists", () => {
  expect(Object.keys(referenceActions)).toHaveLength(17);
  expect([...talonActions].sort()).toEqual(Object.keys(referenceActions).sort());
  for (const action of talonActions) expect(actions).toHaveProperty([action]);
});

const cases = Object.entries(referenceActions).flatMap(([action, parameters]) =>
  Object.entries(parameters).map(([name, value]) => [action, name, value] as const),
);

test("the list has the 42 parameters of these actions", () => {
  expect(cases).toHaveLength(42);
});

test.each(cases)("%s with %s: %s works, or a warning names the replacement", async (action, name, value) => {
  const usual = await read(action, requiredFor(action), required(action));
  expect(usual.lines).toEqual([]);
  const { parameters, lines } = await read(action, { ...requiredFor(action), [name]: value }, required(action));
  const absent = talonParameters[action]?.[name];
  if (absent === undefined) {
    expect(lines).toEqual([]);
    expect(parameters).toHaveProperty(name);
    if (requiredFor(action)[name] === undefined) expect(parameters?.[name]).not.toEqual(usual.parameters?.[name]);
  } else {
    expect(lines).toEqual([`7: "${name}" of ${action} is not used. ${absent.use}`]);
    expect(absent.use).toMatch(/\. (?:Use [a-z]|Remove this parameter$)/);
  }
});

test.each(misleading)(
  "%s with %s, which has no effect, causes a warning that names the replacement",
  async (action, name, value) => {
    const { parameters, lines } = await read(action, { [name]: value }, required(action));
    expect(parameters).not.toHaveProperty(name);
    expect(lines).toEqual([`7: "${name}" of ${action} is not used. ${talonParameters[action]?.[name]?.use}`]);
    expect(lines[0]).toMatch(/ Use [a-z`]/);
  },
);

test.each([
  ["kubernetes:log", "tail_lines", "0", 20],
  ["kubernetes:tcpdump", "duration", "0", 5],
  ["kubernetes:tcpdump", "snaplen", "0", 4096],
  ["kubernetes:tcpdump", "snaplen", "32", 32],
  ["kubernetes:sysdig", "duration", "0", 5],
  ["kubernetes:sysdig", "buffer_size", "0", 2048],
  ["kubernetes:sysdig", "buffer_size", "100000", 100_000],
  ["kubernetes:sysdig", "scope", '""', "pod"],
  ["kubernetes:label", "level", '""', "pod"],
  ["kubernetes:terminate", "min_healthy_replicas", '""', undefined],
  ["kubernetes:terminate", "grace_period_seconds", "0", 0],
  ["kubernetes:exec", "shell", '""', "/bin/sh"],
  ["kubernetes:script", "file", '""', undefined],
  ["aws:lambda", "aws_lambda_alias_or_version", '""', "$LATEST"],
  ["gcp:function", "gcp_function_timeout", "0", 30],
  ["calico:networkpolicy", "order", "-5", -5],
] as const)("%s accepts the value of Talon %s: %s", async (action, name, text, value) => {
  const { parameters, lines } = await read(action, { ...requiredFor(action), [name]: text }, required(action));
  expect(lines).toEqual([]);
  expect(parameters?.[name]).toBe(value);
});

test.each(Object.keys(referenceActions))("%s names an unknown parameter", async (action) => {
  const { lines } = await read(action, { ...requiredFor(action), unheard_of: "1" }, required(action));
  expect(lines).toEqual([`7: ${action} has no parameter "unheard_of"`]);
});

test.each(withOutput.flatMap((action) => Object.keys(referenceOutputs).map((target) => [action, target] as const)))(
  "%s stores in %s",
  async (action, target) => {
    const { parameters, lines } = await read(action, requiredFor(action), `\n      output: ${output(target)}`);
    expect(lines).toEqual([]);
    expect(parameters).toMatchObject({ output: { target } });
  },
);

test.each(Object.keys(referenceActions))(
  "%s uses output and additional_contexts, or a warning names them",
  async (action) => {
    const more = `\n      output: ${output("local:file")}\n      additional_contexts: [${referenceContexts.join(", ")}]`;
    const { parameters, lines } = await read(action, requiredFor(action), more);
    for (const key of ["output", "additional_contexts"]) {
      const isUsed = parameters?.[key] !== undefined;
      expect(lines.filter((line) => line.includes(`"${key}" is not used`))).toHaveLength(isUsed ? 0 : 1);
    }
    if (withOutput.some((name) => name === action)) expect(parameters).toHaveProperty("output");
    if (withContexts.some((name) => name === action) && action.startsWith("kubernetes:"))
      expect(parameters).toHaveProperty("additional_contexts", [...referenceContexts]);
  },
);

const parametersOf = (names: string): readonly string[] => names.split(" ").filter((name) => name !== "");

test("the list has the 6 notifiers of Talon with all their 31 parameters", () => {
  const listed = Object.entries(referenceNotifiers).map(([name, names]) => [name, [...parametersOf(names)].sort()]);
  expect(listed.flatMap(([, names]) => names)).toHaveLength(31);
  const known = Object.entries(notifierParameters).map(([name, keys]) => [name, Object.keys(keys).sort()]);
  expect(Object.fromEntries(known)).toEqual(Object.fromEntries(listed));
  expect([...notifierNames].sort()).toEqual(Object.keys(referenceNotifiers).sort());
});

test.each(Object.entries(notifierParameters))(
  "the parameters of %s are keys of its output, or name a replacement",
  (name, all) => {
    const output = receivers.find((each) => each.name === name);
    for (const { key, use } of Object.values(all)) {
      if (key === undefined) expect(use).toMatch(/./);
      else expect(output?.keys).toHaveProperty([key]);
    }
  },
);

test.each(notifierNames)(
  "a rule can have the notifier %s, and loading the rule prints a warning if the output is disabled",
  async (name) => {
    const rules = join(mkdtempSync(join(tmpdir(), "eyas-talon-")), "rules.yaml");
    writeFileSync(
      rules,
      `- rule: R\n  match: {rules: [x]}\n  notifiers: [${name}]\n  actions: [{action: A, actionner: kubernetes:cordon}]\n`,
    );
    const { config } = await loadConfig(undefined, [`journal.enabled=true`]);
    const { responses, remarks } = await loadValidResponses([rules], config, true);
    rmSync(rules);
    expect(responses[0]?.notifiers).toEqual([name]);
    const key = receivers.find((each) => each.name === name)?.enabledBy;
    const line = `${rules}:1:3: The notifier ${name} of the rule "R" is disabled. Set outputs.${name}.${key}`;
    expect(remarks).toEqual(name === CLUSTER_EVENTS ? [] : [line]);
  },
);

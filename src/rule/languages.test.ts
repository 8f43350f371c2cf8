import { describe, expect, test } from "vitest";
import { DocumentEngine } from "../engine/document-engine.ts";
import type { JsonObject } from "../event/document.ts";
import { plainPrinting } from "../field/print.ts";
import { Machine } from "../machine/machine.ts";
import { openInbox } from "../source/inbox.ts";
import { openLanguages } from "./languages.ts";
import { loadRules } from "./load.ts";
import { buildRuleset } from "./ruleset.ts";

async function load(items: readonly object[], sources: readonly string[] = []) {
  const languages = openLanguages({ printing: plainPrinting, sources });
  const files = [{ name: "rules.yaml", text: JSON.stringify(items) }];
  const { rules, results } = await loadRules(files, languages.language, {
    sources: languages,
    extraOutputs: [],
    results: "each",
  });
  const codes = results.flatMap(({ errors, warnings }) => [...errors, ...warnings].map(({ code }) => code));
  const messages = results.flatMap(({ errors }) => errors.map(({ message }) => message));
  return { rules, codes, messages, ready: [...languages.ready()] };
}

const rule = (source: string | undefined, condition: string, output = "o"): object => ({
  rule: `${source} ${condition}`,
  desc: "d",
  condition,
  output,
  priority: "INFO",
  ...(source !== undefined && { source }),
});

describe("the vocabulary of a rule", () => {
  test("is the vocabulary of its source", async () => {
    const both = [rule(undefined, "evt.type = open"), rule("k8s_audit", "ka.verb = get", "%ka.uri %jevt.value[/a]")];
    expect(await load(both)).toMatchObject({ codes: [], ready: ["syscall", "k8s_audit"] });
    const { messages } = await load([rule(undefined, "ka.verb = get"), rule("k8s_audit", "evt.type = open")]);
    expect(messages).toEqual([
      expect.stringContaining('Unknown field "ka.verb"'),
      expect.stringContaining('Unknown field "evt.type"'),
    ]);
  });

  test("is loaded for the sources that files name", async () => {
    expect((await load([rule(undefined, "evt.type = open")])).ready).toEqual(["syscall"]);
  });

  test("is unknown for an unknown source: the rule is skipped, with a warning", async () => {
    const { rules, codes } = await load([rule("okta", "json.value[/a] = b"), rule(undefined, "evt.type = open")]);
    expect([rules.length, codes]).toEqual([1, ["LOAD_UNKNOWN_SOURCE"]]);
    expect((await load([rule("shop", "json.value[/a] = b")], ["shop"])).rules).toHaveLength(1);
  });

  test("allows exceptions with fields of the source", async () => {
    const excepted = (field: string) => ({
      ...rule("k8s_audit", "ka.verb = get"),
      exceptions: [{ name: "e", fields: [field], comps: ["="], values: [["x"]] }],
    });
    expect((await load([excepted("ka.user.name")])).codes).toEqual([]);
    expect((await load([excepted("proc.name")])).codes).toEqual(["LOAD_ERR_VALIDATE"]);
  });
});

test("a file can require the Falco plugins for audit events", async () => {
  const needs = (name: string, version: string) => ({ required_plugin_versions: [{ name, version }] });
  const audit = { name: "k8saudit", version: "0.18.0", alternatives: [{ name: "k8saudit-eks", version: "0.12.0" }] };
  expect((await load([{ required_plugin_versions: [audit, { name: "json", version: "0.7.0" }] }])).codes).toEqual([]);
  expect((await load([needs("k8saudit", "0.99.0")])).codes).toEqual(["LOAD_ERR_VALIDATE"]);
});

describe("conditions on lists in documents", () => {
  const document: JsonObject = { auditID: "1", requestObject: { rules: [{ resources: ["pods", "pods/exec"] }] } };
  const matches = async (condition: string): Promise<boolean> => {
    const { rules, codes } = await load([rule("k8s_audit", condition)]);
    expect(codes).toEqual([]);
    const inbox = openInbox("k8s_audit", { most: 1 });
    inbox.offer([{ time: 1n, value: document }]);
    let found = 0;
    new DocumentEngine(inbox, new Machine(), buildRuleset(rules, "all"), () => found++).drain();
    return found > 0;
  };

  test.each([
    ["ka.req.role.rules.resources in (pods, pods/exec)", true],
    ["ka.req.role.rules.resources in (pods)", false],
    ["ka.req.role.rules.resources intersects (pods)", true],
    ['ka.req.role.rules.resources contains "pods/exec"', true],
    ["ka.req.role.rules.resources startswith pods/", true],
    ["ka.req.role.rules.resources endswith /log", false],
    ["ka.req.role.rules.resources glob *exec", true],
    ["not ka.req.role.rules.resources contains secrets", true],
    ["ka.req.role.rules.verbs exists", false],
  ])("%s: %s", async (condition, holds) => {
    expect(await matches(condition)).toBe(holds);
  });

  test("do not support =", async () => {
    const { codes } = await load([rule("k8s_audit", "ka.req.role.rules.resources = pods")]);
    expect(codes).toEqual(["LOAD_ERR_COMPILE_CONDITION"]);
  });
});

test("an append creates a list that only conditions use", async () => {
  const appended = { list: "trusted", items: ["nginx"], override: { items: "append" } };
  const named = rule("k8s_audit", "not ka.req.pod.containers.image.repository in (trusted)");
  expect((await load([named, appended])).codes).toEqual(["LOAD_UNKNOWN_ITEM"]);
  expect((await load([appended])).codes).toEqual(["LOAD_ERR_VALIDATE"]);
  expect((await load([rule("k8s_audit", "ka.verb = trusted_not"), appended])).codes).toEqual(["LOAD_ERR_VALIDATE"]);
});

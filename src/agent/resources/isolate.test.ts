import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { RuleResource } from "../../context/kubernetes/rule-resources.ts";
import { Failure } from "../failure.ts";
import { load } from "../load/load.ts";
import { tryLoad } from "../load/trial.ts";
import { type Attempt, isolate, type LoadedResources, type ResourceSet } from "./isolate.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-isolate-"));
afterAll(() => rmSync(folder, { recursive: true }));

const rule = (name: string, condition: string): string =>
  `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: x\n  priority: INFO\n`;

const OPEN = "evt.type = open";

function resource(name: string, text: string, generation = 1, order = 0): RuleResource {
  return { name, uid: `uid-${name}`, generation, order, text };
}

function setOf(wanted: readonly RuleResource[], inUse: readonly RuleResource[] = []): ResourceSet {
  return { wanted, inUse: new Map(inUse.map((each) => [each.name, each])) };
}

/** An attempt that loads a rule file and then resources with the real loader. */
function loading(ruleFile = rule("file", OPEN), exceptions = "[]"): Attempt<string[]> {
  const [file, exceptionsFile] = [join(folder, "rules.yaml"), join(folder, "exceptions.yaml")];
  writeFileSync(file, ruleFile);
  writeFileSync(exceptionsFile, exceptions);
  return async (resources) => {
    const option = ["kubernetes.rules_resources=true", `web_page.exceptions_file=${exceptionsFile}`];
    const { rules } = await load({ rules: [file], option, resources });
    return rules.loaded.rules.map(({ name }) => name);
  };
}

/** Versions in use as `NAME GENERATION`, and reasons by name. */
function summary({ inUse, rejected }: LoadedResources) {
  return {
    inUse: inUse.map(({ name, generation }) => `${name} ${generation}`),
    rejected: Object.fromEntries(rejected.map(({ resource, reason }) => [resource.name, reason])),
  };
}

test("resources are loaded after rule files, in order", async () => {
  const wanted = [resource("b", rule("b", OPEN), 1, -1), resource("a", rule("a", OPEN))];
  const [rules, resources] = await isolate(setOf(wanted), loading());
  expect(rules).toEqual(["file", "b", "a"]);
  expect(summary(resources)).toEqual({ inUse: ["b 1", "a 1"], rejected: {} });
});

test("resources with errors are left out, or keep the version in use", async () => {
  const wanted = [
    resource("new", rule("new", "evt.typ = open")),
    resource("changed", "- rule: [", 2),
    resource("valid", rule("valid", OPEN), 2),
  ];
  const inUse = [resource("changed", rule("changed", OPEN)), resource("valid", rule("before", OPEN))];
  const [rules, resources] = await isolate(setOf(wanted, inUse), loading());
  expect(rules).toEqual(["file", "changed", "valid"]);
  expect(summary(resources)).toEqual({
    inUse: ["changed 1", "valid 2"],
    rejected: {
      new: 'eyasrules/new:3:14: Unknown field "evt.typ". Did you mean "evt.type"?',
      changed: expect.stringMatching(/^eyasrules\/changed:1:\d+: /),
    },
  });
});

test("a resource that uses a macro of a rejected resource is rejected too", async () => {
  const wanted = [
    resource("macros", "- macro: opens\n  condition: evt.typ = open\n"),
    resource("user", rule("user", "opens")),
  ];
  const [rules, resources] = await isolate(setOf(wanted), loading());
  expect(rules).toEqual(["file"]);
  expect(Object.keys(summary(resources).rejected)).toEqual(["macros", "user"]);
});

test("a resource that makes a rule of a file invalid is rejected", async () => {
  const file = `- list: names\n  items: [a]\n${rule("file", `${OPEN} and proc.name in (names)`)}`;
  const wanted = [
    resource("fine", rule("fine", OPEN)),
    resource("wrong", "- rule: file\n  condition: and fd.nam = x\n  append: true\n"),
  ];
  const [rules, resources] = await isolate(setOf(wanted), loading(file));
  expect(rules).toEqual(["file", "fine"]);
  expect(summary(resources).rejected).toEqual({
    wrong: expect.stringMatching(/^eyasrules\/wrong:2:\d+: Unknown field/),
  });
});

test("an error in a rule file is not attributed to resources", async () => {
  const wanted = [resource("a", rule("a", OPEN))];
  await expect(isolate(setOf(wanted), loading(rule("file", "evt.typ = open")))).rejects.toThrow(/rules\.yaml:3:14/);
});

test("a resource that is too large keeps the version in use", async () => {
  const wanted = [{ ...resource("a", "", 2), problem: "spec.rules exceeds 1 MiB" }];
  const [rules, resources] = await isolate(setOf(wanted, [resource("a", rule("a", OPEN))]), loading());
  expect(rules).toEqual(["file", "a"]);
  expect(summary(resources)).toEqual({ inUse: ["a 1"], rejected: { a: "spec.rules exceeds 1 MiB" } });
});

test("among many resources, the resource that exceeds a limit is found, and not loaded again", async () => {
  const wanted = Array.from({ length: 40 }, (_, i) =>
    resource(`r${String(i).padStart(2, "0")}`, rule(`r${i}`, OPEN), 2),
  );
  const inUse = [resource("r29", rule("r29", OPEN))];
  let attempts = 0;
  const attempt: Attempt<number> = async (files) => {
    attempts++;
    // Only the new version of this resource.
    if (files.some(({ name, text }) => name === "eyasrules/r29" && text === wanted[29]?.text))
      throw new Failure("Cannot load the configuration or rule files: loading used more than 60 s of CPU time.");
    return files.length;
  };
  wanted[29] = resource("r29", rule("bomb", OPEN), 2);
  const [count, resources] = await isolate(setOf(wanted, inUse), attempt);
  expect(count).toBe(40);
  expect(summary(resources).rejected).toEqual({
    r29: "Cannot load the configuration or rule files: loading used more than 60 s of CPU time",
  });
  expect(summary(resources).inUse).toContain("r29 1");
  expect(attempts).toBeLessThan(14);
  attempts = 0;
  const exhausting = resources.exhausting ?? [];
  const again = await isolate({ ...setOf(wanted, resources.inUse), exhausting }, attempt);
  expect([attempts, summary(again[1]).rejected]).toEqual([1, { r29: expect.stringMatching(/exceeds a limit/) }]);
});

test("the number of attempts is bounded if many resources exceed a limit", async () => {
  const wanted = Array.from({ length: 500 }, (_, i) => resource(`r${i}`, ""));
  let attempts = 0;
  const [, resources] = await isolate(setOf(wanted), async (files) => {
    attempts++;
    if (files.length > 0) throw new Failure("too much");
    return "loaded";
  });
  expect(resources.rejected).toHaveLength(500);
  expect(attempts).toBeLessThan(30);
});

test("a real trial rejects a resource that exceeds its limits", async () => {
  const nested = `- macro: m0\n  condition: evt.type = open\n${Array.from(
    { length: 60 },
    (_, i) => `- macro: m${i + 1}\n  condition: (m${i} and m${i}) or (m${i} and not m${i})\n`,
  ).join("")}${rule("bomb", "m60")}`;
  const option = ["kubernetes.rules_resources=true"];
  const attempt: Attempt<unknown> = (resources) => tryLoad({ rules: [], option, resources }, [], { processor: 3000 });
  const [, resources] = await isolate(setOf([resource("bomb", nested), resource("fine", rule("fine", OPEN))]), attempt);
  expect(summary(resources)).toMatchObject({ inUse: ["fine 1"], rejected: { bomb: expect.any(String) } });
});

test("exceptions of a rule of a deleted resource are skipped, and others are loaded", async () => {
  const exception = (name: string): string =>
    `- rule: ${name}\n  exceptions: [{name: e, fields: [proc.name], values: [[a]]}]\n  override: {exceptions: append}\n`;
  const attempt = loading(rule("file", OPEN), exception("gone") + exception("file"));
  const [rules] = await isolate(setOf([resource("a", rule("gone", OPEN))]), attempt);
  expect(rules).toEqual(["file", "gone"]);
  const [left] = await isolate(setOf([]), attempt);
  expect(left).toEqual(["file"]);
  // Without resources, the exception is skipped as well.
  const { rules: others } = await load({
    rules: [join(folder, "rules.yaml")],
    option: [`web_page.exceptions_file=${join(folder, "exceptions.yaml")}`],
  });
  expect(others.loaded.rules.map(({ name }) => name)).toEqual(["file"]);
});

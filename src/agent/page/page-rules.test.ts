import { existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { AgentResponse, RuleSettingRequest } from "../../api/agent-view.ts";
import { settingsIn, versionOf } from "../../api/rule-settings/settings.ts";
import { SYSCALL } from "../../field/sources.ts";
import { type Loaded, load } from "../load/load.ts";
import { openRequests } from "./requests.ts";
import { ruleBook } from "./rule-book.ts";

const ruleOf = (name: string, condition = "evt.type = open", priority = "WARNING"): string =>
  `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: "%proc.name"\n  priority: ${priority}\n`;

/** An agent with the rules A, B and C that reloads on request. */
async function agent(more = "") {
  const folder = mkdtempSync(join(tmpdir(), "eyas-page-rules-"));
  const [rules, file] = [join(folder, "rules.yaml"), join(folder, "page-rules.json")];
  writeFileSync(
    rules,
    `- macro: reads\n  condition: evt.type = read\n${["A", "B", "C"].map((n) => ruleOf(n)).join("")}`,
  );
  const option = [`journal.path=${join(folder, "journal.db")}`, "engine.kind=nodriver", ...(more === "" ? [] : [more])];
  const reload = (): Promise<Loaded> => load({ rules: [rules], option });
  let loaded = await reload();
  const outcome: { next: AgentResponse } = { next: { done: true } };
  const requests = openRequests({
    current: () => loaded,
    observer: { observed: () => undefined },
    async reload() {
      loaded = await reload();
      requests.reloaded(outcome.next);
    },
  });
  const settings = () => (existsSync(file) ? settingsIn(readFileSync(file, "utf8")).rules : []);
  return {
    ...{ folder, rules, file, outcome, settings, reload, request: requests.request },
    get loaded() {
      return loaded;
    },
    /** Names of the rules that raise alerts, and of the shadow rules. */
    evaluated(of = loaded) {
      const { ruleset } = of.rules.of(SYSCALL);
      const names = ruleset.rules.map(({ name }) => name);
      return [names.slice(0, ruleset.raising), names.slice(ruleset.raising)];
    },
    set: (rule: string, change: Partial<Extract<RuleSettingRequest, { change: "set" }>>) =>
      requests.request({
        kind: "rule",
        request: {
          ...{ change: "set", rule, user: "ada" },
          version: versionOf(settings().find((one) => one.rule === rule)),
          ...change,
        },
      }),
    revert: (rule: string) =>
      requests.request({
        kind: "rule",
        request: {
          ...{ change: "revert", rule, user: "ada" },
          version: versionOf(settings().find((one) => one.rule === rule)),
        },
      }),
  };
}

test("rule settings of the page apply after the selections in the configuration", async () => {
  const one = await agent('rules=[{disable: {rule: "*"}}, {shadow: {rule: C}}]');
  expect(one.evaluated()).toEqual([[], ["C"]]);
  expect(await one.set("A", { state: "enabled" })).toEqual({ done: true, file: one.file });
  await one.set("B", { state: "shadow" });
  await one.set("C", { state: "disabled" });
  expect(one.evaluated()).toEqual([["A"], ["B"]]);
  const book = ruleBook(one.loaded.rules, one.loaded.config).rules;
  expect(book.map(({ name, enabled, shadow }) => [name, enabled, shadow])).toEqual([
    ["A", true, false],
    ["B", false, true],
    ["C", false, false],
  ]);
  await one.revert("C");
  expect(one.evaluated()).toEqual([["A"], ["C", "B"]]);
});

test("a rule of the page is loaded after the rule files, replaces the rule with the same name, and can be removed", async () => {
  const one = await agent();
  expect(await one.set("New", { yaml: ruleOf("New", "reads"), state: "shadow" })).toMatchObject({ done: true });
  await one.set("A", { yaml: ruleOf("A", "reads", "ERROR") });
  await one.set("B", { priority: "Critical" });
  expect(one.evaluated()).toEqual([["A", "B", "C"].toSorted(), ["New"]]);
  const priorities = () => Object.fromEntries(one.loaded.rules.loaded.rules.map((rule) => [rule.name, rule.priority]));
  expect(priorities()).toEqual({ A: "Error", B: "Critical", C: "Warning", New: "Warning" });
  await one.set("A", {});
  await one.set("New", {});
  await one.set("B", {});
  expect(priorities()).toEqual({ A: "Warning", B: "Warning", C: "Warning" });
});

test("a rule that cannot be loaded is rejected with the line of the error, and nothing changes", async () => {
  const one = await agent();
  await one.set("A", { state: "shadow" });
  const before = readFileSync(one.file, "utf8");
  const wrong = await one.set("New", { yaml: ruleOf("New", "evt.type = open and proc.nme = x") });
  expect(wrong).toEqual({ refused: expect.stringMatching(/^Line \d of the text: .*proc\.nme/) });
  const unfinished = await one.set("New", { yaml: "- rule: New\n  desc: d\n" });
  expect(unfinished).toEqual({ refused: "The rule has no condition." });
  expect(readFileSync(one.file, "utf8")).toBe(before);
});

test("a change is undone if the reload fails", async () => {
  const one = await agent();
  one.outcome.next = { refused: "The disk is full." };
  expect(await one.set("A", { state: "disabled" })).toEqual({ refused: "The disk is full." });
  expect(existsSync(one.file)).toBe(false);
});

test("a rule of the page that an update broke is skipped with a log line, and the others are loaded", async () => {
  const one = await agent();
  await one.set("New", { yaml: ruleOf("New", "reads") });
  await one.set("C", { priority: "Error" });
  writeFileSync(one.rules, ruleOf("A"));
  const loaded = await one.reload();
  expect(one.evaluated(loaded)).toEqual([["A"], []]);
  const lines = loaded.remarks.map(({ message }) => message);
  expect(lines).toContainEqual(
    expect.stringMatching(/^A rule from the web UI is not loaded: page\/New:3:\d+: Unknown macro "reads"/),
  );
  expect(lines).toContainEqual(expect.stringMatching(/^page-priorities:1:\d+: The item is skipped: .*"C"/));
});

test("exceptions of a rule of the page that is left out do not prevent loading other rules", async () => {
  const one = await agent();
  await one.set("A", {
    yaml: `${ruleOf("A", "reads")}  exceptions:\n    - {name: own, fields: [proc.name], comps: [in]}\n`,
  });
  const exceptions =
    "- rule: A\n  exceptions:\n    - {name: own, values: [[[cat]]]}\n  override: {exceptions: append}\n";
  writeFileSync(join(one.folder, "exceptions.yaml"), exceptions);
  expect(one.evaluated(await one.reload())[0]).toContain("A");
  writeFileSync(one.rules, ruleOf("A"));
  const loaded = await one.reload();
  expect(one.evaluated(loaded)).toEqual([["A"], []]);
  expect(loaded.rules.leftOut).toMatchObject([{ file: "page/A", rules: ["A"], isGap: true }]);
  writeFileSync(one.file, "{");
  expect(one.evaluated(await one.reload())).toEqual([["A"], []]);
});

test("a rule that would be skipped is rejected, and a rule below the minimum priority is shown as not evaluated", async () => {
  const one = await agent("priority=warning");
  const skipped = await one.set("New", { yaml: `${ruleOf("New")}  source: missing\n` });
  expect(skipped).toEqual({ refused: expect.stringContaining("would be skipped") });
  await one.set("New", { yaml: ruleOf("New", "reads", "NOTICE"), state: "shadow" });
  const book = ruleBook(one.loaded.rules, one.loaded.config).rules;
  expect(book.find(({ name }) => name === "New")).toMatchObject({ enabled: false, shadow: false });
});

test("a damaged file and a symbolic link do not prevent loading other rules, but prevent changes", async () => {
  const one = await agent();
  await one.set("A", { state: "disabled" });
  for (const damage of [
    () => writeFileSync(one.file, "{"),
    () => writeFileSync(one.file, '{"rules": 1, "changes": []}'),
  ]) {
    damage();
    const loaded = await one.reload();
    expect(one.evaluated(loaded)).toEqual([["A", "B", "C"], []]);
    expect(loaded.remarks).toContainEqual({
      level: "error",
      message: expect.stringContaining(`Cannot read ${one.file}: `),
    });
    const change = { change: "set", rule: "B", version: "", state: "disabled", user: "ada" } as const;
    expect(await one.request({ kind: "rule", request: change })).toHaveProperty("refused");
  }
  const other = await agent();
  symlinkSync("/etc/passwd", other.file);
  expect((await other.reload()).remarks).toContainEqual({
    level: "error",
    message: expect.stringContaining("symbolic link"),
  });
});

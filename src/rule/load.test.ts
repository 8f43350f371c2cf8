import { describe, expect, it } from "vitest";
import type { Condition } from "../condition/ast.ts";
import type { Language } from "./compile.ts";
import { type LoadedRules, loadRules } from "./load.ts";

/** Stub of the language of an event source: accepts all fields and outputs, and has two event types. */
const anything: Language<Condition, string> = {
  bind: (condition) => ({ bound: condition, remarks: [], eventTypes: 2 }),
  template: (output) => output,
};
const sources = {
  has: (source: string) => source === "syscall",
  hasField: (_: string, field: string) => field !== "no.field",
};

function load(...texts: string[]): Promise<LoadedRules<Condition, string>> {
  const files = texts.map((text, i) => ({ name: `${i + 1}.yaml`, text }));
  return loadRules(files, anything, { sources, extraOutputs: [], results: "each" });
}

/** All errors and warnings of the files as `file:line:column code`. */
async function problems(...texts: string[]): Promise<string[]> {
  const { results } = await load(...texts);
  return results.flatMap(({ errors, warnings }) =>
    [...errors, ...warnings].map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`),
  );
}

const rule = (name: string, condition = "evt.type = open", more = ""): string =>
  `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: o\n  priority: info\n${more}`;

describe("reading rule files", () => {
  it("reports all errors of all files in one pass, each with its location", async () => {
    const first = `- list: a\n- rule: b\n  desc: d\n  condition: x.y = 1\n  priority: loud\n  output: o\n- 5\n${rule("c", "evt.type = (")}`;
    expect(await problems(first, "foo: bar\n", "- macro: m\n  condition: x.y = 1 and\n")).toEqual([
      "1.yaml:1:3 LOAD_ERR_YAML_VALIDATE",
      "1.yaml:5:13 LOAD_ERR_YAML_VALIDATE",
      "1.yaml:7:3 LOAD_ERR_YAML_VALIDATE",
      "1.yaml:10:25 LOAD_ERR_COMPILE_CONDITION",
      "2.yaml:1:1 LOAD_ERR_YAML_VALIDATE",
      "1.yaml:10:25 LOAD_ERR_COMPILE_CONDITION",
      "3.yaml:2:24 LOAD_ERR_COMPILE_CONDITION",
      "1.yaml:10:25 LOAD_ERR_COMPILE_CONDITION",
    ]);
  });

  it('reports each error once, for the file that contains its location, with results "once"', async () => {
    const texts = [rule("a"), rule("b", "evt.type = ("), "- rule: a\n  condition: and (\n  append: true\n", rule("c")];
    const files = texts.map((text, i) => ({ name: `${i + 1}.yaml`, text }));
    const { results } = await loadRules(files, anything, { sources, extraOutputs: [], results: "once" });
    expect(
      results.map(({ file, ok, errors }) => [file, ok, errors.map(({ line, column }) => `${line}:${column}`)]),
    ).toEqual([
      ["1.yaml", true, []],
      ["2.yaml", false, ["3:25"]],
      ["3.yaml", false, [expect.stringMatching(/^2:/)]],
      ["4.yaml", true, []],
    ]);
  });

  it("skips invalid items of files that allow it, with a warning", async () => {
    const text = `- rule: gone\n  condition: and x.y = 1\n  append: true\n- rule: a\n  tags: [t]\n  override: {tags: append}\n`;
    const files = [
      { name: "1.yaml", text: rule("a") },
      { name: "2.yaml", text, skips: "invalid" as const },
    ];
    const { results, rules } = await loadRules(files, anything, { sources, extraOutputs: [], results: "all" });
    expect(results.map(({ ok }) => ok)).toEqual([true, true]);
    expect(results[1]?.warnings).toContainEqual(
      expect.objectContaining({ line: 1, message: 'The item is skipped: Cannot append to unknown rule "gone"' }),
    );
    expect(rules.map(({ name, tags }) => [name, [...tags]])).toEqual([["a", ["t"]]]);
  });

  it("locates an error of a condition in the file, even in folded text", async () => {
    const folded = rule("a", ">\n    evt.type = open and\n    nothing and\n    proc.name = cat");
    expect(await problems(folded)).toEqual(["1.yaml:5:5 LOAD_ERR_VALIDATE"]);
  });

  it.each([
    ['"evt.type = open and nothing"', 35],
    ['"\\u0065vt.type = open and nothing"', 40],
    ['"\\x65vt.type\\ = open and\\u0020nothing"', 44],
    ["\"evt.type = '\\U0001f600' and nothing\"", 43],
    ['"evt.type = open and\\nnothing"', 36],
    ["'evt.type = ''open'' and nothing'", 39],
  ])("locates an error that follows escapes in a condition: %s", async (condition, column) => {
    expect(await problems(rule("a", condition))).toContain(`1.yaml:3:${column} LOAD_ERR_VALIDATE`);
  });

  it("locates an error of an appended condition at the append", async () => {
    const more = "- rule: a\n  condition: and nothing\n  override:\n    condition: append\n";
    expect(await problems(rule("a"), more)).toEqual(["2.yaml:2:18 LOAD_ERR_VALIDATE"]);
  });

  it("does not report errors that are consequences of a reported error", async () => {
    expect(await problems(`- macro: m\n${rule("a", "m")}- rule: a\n  tags: [x]\n  override: {tags: append}\n`)).toEqual(
      ["1.yaml:1:3 LOAD_ERR_YAML_VALIDATE"],
    );
  });

  it("accepts supported engine versions and rejects others", async () => {
    const versions = ["62", "0.62.0", "0.57.0", "0.63.0", "1.0.0", "9999999", "soon"];
    const found = await Promise.all(versions.map((version) => problems(`- required_engine_version: ${version}\n`)));
    expect(found.map(([problem]) => problem?.split(" ")[1])).toEqual([
      undefined,
      undefined,
      undefined,
      "LOAD_ERR_VALIDATE",
      "LOAD_ERR_VALIDATE",
      "LOAD_ERR_VALIDATE",
      "LOAD_ERR_YAML_VALIDATE",
    ]);
  });

  it("accepts a plugin that is built in or has a built-in alternative", async () => {
    const need = (name: string, alternative = "") =>
      `- required_plugin_versions:\n  - name: ${name}\n    version: 0.4.0\n${alternative}`;
    expect(await problems(need("container"))).toEqual([]);
    expect(await problems(need("other", "    alternatives: [{name: container, version: 0.1.0}]\n"))).toEqual([]);
    expect(await problems(need("other"))).toEqual(["1.yaml:2:5 LOAD_ERR_VALIDATE"]);
  });

  it("warns about ignored keys and items", async () => {
    const text = `- thing: a\n${rule("a", "evt.type = open", "  colour: red\n")}${rule("b", "ka.x = 1", "  source: k8s\n")}`;
    expect(await problems(text)).toEqual([
      "1.yaml:1:3 LOAD_UNKNOWN_ITEM",
      "1.yaml:7:3 LOAD_UNKNOWN_KEY",
      "1.yaml:8:3 LOAD_UNKNOWN_SOURCE",
    ]);
    expect((await load(text)).rules.map(({ name }) => name)).toEqual(["a"]);
  });

  it("warns about unused macros and lists, in each file", async () => {
    const text = "- macro: m\n  condition: proc.name in (l)\n- list: l\n  items: [a, k]\n- list: k\n  items: [b]\n";
    expect(await problems(text, rule("a", "evt.type = open and m"))).toEqual(["1.yaml:1:3 LOAD_UNUSED_MACRO"]);
  });

  it("warns about names that no condition can contain", async () => {
    const text = "- macro: a b\n  condition: x.y = 1\n- list: c d\n  items: []\n";
    const codes = (await problems(text)).map((problem) => problem.split(" ")[1]);
    expect(codes).toContain("LOAD_INVALID_MACRO_NAME");
    expect(codes).toContain("LOAD_INVALID_LIST_NAME");
  });
});

it("finds lists in conditions even if their names contain blanks", async () => {
  const text = "- list: my list\n  items: [open, close]\n";
  expect(await problems(text + rule("r", "evt.type in (my list, connect)"))).toEqual([
    "1.yaml:1:9 LOAD_INVALID_LIST_NAME",
  ]);
});

describe("changing definitions", () => {
  it("keeps the position of a redefined rule", async () => {
    const { rules } = await load(rule("a") + rule("b"), rule("a", "evt.type = close"));
    expect(rules.map(({ name, condition }) => [name, condition])).toEqual([
      ["a", "evt.type = close"],
      ["b", "evt.type = open"],
    ]);
  });

  it("appends and replaces key by key", async () => {
    const change =
      "- rule: a\n  condition: and x.y = 1\n  output: more\n  priority: alert\n  tags: [t]\n  enabled: no\n" +
      "  override: {condition: append, output: append, priority: replace, tags: append, enabled: replace}\n";
    const [changed] = (await load(rule("a", "evt.type = open", "  tags: [z, a]\n"), change)).rules;
    expect(changed).toMatchObject({
      condition: "evt.type = open and x.y = 1",
      output: "o more",
      priority: "Alert",
      tags: ["a", "t", "z"],
      enabled: false,
    });
  });

  it("rejects an override that does not match the keys", async () => {
    const override = (keys: string, how: string) => `${rule("a")}- rule: a\n${keys}  override: {${how}}\n`;
    expect(await problems(override("  output: p\n", "condition: append"))).toEqual([
      "1.yaml:6:3 LOAD_ERR_YAML_VALIDATE",
    ]);
    expect(await problems(override("  output: p\n  desc: d\n", "desc: replace"))).toEqual([
      "1.yaml:7:11 LOAD_ERR_YAML_VALIDATE",
    ]);
    expect(await problems(override("  priority: info\n", "priority: append"))).toEqual([
      "1.yaml:8:14 LOAD_ERR_YAML_VALIDATE",
    ]);
    expect(await problems(override("  output: p\n", "output: remove"))).toEqual(["1.yaml:8:22 LOAD_ERR_YAML_VALIDATE"]);
    expect(await problems(override("  append: true\n  output: p\n", "output: append"))).toEqual([
      "1.yaml:6:3 LOAD_ERR_YAML_VALIDATE",
      "1.yaml:7:11 LOAD_DEPRECATED_ITEM",
    ]);
  });

  it("disables a rule by its name alone (deprecated)", async () => {
    const { rules, results } = await load(`${rule("a")}- rule: a\n  enabled: false\n`);
    expect(rules[0]!.enabled).toBe(false);
    expect(results[0]!.warnings.map(({ code }) => code)).toEqual(["LOAD_DEPRECATED_ITEM"]);
  });

  it("rejects changes of unknown definitions, or of a rule's source", async () => {
    expect(await problems("- rule: a\n  enabled: true\n")).toContain("1.yaml:1:3 LOAD_ERR_VALIDATE");
    expect(await problems("- macro: m\n  condition: x.y = 1\n  override: {condition: append}\n")).toEqual([
      "1.yaml:1:3 LOAD_ERR_VALIDATE",
    ]);
    expect(await problems(rule("a") + rule("a", "x.y = 1", "  source: other\n"))).toEqual([
      "1.yaml:6:3 LOAD_ERR_VALIDATE",
    ]);
  });

  it("lets a macro use only definitions older than its last change", async () => {
    const later = `- macro: a\n  condition: b\n- macro: b\n  condition: x.y = 1\n${rule("r", "a")}`;
    expect(await problems(later)).toEqual(["1.yaml:2:14 LOAD_ERR_VALIDATE"]);
    const touched = "- macro: a\n  condition: x.y = 1\n- macro: b\n  condition: x.y = 2\n- macro: a\n  condition: b\n";
    expect(await problems(touched + rule("r", "a"))).toEqual([]);
  });

  it("rejects a file that only a later file would complete, in both modes", async () => {
    const files = [rule("r", "a"), "- macro: a\n  condition: x.y = 1\n"].map((text, i) => ({
      name: `${i}.yaml`,
      text,
    }));
    for (const results of ["each", "all"] as const) {
      const loaded = await loadRules(files, anything, { sources, extraOutputs: [], results });
      expect(loaded.results.map(({ ok }) => ok)).toEqual([false, true]);
    }
  });
});

describe("exceptions", () => {
  const withException = (exception: string, more = ""): string =>
    `${rule("a", "evt.type = open", `  exceptions:\n  - ${exception}\n`)}${more}`;
  const condition = async (text: string): Promise<string> => (await load(text)).rules[0]!.condition;

  it("become part of the condition, with values that contain blanks in quotes", async () => {
    expect(await condition(withException("{name: e, fields: proc.name, values: [a, b c]}"))).toBe(
      '(evt.type = open) and not (proc.name in (a, "b c"))',
    );
    expect(
      await condition(withException("{name: e, fields: [p.a, p.b], comps: [=, in], values: [[x, [y, z w]], [v, l]]}")),
    ).toBe('(evt.type = open) and not (( p.a = x and  p.b in (y, "z w")) or ( p.a = v and  p.b in (l)))');
    expect(await condition(withException("{name: e, fields: proc.name, comps: startswith oneof, values: [a]}"))).toBe(
      "(evt.type = open) and not (proc.name startswith oneof (a))",
    );
  });

  it("have no effect without values", async () => {
    expect(await condition(withException("{name: e, fields: [p.a, p.b]}"))).toBe("(evt.type = open)");
  });

  it("can get values that other items append by name", async () => {
    const append = "- rule: a\n  exceptions:\n  - {name: e, values: [[x]]}\n  override: {exceptions: append}\n";
    expect(await condition(withException("{name: e, fields: [p.a]}", append))).toBe(
      "(evt.type = open) and not (( p.a = x))",
    );
  });

  it("are listed in the error for a new exception without fields", async () => {
    const append = "- rule: a\n  exceptions:\n  - {name: old, values: [[x]]}\n  override: {exceptions: append}\n";
    const { results } = await load(withException("{name: e, fields: [p.a]}", append));
    expect(results.flatMap(({ errors }) => errors.map(({ message }) => message))).toEqual([
      'New exception "old" has no fields. Exceptions of the rule: e',
    ]);
  });

  it.each([
    ["{name: e, fields: [a, b], comps: [=]}", "LOAD_ERR_VALIDATE"],
    ["{name: e, fields: [a], comps: [is]}", "LOAD_ERR_VALIDATE"],
    ["{name: e, fields: a, comps: =}", "LOAD_ERR_VALIDATE"],
    ["{name: e, fields: a, comps: [in]}", "LOAD_ERR_VALIDATE"],
    ["{name: e, fields: [no.field]}", "LOAD_ERR_VALIDATE"],
    ["{name: e, fields: [a, b], values: [[x]]}", "LOAD_ERR_VALIDATE"],
    ["{name: e, fields: a, values: [[x]]}", "LOAD_ERR_VALIDATE"],
    ["{fields: a}", "LOAD_ERR_YAML_VALIDATE"],
    ["{name: e}", "LOAD_ERR_YAML_VALIDATE"],
    ["{name: e, fields: a, values: x}", "LOAD_ERR_YAML_VALIDATE"],
  ])("are rejected: %s", async (exception, code) => {
    expect(await problems(withException(exception))).toEqual([expect.stringContaining(code)]);
  });

  it("cause warnings for duplicate names and appends without values", async () => {
    const repeated = "{name: e, fields: a}\n  - {name: e, fields: b}";
    expect(await problems(withException(repeated))).toEqual(["1.yaml:8:5 LOAD_EXCEPTION_NAME_NOT_UNIQUE"]);
    const append = "- rule: a\n  exceptions:\n  - {name: e}\n  override: {exceptions: append}\n";
    expect(await problems(withException("{name: e, fields: a}", append))).toEqual([
      "1.yaml:10:5 LOAD_APPEND_NO_VALUES",
    ]);
  });
});

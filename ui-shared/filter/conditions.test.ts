import { describe, expect, it } from "vitest";
import { comparison, narrowed } from "./compose.ts";
import { valueConditions, withoutCondition } from "./conditions.ts";

const found = (query: string, ...fields: readonly string[]) =>
  valueConditions(query, fields).map(({ value, excluded, index }) => `${index}: ${excluded ? "not " : ""}${value}`);

describe("conditions of a query that compare one value", () => {
  it.each([
    ["", []],
    ["rule = x", ["0: x"]],
    ['rule = "Shell spawned by server process" and proc.name = sh', ["0: Shell spawned by server process"]],
    ["proc.name = sh and not rule = x", ["1: not x"]],
    ["rule != x", ["0: not x"]],
    ["not rule != x", ["0: x"]],
    ["rule=Terminal shell in container", ["0: Terminal shell in container"]],
    ["rule = x or rule = y", []],
    ["(rule = x or rule = y) and rule = z", ["1: z"]],
    ["rule in (x, y)", []],
    ["rule contains x", []],
    ["curl rule = x", ["1: x"]],
    ["rule = x and (", []],
  ])("%s", (query, expected) => {
    expect(found(query, "rule")).toEqual(expected);
  });

  it("includes one value that is compared with several fields", () => {
    const condition = '(container.name = "web 1" or container.id = "web 1")';
    expect(found(condition, "container.name", "container.id")).toEqual(["0: web 1"]);
    expect(found(`not ${condition}`, "container.name", "container.id")).toEqual(["0: not web 1"]);
    expect(found("(container.name = a or container.id = b)", "container.name", "container.id")).toEqual([]);
  });
});

it.each([
  ["rule = x", 0, ""],
  ["rule=Terminal shell in container", 0, ""],
  ["rule = x and proc.name = sh", 0, "proc.name = sh"],
  ["rule = x and proc.name = sh", 1, "rule = x"],
  ['rule = "a and b" proc.name = sh AND (a.b = 1 or a.b = 2)', 1, 'rule = "a and b" and (a.b = 1 or a.b = 2)'],
])("%s without condition %d", (query, index, expected) => {
  expect(withoutCondition(query, index)).toBe(expected);
});

it.each(["bash", "two words", 'quote "x"', "a\\b"])("a condition for %j can be added, found and removed", (value) => {
  for (const condition of [comparison("proc.name", value), `not ${comparison("proc.name", value)}`]) {
    const query = narrowed("priority >= warning and k8s.ns.name = shop", condition);
    const [only, ...others] = valueConditions(query, ["proc.name"]);
    expect([only?.value, others]).toEqual([value, []]);
    expect(withoutCondition(query, only?.index ?? -1)).toBe("priority >= warning and k8s.ns.name = shop");
  }
});

import { expect, it } from "vitest";
import { parseAlertQuery } from "./alert-query.ts";
import type { Condition } from "./ast.ts";
import { parse } from "./parse.ts";

function written(condition: Condition): string {
  if (condition.kind === "test") {
    const { left, operator, right } = condition;
    const name = left.kind === "field" ? left.name : left.kind;
    const values =
      right === undefined
        ? ""
        : right.kind === "literal"
          ? right.text
          : right.kind === "list"
            ? right.items.map(({ text }) => text).join("|")
            : right.kind;
    return `${name} ${operator} ${values}`;
  }
  if (condition.kind === "macro") return `macro ${condition.name}`;
  return condition.kind === "not"
    ? `not ${written(condition.operand)}`
    : condition.operands.map(written).join(` ${condition.kind} `);
}

it.each([
  ['rule = "Shell spawned by server process"', "rule = Shell spawned by server process"],
  ["priority >= warning and not source = syscall", "priority >= warning and not source = syscall"],
  ["priority in (error, critical) or tags intersects (T1059)", "priority in error|critical or tags intersects T1059"],
  ["hostname startswith web- and proc.pid > 1", "hostname startswith web- and proc.pid > 1"],
  ["rule exists and rules", "rule exists  and macro rules"],
])("%s names parts of alerts", (query, expected) => {
  expect(written(parseAlertQuery(query))).toBe(expected);
});

it("rules know no such names", () => {
  expect(() => parse("rule = x")).toThrow(/"rule" only "and", "or"/);
});

it("numbers stay numbers", () => {
  expect(() => parseAlertQuery("proc.pid >= warning")).toThrow(/number was expected/);
});

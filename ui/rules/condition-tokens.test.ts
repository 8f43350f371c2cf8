import { expect, test } from "vitest";
import { OPERATORS } from "../../src/condition/lex.ts";
import { conditionTokens } from "./condition-tokens.ts";

function kinds(line: string): string[] {
  return conditionTokens(line).map(({ kind, from, to }) => `${kind} ${line.slice(from, to)}`);
}

test("tokens of a condition have their kinds", () => {
  expect(
    kinds('opens and not fd.name in (shells, "a \\" and") or proc.aname[2] startswith /x and evt.count>=3'),
  ).toEqual([
    ...["name opens", "operator and", "operator not", "field fd.name", "operator in", "name shells"],
    ...['string "a \\" and"', "operator or", "field proc.aname[2]", "operator startswith", "name x", "operator and"],
    ...["field evt.count", "operator >=", "number 3"],
  ]);
});

test("every operator of the language is an operator token", () => {
  for (const operator of OPERATORS)
    expect(kinds(`a.b ${operator} c`)).toEqual(["field a.b", `operator ${operator}`, "name c"]);
});

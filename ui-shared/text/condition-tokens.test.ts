import { expect, test } from "vitest";
import { OPERATORS } from "../../src/condition/lex.ts";
import { conditionTokens, endsInList } from "./condition-tokens.ts";

function kinds(line: string, inList = false): string[] {
  return conditionTokens(line, inList).map(({ kind, from, to }) => `${kind} ${line.slice(from, to)}`);
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

test("a value with a dot is not a field", () => {
  const fields = (line: string, inList = false): string[] =>
    kinds(line, inList).flatMap((kind) => (kind.startsWith("field ") ? kind.slice(6) : []));
  expect(fields("proc.name in (nc, nc.traditional) and (fd.name exists)")).toEqual(["proc.name", "fd.name"]);
  expect(fields("proc.name = nc.traditional or proc.pname=nc.openbsd")).toEqual(["proc.name", "proc.pname"]);
  expect(fields("proc.name = val(proc.pname) and tolower(fd.name) = a.b")).toEqual([
    ...["proc.name", "proc.pname", "fd.name"],
  ]);
  expect(fields("concat(proc.name, proc.pname) in (x.y)")).toEqual(["proc.name", "proc.pname"]);
  expect(fields("nc.traditional) and fd.name = x", true)).toEqual(["fd.name"]);
  expect(["proc.name in (nc,", "proc.name in (", "proc.name = nc", "(a.b exists and ("].map(endsInList)).toEqual([
    ...[true, true, false, false],
  ]);
});

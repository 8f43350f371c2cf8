import { expect, test } from "vitest";
import type { Coverage } from "../../src/api/schemas/rule.ts";
import { attackAddress, columnsOf, positionAt, type Technique } from "./matrix.ts";

function tactic(name: string, ...techniques: readonly Technique[]): Coverage["tactics"][number] {
  return { id: `TA-${name}`, name, techniques };
}

function technique(id: string, rules: string[] = [], more: Partial<Technique> = {}): Technique {
  return { id, name: id.includes(".") ? `Parent: Sub ${id}` : `Name ${id}`, rules, fired: 0, ...more };
}

const coverage = {
  tactics: [
    tactic("Execution", technique("T0001", ["a"]), technique("T0001.001", ["a"]), technique("T0001.002")),
    tactic("Impact"),
    tactic("Discovery", technique("T0002"), technique("T0003", ["d"], { other: true })),
  ],
};
const idsOf = (columns: ReturnType<typeof columnsOf>): readonly (readonly string[])[] =>
  columns.map(({ cells }) => cells.map((cell) => cell.technique.id));

test("a tactic counts its techniques for Linux or Containers, and its techniques with rules", () => {
  expect(columnsOf(coverage).map(({ all, covered }) => [all, covered])).toEqual([
    [3, 2],
    [0, 0],
    [1, 0],
  ]);
});

test("the matrix shows all techniques, only covered ones, or only gaps, with or without sub-techniques", () => {
  expect(idsOf(columnsOf(coverage))).toEqual([["T0001", "T0001.001", "T0001.002"], [], ["T0002", "T0003"]]);
  expect(idsOf(columnsOf(coverage, "covered"))).toEqual([["T0001", "T0001.001"], [], ["T0003"]]);
  expect(idsOf(columnsOf(coverage, "gaps"))).toEqual([["T0001.002"], [], ["T0002"]]);
  expect(idsOf(columnsOf(coverage, "", false))).toEqual([["T0001"], [], ["T0002", "T0003"]]);
});

test("a sub-technique below its technique has its own name only", () => {
  const [execution] = columnsOf(coverage);
  expect(execution?.cells.map(({ name, isNested }) => [name, isNested])).toEqual([
    ["Name T0001", false],
    ["Sub T0001.001", true],
    ["Sub T0001.002", true],
  ]);
  expect(execution?.cells[0]?.subTechniques).toEqual({ all: 2, covered: 1 });
  const [gaps] = columnsOf(coverage, "gaps");
  expect(gaps?.cells.map(({ name, isNested }) => [name, isNested])).toEqual([["Parent: Sub T0001.002", false]]);
});

test("arrow keys stay within the matrix and skip tactics without techniques", () => {
  const columns = columnsOf(coverage);
  const at = { column: 0, row: 1 };
  expect(positionAt(at, "ArrowUp", columns)).toEqual({ column: 0, row: 0 });
  expect(positionAt({ column: 0, row: 0 }, "ArrowUp", columns)).toEqual({ column: 0, row: 0 });
  expect(positionAt(at, "ArrowDown", columns)).toEqual({ column: 0, row: 2 });
  expect(positionAt(at, "End", columns)).toEqual({ column: 0, row: 2 });
  expect(positionAt(at, "Home", columns)).toEqual({ column: 0, row: 0 });
  expect(positionAt({ column: 0, row: 2 }, "ArrowRight", columns)).toEqual({ column: 2, row: 1 });
  expect(positionAt({ column: 2, row: 0 }, "ArrowRight", columns)).toEqual({ column: 2, row: 0 });
  expect(positionAt({ column: 2, row: 0 }, "ArrowLeft", columns)).toEqual({ column: 0, row: 0 });
});

test("techniques and tactics have URLs, other tags have none", () => {
  expect(attackAddress("T1059")).toBe("https://attack.mitre.org/techniques/T1059/");
  expect(attackAddress("T1059.004")).toBe("https://attack.mitre.org/techniques/T1059/004/");
  expect(attackAddress("TA0002")).toBe("https://attack.mitre.org/tactics/TA0002/");
  expect(attackAddress("T1059/../../evil")).toBeUndefined();
});

test("a sub-technique of a technique that the tactic does not have is always shown", () => {
  const tactics = [tactic("Reconnaissance", technique("T0009.001", ["a"], { other: true }))];
  expect(idsOf(columnsOf({ tactics }, "", false))).toEqual([["T0009.001"]]);
});

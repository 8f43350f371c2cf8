import { expect, test } from "vitest";
import type { Coverage } from "../../src/api/schemas/rule.ts";
import { attackAddress, cellAt, columnsOf } from "./matrix.ts";

function tactic(name: string, ...techniques: readonly (readonly [id: string, rules: string[], fired: number])[]) {
  return {
    id: `TA-${name}`,
    name,
    techniques: techniques.map(([id, rules, fired]) => ({ id, name: id, rules, fired })),
  };
}

const coverage: Coverage = {
  tactics: [
    tactic("Execution", ["T1", ["a", "b"], 3], ["T2", ["b"], 0], ["T3", ["c"], 1]),
    tactic("Impact"),
    tactic("Discovery", ["T4", ["d"], 0]),
  ],
};
const columns = columnsOf(coverage);

test("a tactic counts each rule once, and its techniques with alerts", () => {
  expect(columns.map(({ rules, fired }) => [rules, fired])).toEqual([
    [3, 2],
    [0, 0],
    [1, 0],
  ]);
});

test("arrow keys stay within the matrix and skip tactics without techniques", () => {
  const at = { column: 0, row: 1 };
  expect(cellAt(at, "ArrowUp", columns)).toEqual({ column: 0, row: 0 });
  expect(cellAt({ column: 0, row: 0 }, "ArrowUp", columns)).toEqual({ column: 0, row: 0 });
  expect(cellAt(at, "ArrowDown", columns)).toEqual({ column: 0, row: 2 });
  expect(cellAt(at, "End", columns)).toEqual({ column: 0, row: 2 });
  expect(cellAt(at, "Home", columns)).toEqual({ column: 0, row: 0 });
  expect(cellAt(at, "ArrowRight", columns)).toEqual({ column: 2, row: 0 });
  expect(cellAt({ column: 2, row: 0 }, "ArrowRight", columns)).toEqual({ column: 2, row: 0 });
  expect(cellAt({ column: 2, row: 0 }, "ArrowLeft", columns)).toEqual({ column: 0, row: 0 });
});

test("techniques and tactics have URLs, other tags have none", () => {
  expect(attackAddress("T1059")).toBe("https://attack.mitre.org/techniques/T1059/");
  expect(attackAddress("T1059.004")).toBe("https://attack.mitre.org/techniques/T1059/004/");
  expect(attackAddress("TA0002")).toBe("https://attack.mitre.org/tactics/TA0002/");
  expect(attackAddress("T1059/../../evil")).toBeUndefined();
});

import { expect, test } from "vitest";
import type { AlertGroup } from "../../src/api/schemas/group.ts";
import { groupQuery } from "../../src/api/store/group-query.ts";
import { workloadCounts } from "./workload-counts.ts";

const FIELDS = ["container.name", "proc.name"];

function group(rule: string, field: string, value: string, count: number): AlertGroup {
  return { rule, key: value, count, query: groupQuery(rule, { field, value }, FIELDS) } as AlertGroup;
}

test("groups of the same workload are added up, whatever their rules are called", () => {
  const hostile = 'a" and rule = "b\\';
  const counts = workloadCounts([
    group("Shell", "container.name", "shop", 2),
    group("Read", "proc.name", "shop", 9),
    group(hostile, "container.name", "shop", 5),
    group(hostile, "container.name", hostile, 7),
  ]);
  expect(counts.map(({ key, count, rules }) => [key, count, rules])).toEqual([
    ["shop", 9, 1],
    [hostile, 7, 1],
    ["shop", 7, 2],
  ]);
  expect(counts.find(({ rules }) => rules === 2)?.query).toBe('container.name = "shop"');
});

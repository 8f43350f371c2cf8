import { expect, test } from "vitest";
import { parseQuery } from "../../query/parse.ts";
import { exceptionQuery, statedExceptions } from "./describe.ts";
import { entriesIn } from "./entries.ts";

const known = [
  { name: "pair", fields: ["proc.name", "fd.name"], comps: ["=", "startswith"] },
  { name: "single", fields: ["proc.name"], comps: ["in"] },
];

async function read(exceptions: string, lists: readonly string[] = []) {
  const { entries } = await entriesIn(`- rule: A "b"\n  exceptions: ${exceptions}\n  override: {exceptions: append}\n`);
  const stated = statedExceptions(entries[0]!.node, known);
  return { stated, query: exceptionQuery('A "b"', stated, new Set(lists)) };
}

test.each([
  [
    "[{name: e, fields: [proc.name, fd.name], comps: [=, endswith], values: [[x, y]]}]",
    'proc.name = "x" and fd.name endswith "y"',
  ],
  ["[{name: e, fields: [proc.name], values: [[x], [y]]}]", '((proc.name = "x") or (proc.name = "y"))'],
  ["[{name: e, fields: proc.name, values: [x, y]}]", 'proc.name in ("x", "y")'],
  [
    "[{name: e, fields: proc.name, comps: startswith oneof, values: [x, y]}]",
    '(proc.name startswith "x" or proc.name startswith "y")',
  ],
  [
    "[{name: e, fields: [proc.name, fd.name], comps: [in, =], values: [[[x, y], z]]}]",
    'proc.name in ("x", "y") and fd.name = "z"',
  ],
  ["[{name: pair, values: [[x, /y]]}]", 'proc.name = "x" and fd.name startswith "/y"'],
  ["[{name: single, values: [x, y]}]", 'proc.name in ("x", "y")'],
  [`[{name: e, fields: [proc.name], values: [['"x \\" y"']]}]`, 'proc.name = "x \\" y"'],
  ["[{name: e, fields: [proc.name], comps: [==], values: [[x y]]}]", 'proc.name = "x y"'],
])("%s is a query", async (exceptions, condition) => {
  const { query } = await read(exceptions);
  expect(query).toBe(`rule = "A \\"b\\"" and ${condition}`);
  expect(parseQuery([query ?? ""])).toBeDefined();
});

test.each([
  ["an unknown name", "[{name: other, values: [[x]]}]"],
  ["a list", "[{name: e, fields: [proc.name], comps: [in], values: [[my_list]]}]"],
  ["a list in parentheses", "[{name: e, fields: [proc.name], comps: [in], values: [[(my_list)]]}]"],
  ["a transformer", "[{name: e, fields: [toupper(proc.name)], values: [[x]]}]"],
  ["bytes", "[{name: e, fields: [proc.name], comps: [bcontains], values: [[ff]]}]"],
  ["all of some values", "[{name: e, fields: proc.name, comps: contains allof, values: [x, y]}]"],
  ["a missing value", "[{name: e, fields: [proc.name, fd.name], values: [[x]]}]"],
  ["no values", "[{name: e, fields: [proc.name], values: []}]"],
  ["a very long query", `[{name: e, fields: [proc.name], values: [[${"x".repeat(5000)}]]}]`],
])("%s is not a query", async (_, exceptions) => {
  expect((await read(exceptions, ["my_list"])).query).toBeUndefined();
});

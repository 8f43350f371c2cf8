import { expect, test } from "vitest";
import { itemKeys } from "./read.ts";
import { ruleSchema } from "./schema.ts";

test("the schema of rule files contains all kinds of items, and a schema for each of their keys", () => {
  const { items } = ruleSchema() as { items: { anyOf: { required: string[]; properties: Record<string, object> }[] } };
  expect(items.anyOf.map(({ required: [kind = ""], properties }) => [kind, Object.keys(properties)])).toEqual(
    Object.entries(itemKeys).map(([kind, keys]) => [kind, [...keys]]),
  );
  for (const { properties } of items.anyOf)
    for (const [key, schema] of Object.entries(properties)) expect(Object.keys(schema), key).not.toEqual([]);
});

test("priorities match in any case", () => {
  const text = JSON.stringify(ruleSchema());
  const pattern: string = JSON.parse(/"pattern":("(?:[^"\\]|\\.)*")/.exec(text)?.[1] ?? '""');
  for (const name of ["Warning", "WARNING", "info", "Informational"]) expect(name).toMatch(new RegExp(pattern));
  expect("warn").not.toMatch(new RegExp(pattern));
});

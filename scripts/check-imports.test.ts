import { expect, test } from "vitest";
import { wrongImports } from "./check-imports.ts";

const check = (file: string, text: string) => wrongImports(`/s/${file}`, text, "/s");

test("imports that the table allows pass", () => {
  expect(
    check("field/proc.ts", 'import type { Observed } from "../machine/observed.ts";\nexport * from "./row.ts";'),
  ).toEqual([]);
  expect(check("output/file.ts", 'import { openSync } from "node:fs";')).toEqual([]);
});

test("a room that is not in the table's row is named with its line, however it is imported", () => {
  expect(check("event/a.ts", 'const x = 1;\nimport {\n  y,\n} from "../machine/thread.ts";')).toEqual([
    "/s/event/a.ts:2: src/event may not import src/machine",
  ]);
  expect(check("machine/a.ts", 'export { x } from "../rule/rule.ts";')).toHaveLength(1);
  expect(check("machine/deep/a.ts", 'const x = await import("../../field/field.ts");')).toHaveLength(1);
});

test("Node and packages stay out of what runs in a browser", () => {
  expect(check("rule/a.ts", 'import { readFileSync } from "node:fs";')).toEqual([
    "/s/rule/a.ts:1: src/rule may not import node:fs",
  ]);
  expect(check("config/a.ts", 'import koffi from "koffi";')).toHaveLength(1);
});

test("a folder without a row is an error", () => {
  expect(check("new/a.ts", "")).toHaveLength(1);
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { beyondBrowsers, importCircles, importsOfViews, table, wrongImports } from "./check-imports.ts";

const check = (file: string, text: string) => wrongImports(`/s/${file}`, text, "/s");

test("imports that the table allows pass", () => {
  expect(
    check("field/proc.ts", 'import type { Observed } from "../machine/observed.ts";\nexport * from "./row.ts";'),
  ).toEqual([]);
  expect(check("output/file.ts", 'import { openSync } from "node:fs";')).toEqual([]);
});

test("an import from a directory that the table does not allow is reported with its line", () => {
  expect(check("event/a.ts", 'const x = 1;\nimport {\n  y,\n} from "../machine/thread.ts";')).toEqual([
    "/s/event/a.ts:2: src/event may not import src/machine",
  ]);
  expect(check("machine/a.ts", 'export { x } from "../rule/rule.ts";')).toHaveLength(1);
  expect(check("machine/deep/a.ts", 'const x = await import("../../field/field.ts");')).toHaveLength(1);
});

test("directories with code for browsers may not import Node.js or packages", () => {
  expect(check("rule/a.ts", 'import { readFileSync } from "node:fs";')).toEqual([
    "/s/rule/a.ts:1: src/rule may not import node:fs",
  ]);
  expect(check("config/a.ts", 'import koffi from "koffi";')).toHaveLength(1);
});

test("only the HTTP client sends requests", () => {
  const text = 'import {\n  type IncomingMessage,\n  request as plain,\n} from "node:http";';
  expect(check("context/a.ts", text)).toEqual([
    "/s/context/a.ts: send requests with src/transport/http, not with node:http",
  ]);
  expect(check("transport/http/open.ts", text)).toEqual([]);
  expect(check("context/a.ts", 'import { createServer } from "node:http";')).toEqual([]);
});

test("a directory without a row is an error", () => {
  expect(check("new/a.ts", "")).toHaveLength(1);
});

test("the page imports only types from the API", () => {
  const from = (text: string) =>
    beyondBrowsers(["/ui/a.ts"], (file) => (file === "/ui/a.ts" ? text : 'import * as v from "valibot";'));
  expect(from('import type { Alert } from "../src/api/schemas/alert.ts";')).toEqual([]);
  for (const text of ['import { Alert } from "../src/api/a.ts";', 'import { type Alert } from "../src/api/a.ts";'])
    expect(from(text)).toEqual(["/ui/a.ts:1: the web UI may import only types of src/api: import type"]);
});

test("the shared parts of the page import no view", () => {
  const from = (file: string, text: string) => importsOfViews([file], "/", () => text);
  expect(from("/ui-shared/text/a.ts", 'const c = 1;\nimport { b } from "../../ui/alerts/b.ts";')).toEqual([
    "/ui-shared/text/a.ts:2: ui-shared may not import ui",
  ]);
  expect(from("/ui-shared/text/a.ts", 'import { b } from "../page/b.ts";')).toEqual([]);
  expect(from("/ui/alerts/a.ts", 'import { b } from "./b.ts";')).toEqual([]);
});

test("the page imports no module of Node.js, even indirectly", () => {
  const files: Readonly<Record<string, string>> = {
    "/ui/main.tsx": 'import { a } from "../src/alert/a.ts";\nimport { render } from "preact";',
    "/src/alert/a.ts": 'import type { b } from "./b.ts";\nexport * from "../rule/c.ts";',
    "/src/alert/b.ts": 'import { readFileSync } from "node:fs";',
    "/src/rule/c.ts": 'const d = import("./d.ts");\nimport { parse } from "yaml";',
    "/src/rule/d.ts": "",
  };
  const read = (more: Readonly<Record<string, string>>) =>
    beyondBrowsers(["/ui/main.tsx"], (file) => ({ ...files, ...more })[file]!);
  expect(read({})).toEqual([]);
  expect(read({ "/src/rule/d.ts": 'const x = 1;\nimport { join } from "node:path";' })).toEqual([
    "/src/rule/d.ts:2: the web UI loads this module, and browsers do not provide node:path",
  ]);
  expect(read({ "/src/rule/d.ts": 'import left from "left-pad";' })).toHaveLength(1);
});

test("a circular import at run time is reported once", () => {
  const circles = (files: Readonly<Record<string, string>>) =>
    importCircles(Object.keys(files), (file) => files[file]!);
  const ring = {
    "/s/a.ts": 'import { b } from "./deep/b.ts";',
    "/s/deep/b.ts": 'export * from "./c.ts";\nimport "../other.ts";',
    "/s/deep/c.ts": 'import { type A } from "../a.ts";',
    "/s/other.ts": "",
    "/s/outside.ts": 'import { a } from "./a.ts";',
  };
  expect(circles(ring)).toEqual(["/s/a.ts: circular import: → deep/b.ts → deep/c.ts → a.ts"]);
  expect(circles({ "/s/a.ts": 'import { a } from "./a.ts";' })).toEqual(["/s/a.ts: circular import: → a.ts"]);
  for (const lazy of [
    'import type { A } from "../a.ts";',
    'export type { A } from "../a.ts";',
    'const a = () => import("../a.ts");',
  ])
    expect(circles({ ...ring, "/s/deep/c.ts": lazy })).toEqual([]);
});

test("ARCHITECTURE.md describes each directory of src/ with the directories that it may import", () => {
  const text = readFileSync(join(import.meta.dirname, "../ARCHITECTURE.md"), "utf8");
  const shorthands = new Map<string, readonly string[] | undefined>([
    ["nothing", []],
    ["all but cli", table.agent?.rooms],
    ["all", table.cli?.rooms],
  ]);
  const rows = [...text.matchAll(/^\| `src\/(\w+)\/` \|.*\| ([^|]+) \|$/gm)];
  const described = rows.map(([, room = "", list = ""]) => [room, new Set(shorthands.get(list) ?? list.split(", "))]);
  const allowed = Object.entries(table).map(([room, { rooms }]) => [room, new Set(rooms)]);
  expect(Object.fromEntries(described)).toEqual(Object.fromEntries(allowed));
});

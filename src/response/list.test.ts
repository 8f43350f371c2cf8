import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { Action } from "./action.ts";
import { actions } from "./list.ts";
import { readResponses } from "./rule/read.ts";

const folder = join(import.meta.dirname, "actions");

function isAction(value: unknown): value is Action {
  return typeof value === "object" && value !== null && "name" in value && "target" in value && "run" in value;
}

test("every file that defines an action is in the list, under the action's name", async () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
  );
  const described: Action[] = [];
  for (const file of files)
    described.push(...Object.values<unknown>(await import(join(folder, file))).filter(isAction));
  expect(described.length).toBeGreaterThan(40);
  const listed = await Promise.all(
    Object.entries(actions).map(async ([name, load]) => ({ name, action: await load() })),
  );
  expect(listed.filter(({ name, action }) => name !== action.name)).toEqual([]);
  expect(new Set(listed.map(({ action }) => action))).toEqual(new Set(described));
});

const loaded = await Promise.all(Object.values(actions).map((load) => load()));

test.each(loaded.map((action) => [action.name, action]))("the example of %s is valid", async (name, { example }) => {
  const parameters = example.split("\n").map((line) => `        ${line}`);
  const item =
    example === "" ? `    - ${name}` : [`    - action: ${name}`, "      parameters:", ...parameters].join("\n");
  const text = `- response: Example\n  match: rule exists\n  actions:\n${item}\n`;
  const environment = { WEBHOOK_SECRET: "secret", FD_NAME: "" };
  const options = { actions, environment, strict: true, shared: {} };
  const { results } = await readResponses([{ name: "responses.yaml", text }], options);
  expect(results.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
});

const home = join(import.meta.dirname, "../..");
const list = readFileSync(join(import.meta.dirname, "list.ts"), "utf8");

/** Paths of all other test files. */
const tests = ["src", "test"].flatMap((top) =>
  readdirSync(join(home, top), { recursive: true, encoding: "utf8" })
    .map((file) => join(home, top, file))
    .filter((file) => file.endsWith(".test.ts") && file !== import.meta.filename)
    .map((file) => ({ file, text: readFileSync(file, "utf8") })),
);

test.each([...list.matchAll(/"([\w:-]+)": async .*"\.\/(.*)"/g)].map(([, name = "", file = ""]) => [name, file]))(
  "%s has a test that names it or imports %s",
  (name, file) => {
    const isAbout = (one: (typeof tests)[number]): boolean =>
      one.text.includes(name) ||
      (dirname(one.file) === dirname(join(import.meta.dirname, file)) && one.text.includes(`"./${basename(file)}"`));
    expect(tests.some(isAbout)).toBe(true);
  },
);

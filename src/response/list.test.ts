import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Action } from "./action.ts";
import { actions } from "./list.ts";
import { readResponses } from "./rule/read.ts";

const folder = join(import.meta.dirname, "actions");

function isAction(value: unknown): value is Action {
  return typeof value === "object" && value !== null && "name" in value && "target" in value && "run" in value;
}

test("every file that describes an action has its line in the list, under the action's name", async () => {
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

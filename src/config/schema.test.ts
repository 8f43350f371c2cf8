import { expect, test } from "vitest";
import { falcoKeys } from "./falco-keys.fixture.ts";
import { configSchema } from "./schema.ts";

interface Schema {
  readonly type?: unknown;
  readonly enum?: readonly unknown[];
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}

test("the schema of the configuration has all keys of Falco", () => {
  const schema: Schema = configSchema();
  for (const path of falcoKeys) {
    let at: Schema | undefined = schema;
    for (const name of path.replace(/\[\].*/, "").split(".")) at = at?.properties?.[name];
    expect(at, path).toBeDefined();
  }
});

test("values have their types, words and limits; empty keys are allowed", () => {
  const { properties = {} }: Schema = configSchema();
  expect(properties.json_output).toMatchObject({ type: ["boolean", "null"] });
  expect(properties.rule_matching?.enum).toEqual(["all", "first", null]);
  expect(properties.webserver?.properties?.listen_port).toMatchObject({
    type: ["integer", "null"],
    minimum: 0,
    maximum: 65_535,
  });
  expect(properties.webserver?.additionalProperties).toBe(false);
});

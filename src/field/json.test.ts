import { expect, test } from "vitest";
import type { Json, JsonObject } from "../event/document.ts";
import { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import { documentVocabulary } from "./catalogue.ts";
import type { Value } from "./field.ts";
import { classesOfSource } from "./sources.ts";

const words = documentVocabulary(await classesOfSource("json"));

function read(document: JsonObject | readonly Json[], text: string): Value | undefined {
  const event = new Observed(new Machine());
  event.place(new Uint8Array(64), new DataView(new Uint8Array(64).buffer), 0, 0, 4);
  event.document = document;
  event.source = "shop";
  const use = words.lookup(text);
  if (use === undefined) throw new Error(`no field ${text}`);
  return use.field.bind(use.argument)(event);
}

const document = {
  user: { name: "zo\xc3\xab", roles: ["a", "b"], "x/y": 1, "m~n": true, none: null },
  large: 12345678901234567890n,
  list: [{ deep: [1, 2] }],
};

test.each([
  ["json.value[/user/name]", "zo\xc3\xab"],
  ["json.value[user/name]", "zo\xc3\xab"],
  ["jevt.value[/user/roles/1]", "b"],
  ["json.value[/user/roles]", '["a","b"]'],
  ["json.value[/user/roles/2]", undefined],
  ["json.value[/user/roles/x]", undefined],
  ["json.value[/user/x~1y]", "1"],
  ["json.value[/user/m~0n]", "true"],
  ["json.value[/user/none]", "null"],
  ["json.value[/user/none/x]", undefined],
  ["json.value[/large]", "12345678901234567890"],
  ["json.value[/list/0/deep/1]", "2"],
  ["json.value[/absent]", undefined],
  [
    "json.value[]",
    '{"user":{"name":"zo\xc3\xab","roles":["a","b"],"x/y":1,"m~n":true,"none":null},"large":12345678901234567890,"list":[{"deep":[1,2]}]}',
  ],
  ["json.rawtime", "0"],
  ["jevt.rawtime", "0"],
  ["evt.source", "shop"],
  ["evt.pluginname", "shop"],
  ["evt.is_async", false],
])("%s", (field, value) => {
  expect(read(document, field)).toEqual(value);
});

test("a document is indented by two spaces per level", () => {
  expect(read([{ a: [] }], "json.obj")).toBe('[\n  {\n    "a": []\n  }\n]');
});

test("a value that is nested too deeply is absent", () => {
  let deep: Json = [];
  for (let i = 0; i < 200_000; i++) deep = [deep];
  expect(read({ deep }, "json.value[/deep]")).toBeUndefined();
  expect(read({ deep }, "json.obj")).toBeUndefined();
});

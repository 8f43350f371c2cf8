import { expect, test } from "vitest";
import { mistakeIn } from "./mistake.ts";
import { anything, filledText, list, object, oneOf, optional, record, shortList, text, wholeFrom } from "./schema.ts";

const schema = object({
  name: filledText(5),
  kind: optional(oneOf(["a", "b"])),
  size: optional(wholeFrom(1, 9)),
  tags: optional(shortList(text(), 2)),
  inner: optional(list(object({ id: text() }))),
  fields: optional(record(anything("Any JSON."))),
});

test.each([
  [{ name: "x", kind: "b", size: 9, tags: ["", "y"], inner: [{ id: "" }], fields: { a: [null, { b: 1 }] } }, undefined],
  [null, "it is not an object"],
  [{}, 'it is missing the field "name"'],
  [{ name: "" }, "it.name is too short"],
  [{ name: "123456" }, "it.name has more than 5 characters"],
  [{ name: null }, "it.name is not a string"],
  [{ name: "x", kind: "c" }, "it.kind is not one of a, b"],
  [{ name: "x", kind: 1 }, "it.kind is not a string"],
  [{ name: "x", kind: undefined }, "it.kind is not a string"],
  [{ name: "x", size: 0 }, "it.size is less than 1"],
  [{ name: "x", size: 10 }, "it.size is more than 9"],
  [{ name: "x", size: 1.5 }, "it.size is not an integer"],
  [{ name: "x", tags: "y" }, "it.tags is not an array"],
  [{ name: "x", tags: ["", "", ""] }, "it.tags has more than 2 items"],
  [{ name: "x", tags: ["", 1] }, "it.tags[1] is not a string"],
  [{ name: "x", inner: [{ id: "" }, {}] }, 'it.inner[1] is missing the field "id"'],
  [{ name: "x", inner: [{ id: "", more: 1 }] }, 'it.inner[0] has the unknown field "more"'],
  [{ name: "x", ["y".repeat(60)]: 1 }, `it has the unknown field "${"y".repeat(40)}"`],
])("%j: %s", (value, mistake) => {
  expect(mistakeIn(schema, value)).toBe(mistake);
});

test.each(["toString", "constructor", "__proto__", "hasOwnProperty"])("%s is an unknown property", (name) => {
  expect(mistakeIn(schema, JSON.parse(`{"name":"x","${name}":1}`))).toBe(`it has the unknown field "${name}"`);
});

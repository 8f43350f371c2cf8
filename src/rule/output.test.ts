import { describe, expect, it } from "vitest";
import type { Vocabulary } from "../condition/bind.ts";
import type { Field } from "../field/field.ts";
import { plainPrinting } from "../field/print.ts";
import { row, rowWith } from "../field/row.ts";
import { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import { OutputError, parseOutput } from "./output.ts";

/** Stubs of fields with constant values. */
const fields: Field[] = [
  row("p.name", "CHARBUF", () => "cat", ""),
  row("p.gone", "CHARBUF", () => undefined, ""),
  row("p.big", "UINT64", () => 5285296880127894940n, "", { wide: true }),
  rowWith("p.up", "CHARBUF", (argument) => () => `up${argument ?? ""}`, "", {
    argument: { required: false, index: true, key: false },
  }),
];
const vocabulary: Vocabulary = {
  lookup(text) {
    const [, name, argument] = /^([a-z.]+)(?:\[(.*)\])?$/.exec(text) ?? [];
    const field = fields.find((one) => one.name === name);
    return field && { field, argument };
  },
  isEventName: () => true,
};
const event = new Observed(new Machine());
const text = (output: string): string => parseOutput(output, vocabulary, plainPrinting).text(event);
const json = (output: string): Record<string, string> =>
  Object.fromEntries(
    parseOutput(output, vocabulary, plainPrinting).fields.map(({ name, json }) => [name, json(event)]),
  );

describe("an output", () => {
  it("contains the values of fields instead of their names", () => {
    expect(text("a %p.name,%p.up[2] (%p.big)")).toBe("a cat,up2 (5285296880127894940)");
    expect(text("%p.name")).toBe("cat");
    expect(text("nothing")).toBe("nothing");
  });

  it("prints <NA> for a missing value, with or without an asterisk at the start", () => {
    expect(text("x=%p.gone")).toBe("x=<NA>");
    expect(text("*x=%p.gone")).toBe("x=<NA>");
  });

  it("uses the longest prefix that is a field; the rest is text", () => {
    expect(text("%p.names and %p.name.x")).toBe("cats and cat.x");
    expect(text("%p.name[")).toBe("cat[");
  });

  it("pads and truncates to a width", () => {
    expect(text("%5p.name|%2p.name|")).toBe("cat  |ca|");
  });

  it("applies transformers to the text, and lists the field without transformers", () => {
    expect(text("%toupper(p.name)!")).toBe("CAT!");
    expect(json("%toupper(p.name)!")).toEqual({ "p.name": '"cat"' });
  });

  it("lists each field once, under the name in the output", () => {
    expect(json("%p.up[2] %p.up[2] %p.big %p.gone")).toEqual({
      "p.up[2]": '"up2"',
      "p.big": "5285296880127894940",
      "p.gone": "null",
    });
  });

  it.each([
    ["100%", 3],
    ["a %12", 2],
    ["a %nothing.here", 2],
    ["%p.name %word", 8],
  ])("is rejected if a percent sign is not followed by a field: %s", (output, offset) => {
    expect(() => parseOutput(output, vocabulary, plainPrinting)).toThrow(OutputError);
    expect(() => parseOutput(output, vocabulary, plainPrinting)).toThrow(expect.objectContaining({ offset }));
  });
});

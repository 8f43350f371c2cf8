import { expect, test } from "vitest";
import { toByteString } from "./bytes.ts";
import { parseJson } from "./json-text.ts";

const parse = (text: string) => parseJson(new TextEncoder().encode(text));

test("text and keys become byte strings, with and without escapes", () => {
  const escaped = parse(String.raw`{"\u00fc\u20ac":"\u00e9\ud83d\ude00\u003c\\u0041\ud800"}`);
  expect(escaped).toEqual({ [toByteString("ü€")]: toByteString("é😀<\\u0041\ufffd") });
  expect(parse('{"ü€":"é😀"}')).toEqual({ [toByteString("ü€")]: toByteString("é😀") });
});

test("bytes that are not UTF-8 are unchanged", () => {
  expect(parseJson(Uint8Array.of(0x22, 0xff, 0x80, 0x22))).toBe("\xff\x80");
});

test("integers of any length are exact", () => {
  expect(parse('{"flow_id":1790384218471838465,"port":443,"f":1.5,"digits":"12345678901234567890"}')).toEqual({
    flow_id: 1790384218471838465n,
    port: 443,
    f: 1.5,
    digits: "12345678901234567890",
  });
});

test.each([
  ["", "it is empty"],
  ['{"a":', "unexpected end"],
  ['"abc', "unexpected end"],
  ['{"secret":x}', "invalid JSON"],
  ['{"a":1} trailing', "invalid JSON at byte 9"],
])("%j is rejected, with a reason that does not contain the text", (text, reason) => {
  expect(() => parse(text)).toThrow(reason);
  expect(() => parse(text)).not.toThrow("secret");
});

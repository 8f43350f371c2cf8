import { describe, expect, test } from "vitest";
import { toByteString } from "../event/bytes.ts";
import type { FieldType, NumberFormat, Value } from "./field.ts";
import { bufferText, doubleJson, plainPrinting, valueJson, valueText } from "./print.ts";

const base64Printing = { base64Buffers: true };

describe("a value", () => {
  test.each<
    [what: string, value: Value, type: FieldType, format: NumberFormat, text: string | undefined, json: string]
  >([
    ["number", -2, "INT64", "dec", "-2", "-2"],
    ["64-bit number", 18446744073709551615n, "UINT64", "dec", "18446744073709551615", "18446744073709551615"],
    ["padded number", 42, "RELTIME", "padded10", "000000042", '"000000042"'],
    ["hexadecimal number", 0xfe00, "INT32", "hex", "FE00", '"FE00"'],
    ["negative number in hexadecimal", -1, "INT32", "hex", "FFFFFFFF", '"FFFFFFFF"'],
    ["octal number", 0o644, "UINT32", "oct", "644", '"644"'],
    ["number that is not to be shown", 1, "UINT32", "none", undefined, "null"],
    ["double", 0.390625, "DOUBLE", "dec", "0.4", "0.390625"],
    ["flag", true, "BOOL", "dec", "true", "true"],
    ["IPv4 address", "\x7f\0\0\x01", "IPADDR", "dec", "127.0.0.1", '"127.0.0.1"'],
    ["IPv6 address", `${"\0".repeat(15)}\x01`, "IPADDR", "dec", "::1", '"::1"'],
    ["network", "\x7f\0\0\x01", "IPNET", "dec", "<IPNET>", '"<IPNET>"'],
    ["text", 'say "hi"', "CHARBUF", "dec", 'say "hi"', '"say \\"hi\\""'],
    ["list", ["file", "pipe"], "CHARBUF", "dec", "(file,pipe)", '["file","pipe"]'],
    ["empty list", [], "CHARBUF", "dec", "()", "null"],
  ])("of type %s is printed as existing rules expect", (_what, value, type, format, text, json) => {
    expect(valueText(value, type, format, plainPrinting)).toBe(text);
    expect(valueJson(value, type, format, plainPrinting)).toBe(json);
  });

  test("keeps UTF-8 and replaces invalid bytes and control characters", () => {
    const bytes = `${toByteString("grün 🦊")}\xff\xe2\x28\x1b[0m\n`;
    expect(valueText(bytes, "CHARBUF", "dec", plainPrinting)).toBe("grün 🦊\ufffd\ufffd(\ufffd[0m\ufffd");
  });

  test("of a long list is truncated", () => {
    const list = Array.from({ length: 500 }, (_, i) => `item${i}`);
    expect(valueText(list, "CHARBUF", "dec", plainPrinting)).toHaveLength(1023);
  });
});

describe("a double in JSON", () => {
  test.each([
    [0, "0.0"],
    [100, "100.0"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1e15, "1e+15"],
    [0.001049041748046875, "0.001049041748046875"],
  ])("%d parses to the same number", (value, json) => {
    expect(doubleJson(value)).toBe(json);
    expect(JSON.parse(json)).toBe(value);
  });
});

describe("a buffer", () => {
  test("is shown with dots for bytes that are not printable ASCII", () => {
    expect(bufferText("\x7fELF\x02\x01\0é", plainPrinting)).toBe(".ELF....");
  });

  test.each([
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["\xff\0\xfe", "/wD+"],
  ])("%j is shown completely in base64 if configured", (bytes, text) => {
    expect(bufferText(bytes, base64Printing)).toBe(text);
  });
});

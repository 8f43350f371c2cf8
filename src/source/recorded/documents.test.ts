import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import type { Json } from "../../event/document.ts";
import { anyJson, type Reader } from "../reader.ts";
import { documentsIn, type InvalidPart } from "./documents.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-recorded-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(content: string | Uint8Array, most = 1000, reader: Reader = anyJson) {
  const path = join(folder, "events.json");
  writeFileSync(path, content);
  const values: Json[] = [];
  const mistakes: InvalidPart[] = [];
  for await (const documents of documentsIn({ path, reader, most, onInvalid: (mistake) => mistakes.push(mistake) }))
    for (const { value } of documents) values.push(value);
  return { values, mistakes: mistakes.map(({ line, part, message }) => [line, part, message]) };
}

test("a file is one event, a list of events, or an event per line", async () => {
  expect((await read('{"a":1}')).values).toEqual([{ a: 1 }]);
  expect((await read('\n{\n "a": 1\n}\n')).values).toEqual([{ a: 1 }]);
  expect((await read('[\n {"a": 1},\n {"a": 2}\n]\n')).values).toEqual([{ a: 1 }, { a: 2 }]);
  expect((await read('{"a":1}\r\n\n{"a":2}\n[{"a":3},{"a":4}]')).values).toEqual([
    { a: 1 },
    { a: 2 },
    { a: 3 },
    { a: 4 },
  ]);
  expect((await read("")).values).toEqual([]);
  expect((await read("\n \n")).values).toEqual([]);
});

test("gzip is decompressed", async () => {
  expect((await read(gzipSync('{"a":1}\n{"a":2}\n'))).values).toEqual([{ a: 1 }, { a: 2 }]);
  await expect(read(gzipSync('{"a":1}\n').subarray(0, 20))).rejects.toThrow("unexpected end of file");
});

test("an invalid event is reported with its line, and the rest is read", async () => {
  expect(await read('{"a":1}\n{"a":\n7\n\n[{"a":2},"x"]\n{"a":3}')).toEqual({
    values: [{ a: 1 }, { a: 2 }, { a: 3 }],
    mistakes: [
      [2, undefined, "unexpected end of JSON after 5 bytes"],
      [3, undefined, "it is not an object"],
      [5, 2, "it is not an object"],
    ],
  });
});

test("an invalid first line does not affect the other lines", async () => {
  expect(await read('{"a":1\n{"a":2}\n')).toEqual({
    values: [{ a: 2 }],
    mistakes: [[1, undefined, "invalid JSON at byte 7"]],
  });
});

test("an event that is too large is rejected individually", async () => {
  const { values, mistakes } = await read(`[{"a":1},{"b":"${"x".repeat(2000)}"}]`);
  expect(values).toEqual([{ a: 1 }]);
  expect(mistakes).toEqual([[undefined, 2, expect.stringContaining("exceeds the limit of 1000 bytes")]]);
});

test("lines longer than a chunk of the file are read completely", async () => {
  const long = "y".repeat(700_000);
  const { values, mistakes } = await read(`{"a":1}\n{"b":"${long}"}\n{"a":2}\n`, 1 << 20);
  expect(values).toEqual([{ a: 1 }, { b: long }, { a: 2 }]);
  expect(mistakes).toEqual([]);
});

test("lines of a source without JSON are read by its decoder", async () => {
  const words: Reader = {
    split: anyJson.split,
    lines:
      () =>
      (text, { time }) => ({ documents: [{ time, value: { text: Buffer.from(text).toString() } }], refused: [] }),
  };
  expect((await read("one\ntwo", 10, words)).values).toEqual([{ text: "one" }, { text: "two" }]);
});

test("a missing file causes an error with the system's message", async () => {
  const reading = documentsIn({ path: join(folder, "none"), reader: anyJson, most: 1, onInvalid: () => {} });
  await expect(reading.next()).rejects.toMatchObject({ code: "ENOENT" });
});

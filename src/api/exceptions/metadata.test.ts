import { expect, test } from "vitest";
import { parseYaml } from "../../rule/parse-yaml.ts";
import { type ExceptionMetadata, hasMetadata, metadataIn, metadataLine } from "./metadata.ts";

const ID = "0123456789abcdef";

test.each([
  "a\n- rule: Evil\n  condition: evt.type = open",
  "a\r- rule: Evil",
  "a\u2028- rule: Evil",
  "a\u0085- rule: Evil",
  "\u0000\u001b[31m",
  "*/ --- ... # { [ & * ! | > ' \" %",
  "é 🦊 \ud800",
  "x".repeat(500),
  "\n".repeat(500),
])("a reason is written as one comment of printable ASCII, and is read back unchanged: %j", async (reason) => {
  const metadata: ExceptionMetadata = { id: ID, user: reason.slice(0, 64), reason, time: "2026-01-02T03:04:05.678Z" };
  const line = metadataLine(metadata);
  expect(line).toMatch(/^# eyas-exception: [\x20-\x7e]+$/);
  expect(metadataIn(line)).toEqual(metadata);
  expect(await parseYaml(`${line}\n- rule: a\n`)).toMatchObject({ documents: [{ kind: "sequence", items: [{}] }] });
});

test("long texts are truncated", () => {
  const metadata = metadataIn(metadataLine({ id: ID, reason: "\n".repeat(10_000), user: "\n".repeat(10_000) }));
  expect([metadata?.reason?.length, metadata?.user?.length]).toEqual([500, 200]);
});

test.each([
  "# eyas-exception: {}",
  '# eyas-exception: {"id":"0123456789abcde"}',
  '# eyas-exception: {"id":"0123456789abcdef","more":1}',
  '# eyas-exception: {"id":"0123456789abcdef","expires":"tomorrow"}',
  '# eyas-exception: {"id":"0123456789abcdef","expires":"2026-99-99T00:00:00Z"}',
  '# eyas-exception: {"id":"0123456789abcdef","user":1}',
  '# eyas-exception: {"id":"0123456789abcdef","changed":{"user":"a"}}',
  '# eyas-exception: {"id":"0123456789abcdef","__proto__":{}}',
  '# eyas-exception: ["0123456789abcdef"]',
  '# eyas-exception: {"id":"0123456789abcdef"',
  ' # eyas-exception: {"id":"0123456789abcdef"}',
  "# a comment",
  `# eyas-exception: {"id":"0123456789abcdef","reason":"${"x".repeat(501)}"}`,
])("a comment in another format is not metadata: %s", (line) => {
  expect(metadataIn(line)).toBeUndefined();
});

test("a text with a comment that could be read as metadata is recognized", () => {
  expect(hasMetadata("- rule: a\n#  eyas-exception: {}")).toBe(true);
  expect(hasMetadata("- rule: eyas-exceptions")).toBe(false);
});

test("metadata that could not be read back is not written; times can have nanoseconds", () => {
  expect(() => metadataLine({ id: ID, expires: "2026-12-01" })).toThrow("not valid");
  const metadata = { id: ID, expires: "2026-12-01T00:00:00.123456789Z" };
  expect(metadataIn(metadataLine(metadata))).toEqual(metadata);
});

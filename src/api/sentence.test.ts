import { expect, test } from "vitest";
import { sentenceOf } from "./sentence.ts";

function sentence(output: string): string {
  return sentenceOf({
    ...{ id: "1", time: "2026-01-01T00:00:00Z", rule: "r", priority: "Notice", source: "syscall", hostname: "n" },
    ...{ tags: [], output, fields: {}, state: "open", comments: 0, responses: 0 },
  });
}

test.each([
  ["cat read /etc/shadow | file=/etc/shadow user=root", "cat read /etc/shadow"],
  ["A shell started (user=root)", "A shell started"],
  ["A shell started. | user=root", "A shell started"],
  ["  A shell started .;  ", "A shell started "],
  [" | user=root", "| user=root"],
  ["(user=root)", "(user=root)"],
  ["...", ""],
])("the sentence of %j begins with %j", (output, head) => {
  expect(sentence(output)).toBe(`${head}. Where: machine n.`);
});

// With quadratic time, this would take hours.
test.each([" ", ".", "|", "| ", "(a", "|a"])("a million repetitions of %j have a sentence", (text) => {
  expect(sentence(`x${text.repeat(1_000_000)}x`)).toMatch(/^x/);
});

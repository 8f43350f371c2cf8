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

test.each([" ", ".", "|", "| ", "(a", "|a"])("the time is linear in the number of repetitions of %j", (text) => {
  const timeOf = (count: number): number => {
    const began = performance.now();
    sentence(`x${text.repeat(count)}x`);
    return performance.now() - began;
  };
  const [small, large] = [timeOf(10_000), timeOf(80_000)];
  expect(large).toBeLessThan(30 * small + 300); // quadratic: 64 times as long
});

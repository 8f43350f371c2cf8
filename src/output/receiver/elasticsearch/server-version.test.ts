import { expect, test } from "vitest";
import { isAtLeast, serverIn } from "./server-version.ts";

const about = (number: string, distribution?: string): string => JSON.stringify({ version: { distribution, number } });

test.each([
  [about("7.13.4"), false],
  [about("7.14.0"), true],
  [about("9.1.0-SNAPSHOT"), true],
  [about("2.11.1", "opensearch"), false],
  [about("2.12.0", "opensearch"), true],
  [about("3.0.0", "opensearch"), true],
  // any version of OpenSearch, with compatibility.override_main_response_version
  [about("7.10.2", "opensearch"), false],
  ["{}", false],
  ["", false],
])("%s: whether it has match_only_text", (answer, expected) => {
  expect(isAtLeast(serverIn(answer), { elastic: [7, 14], open: [2, 12] })).toBe(expected);
});

import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { regexTest } from "./regex.ts";

/** Whether the whole text matches, according to the regular expression engine alone. */
const matches = (expression: string, text: string): boolean => RE2JS.compile(expression, RE2JS.MULTILINE).matches(text);

const texts = [
  "",
  "a",
  "b",
  "ab",
  "xaby",
  "xa",
  "by",
  "a\nb",
  "xab\n",
  "\nab",
  "a.b",
  "[a]",
  "a|b",
  "(ab)",
  "xx.*",
  "*a",
  "|",
];
const expressions = [
  ...[".*ab.*", ".*(a|b).*", ".*a|b.*", ".*a.*|.*b.*", ".*[|]b.*", ".*[]|]b.*", ".*[^]|]b.*", ".*a[.]b.*", ".*a\\.*"],
  ...[
    ".*\\|b.*",
    ".*\\(ab\\).*",
    ".*(a|b)|b.*",
    ".*a?.*",
    ".**a.*",
    ".*+a.*",
    ".*^a.*",
    ".*b$.*",
    ".*",
    ".*.*",
    "ab.*",
  ],
  ...[".*ab", ".*a{1,2}b.*", ".*(a(b|x)).*", ".*[[:alpha:]]b.*", ".*\\\\.*", ".*[(]ab[)].*", ".*[a.*"],
];

test.each(expressions)("%s matches only whole texts, even if only its middle is searched for", (expression) => {
  let test: (text: string) => boolean;
  try {
    test = regexTest(expression);
  } catch {
    return; // not a POSIX expression
  }
  const posix = expression.replace(/([*+?]){2,}/g, "*");
  for (const text of texts) expect([text, test(text)]).toEqual([text, matches(posix, text)]);
});

test("an expression that matches a part of the text is fast for a long text", () => {
  const long = `${'"add":["x",'.repeat(100_000)}"add":["BPF"]`;
  expect(regexTest('.*"add":[[][^]]*"(ALL|BPF)".*')(long)).toBe(true);
  expect(regexTest('.*"add":[[][^]]*"(ALL|SYSLOG)".*')(long)).toBe(false);
});

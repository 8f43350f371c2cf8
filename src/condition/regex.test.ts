import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { isSurelyValid, regexTest } from "./regex.ts";

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

test("RE2 accepts each expression that is valid without compiling it", () => {
  const pieces = [
    ..."ab.*+?()|[]^$-\\:={}, \u00e9",
    "a-z",
    "[a",
    "[^",
    "b]",
    "\\.",
    "\\]",
    "[[:",
    ":]]",
    "-]",
    "(a",
    "b)",
    "{2}",
    "{1,}",
    "{3,2}",
    "{99,99}",
    "[]",
    "[^]",
    "[[]",
    "\n",
    "\t",
  ];
  let seed = 1;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  let count = 0;
  for (let i = 0; i < 60_000; i++) {
    const expression = Array.from({ length: 1 + random(10) }, () => pieces[random(pieces.length)]).join("");
    if (!isSurelyValid(expression)) continue;
    expect(() => RE2JS.compile(expression, RE2JS.MULTILINE), expression).not.toThrow();
    count++;
  }
  expect(count).toBeGreaterThan(3000);
  for (const other of ["a{2}{2}", "(a){2}", "a{100}", "[a", "(", "[[:alpha:]]", "[]-a", "a".repeat(501)])
    expect([other, isSurelyValid(other)]).toEqual([other, false]);
  for (const valid of ["[]a]", "[^]a]{2}", "a{2,}", "[a[]", "(.|\n)*", '[^] \\\\"$<{}].*'])
    expect([valid, isSurelyValid(valid)]).toEqual([valid, true]);
});

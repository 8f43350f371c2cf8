import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seeded } from "../damaged/random.ts";
import { bombs } from "./bombs.ts";
import { structureMutant } from "./mutate-structure.ts";
import { attackLoading, HANG, type Loader, openLoader, SLOW } from "./structure-fuzz.ts";

/** Expected messages for the files that once stopped the sensor. Each message has a position. */
const messages: readonly (readonly [kind: string, name: string, message: string])[] = [
  ["rules", "nested dashes", "attack.yaml:1:201: error: Sequences and mappings are nested deeper than 100 levels"],
  ["rules", "nested brackets", "attack.yaml:1:101: error: Sequences and mappings are nested deeper than 100 levels"],
  ["rules", "nested braces with a tag", "error: Sequences and mappings are nested deeper than 100 levels"],
  ["rules", "a chain of aliases", "error: Sequences and mappings are nested deeper than 100 levels"],
  ["rules", "doubling aliases", "error: The aliases of the document expand to more than 1000000 values"],
  ["rules", "many anchors", "error: The text has more than 500000 tokens"],
  ["rules", "many anchors for one node", "error: The text has more than 500000 tokens"],
  ["rules", "a thousand errors", "attack.yaml: errors and warnings not shown: 900; use --json to print all"],
  ["rules", "doubling macros", "error: The condition has more than 50000 tests and operators, with macros expanded"],
  ["rules", "doubling lists", "error: Lists expand to more than 1000000 items"],
  ["rules", "doubling lists whose names are not words", "error: Lists expand the condition to more than"],
  ["rules", "lists that name each other", "error: Lists expand to more than 1000000 items"],
  ["rules", "a long name in an output", "is not the name of a field"],
  ["rules", "many fields in an output", "error: The output has more than 1000 fields"],
  ["rules", "a longer chain of tests", "error: The condition has more than 50000 tests and operators"],
  ["rules", "nested parentheses", "error: Parentheses are nested deeper than 400 levels"],
  ["responses", "nested dashes", "attack.yaml:1:201: error: Sequences and mappings are nested deeper than 100 levels"],
  ["responses", "doubling macros", "error: The condition has more than 50000 tests and operators"],
  ["responses", "a thousand errors", "attack.yaml: errors and warnings not shown: 1900; use --json to print all"],
  [
    "configuration",
    "doubling aliases",
    "error: The configuration exceeds the limit of 20000 values, with aliases expanded",
  ],
  ["configuration", "nested brackets", "error: Sequences and mappings are nested deeper than 100 levels"],
  ["configuration", "the same key many times", "2:1: error: Map keys must be unique"],
];

describe("a worker with limits of time and memory", () => {
  let loader: Loader;
  beforeAll(() => {
    loader = openLoader(SLOW * HANG);
  });
  afterAll(() => loader.close());

  test.each(bombs)("loads $kind with $name", { timeout: 200_000 }, async ({ kind, name, text }) => {
    expect(await loader.load(kind, text)).toBe("loaded");
    for (const [ofKind, ofName, message] of messages)
      if (ofKind === kind && ofName === name) expect(loader.messages).toContain(message);
  });

  test("each expected message belongs to an existing file", () => {
    const known = bombs.map(({ kind, name }) => `${kind} with ${name}`);
    expect(known).toEqual(expect.arrayContaining(messages.map(([kind, name]) => `${kind} with ${name}`)));
  });
});

test("mutants with enlarged, nested and repeated content neither crash nor hang", { timeout: 600_000 }, async () => {
  const lines: string[] = [];
  const found = await attackLoading({
    attempts: 60,
    seed: 7,
    isTest: true,
    skipBombs: true,
    report: (line) => lines.push(line),
  });
  expect(lines).toEqual(["loading: seed 7"]);
  expect(found).toEqual({ attempts: 60, crashes: 0, hangs: 0 });
});

test("equal seeds result in equal mutants", () => {
  expect(structureMutant(seeded(3))).toEqual(structureMutant(seeded(3)));
});

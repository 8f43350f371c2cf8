import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { plainPrinting } from "../../field/print.ts";
import { Machine } from "../../machine/machine.ts";
import type { Observed } from "../../machine/observed.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import { openCapture } from "../../source/capture/source.ts";
import { type Bench, loadBench, words } from "../bench.ts";
import { conditionTrees } from "../condition-tree.ts";
import { evaluateAll, scriptedEvents } from "../test/case-events.ts";
import { rule } from "../test/run-tests.fixture.ts";
import { readTestFile } from "../test/test-file.ts";
import { type EventFacts, factsReader } from "./event.ts";
import { deciding, explain, type Verdict } from "./explain.ts";
import { explanationJson } from "./json.ts";
import { type RuleVerdict, rankRules } from "./rank.ts";
import { explanationText } from "./report.ts";
import { type TextStyle, treeText } from "./text.ts";
import { valueReader } from "./value.ts";

const root = join(import.meta.dirname, "../../..");
const shared = process.env.EYAS_SHARED ?? join(root, "../shared");
const capture = join(shared, "conformance/traces/attack.scap.gz");
const recorded = join(shared, "conformance/alerts/attack-stable-all.jsonl.gz");
const upstream = join(shared, "upstream-rules/falco_rules.yaml");
const show = valueReader(words, plainPrinting);
const look: TextStyle = { width: 100, macros: false, paint: (_tone, text) => text };

async function benchOf(name: string, text: string): Promise<Bench> {
  const { bench, results } = await loadBench([{ name, text }]);
  if (bench === undefined) throw new Error(JSON.stringify(results));
  return bench;
}

/** Evaluates rules on an event in the syntax of rule tests. */
async function ranked(
  rules: string,
  event: string,
): Promise<{ readonly event: EventFacts; readonly verdicts: readonly RuleVerdict[] }> {
  const { ruleset, rules: loaded, definitions } = await benchOf("r.yaml", rules);
  const { cases, faults } = await readTestFile({
    name: "t.yaml",
    text: `cases:\n  - name: it\n    events: [{${event}}]\n    silent: all\n`,
  });
  expect(faults).toEqual([]);
  const factsOf = factsReader(words, plainPrinting);
  let result: { readonly event: EventFacts; readonly verdicts: readonly RuleVerdict[] } | undefined;
  scriptedEvents(cases[0]!).evaluate(
    ruleset,
    () => undefined,
    (one) => {
      result = { event: factsOf(one), verdicts: rankRules(loaded, conditionTrees(definitions), one, show) };
    },
  );
  if (result === undefined) throw new Error("There was no event.");
  return result;
}

async function treeOf(rules: string, event: string, more: Partial<TextStyle> = {}): Promise<string> {
  const { verdicts } = await ranked(rules, event);
  return treeText(verdicts[0]!.verdict, { ...look, ...more });
}

const READS_SHADOW = "openat: {path: /etc/shadow, by: cat}";

const MACROS = `
- list: secrets
  items: [/etc/shadow, /etc/gshadow]
- list: readers
  items: [passwd, su]
- macro: opened
  condition: (evt.type in (open, openat) and fd.num >= 0)
- macro: secret
  condition: (fd.name in (secrets) or fd.directory = /secret)
`;

describe("the tree of a condition", () => {
  it("keeps the names of macros and lists and shows the values of each test", async () => {
    const tree = await treeOf(
      `${MACROS}${rule("r", "opened and secret and not proc.name in (readers)")}`,
      READS_SHADOW,
    );
    expect(tree).toBe(
      ["✓ and ◀ decided: all true", "  ✓ opened", "  ✓ secret", "  ✓ not proc.name in (readers)  → cat", ""].join("\n"),
    );
  });

  it("expands macros on request", async () => {
    const tree = await treeOf(`${MACROS}${rule("r", "opened and secret")}`, READS_SHADOW, { macros: true });
    expect(tree).toBe(
      [
        "✓ and ◀ decided: all true",
        "  ✓ opened: and",
        "    ✓ evt.type in (open, openat)  → openat",
        "    ✓ fd.num >= 0  → 3",
        "  ✓ secret: or",
        "    ✓ fd.name in (secrets)  → /etc/shadow",
        "    · fd.directory = /secret  → /etc",
        "",
      ].join("\n"),
    );
  });

  it("marks the deciding part, expands the macros around it, and marks parts that were not evaluated", async () => {
    const tree = await treeOf(
      `${MACROS}${rule("r", "opened and secret and proc.name = tar")}`,
      "openat: {path: /etc/hosts, by: cat}",
    );
    expect(tree).toBe(
      [
        "✗ and",
        "  ✓ opened",
        "  ✗ secret: or ◀ decided: all false",
        "    ✗ fd.name in (secrets)  → /etc/hosts",
        "    ✗ fd.directory = /secret  → /etc",
        "  · proc.name = tar  → cat",
        "",
      ].join("\n"),
    );
  });

  it("names the exception that prevented a match", async () => {
    const rules = `${MACROS}${rule("r", "opened and secret")}  exceptions:
    - name: no_values
      fields: [proc.name]
    - name: backup
      fields: [proc.name, fd.name]
      comps: [=, startswith]
      values:
        - [rsync, /etc]
        - [cat, /etc/sh]
    - name: other
      fields: proc.name
      comps: in
      values: [dog]
`;
    const tree = await treeOf(rules, READS_SHADOW);
    expect(tree).toBe(
      [
        "✗ and",
        "  ✓ opened",
        "  ✓ secret",
        "  ✗ not exception backup: or",
        "    ✗ and",
        "      ✗ proc.name = rsync  → cat",
        "      · fd.name startswith /etc  → /etc/shadow",
        "    ✓ and ◀ decided: all true",
        "      ✓ proc.name = cat  → cat",
        "      ✓ fd.name startswith /etc/sh  → /etc/shadow",
        "  · not exception other",
        "",
      ].join("\n"),
    );
  });

  it.each([
    ["fd.name in (my secrets)", "✓ fd.name in (/etc/shadow)  → /etc/shadow ◀ decided\n"],
    [
      "not not opened",
      "✓ opened: and ◀ decided: all true\n  ✓ evt.type in (open, openat)  → openat\n  ✓ fd.num >= 0  → 3\n",
    ],
    ["not (proc.name = cat)", "✗ not proc.name = cat  → cat ◀ decided\n"],
    ["proc.name = dog or proc.name = cat", "✓ or\n  ✗ proc.name = dog  → cat\n  ✓ proc.name = cat  → cat ◀ decided\n"],
    ["not (proc.name = cat and fd.num < 0)", "✓ not and\n  ✓ proc.name = cat  → cat\n  ✗ fd.num < 0  → 3 ◀ decided\n"],
  ])("of %s has the minimum number of lines", async (condition, expected) => {
    const odd = "- list: my secrets\n  items: [/etc/shadow]\n";
    const tree = await treeOf(`${odd}${MACROS}${rule("r", condition)}`, READS_SHADOW);
    expect(tree).toBe(expected);
  });

  it("handles deeply nested conditions", async () => {
    const depth = 150;
    const nested = `${"(proc.name = dog or (proc.name = cat and ".repeat(depth)}fd.num = 3${"))".repeat(depth)}`;
    const { verdicts } = await ranked(rule("r", nested), READS_SHADOW);
    expect(deciding(verdicts[0]!.verdict).part.text).toMatch(/^proc.name = cat and/);
    expect(verdicts[0]!.matches).toBe(true);
  });

  it("has the position of each part, including values of exceptions", async () => {
    const { verdicts } = await ranked(
      `${MACROS}${rule("r", "opened and secret")}  exceptions:
    - name: backup
      fields: [proc.name, fd.name]
      values:
        - [cat, /etc/shadow]
`,
      READS_SHADOW,
    );
    const { verdict } = verdicts[0]!;
    const lines = (one: Verdict): string[] => [
      `${one.part.kind} ${one.part.place.position().line}`,
      ...one.parts.flatMap(lines),
    ];
    expect(lines(verdict)).toEqual([
      "and 12",
      "macro 12",
      "and 7",
      "test 7",
      "test 7",
      "macro 12",
      "or 9",
      "test 9",
      "test 9",
      "exception 16",
      "not 16",
      "and 16",
      "test 19",
      "test 19",
    ]);
  });

  it("shows all values of fields with several values, and both sides of a comparison between fields", async () => {
    const { verdicts } = await ranked(
      rule("r", "evt.type = connect and fd.ip = 192.0.2.9 and proc.aname = sshd and proc.name = val(proc.pname)"),
      `connect: {from: "10.0.0.5:40000", to: "192.0.2.9:80", by: {command: curl, ancestors: [bash, sshd]}}`,
    );
    const [, ip, ancestor, pair] = verdicts[0]!.verdict.parts.map(({ values }) =>
      values.map(({ term, text }) => [term, text]),
    );
    expect(ip).toEqual([
      ["fd.cip", "10.0.0.5"],
      ["fd.sip", "192.0.2.9"],
    ]);
    expect(ancestor![0]![0]).toBe("proc.aname");
    expect(ancestor![0]![1]).toMatch(/^\(bash,sshd,/);
    expect(pair).toEqual([
      ["proc.name", "curl"],
      ["proc.pname", "bash"],
    ]);
  });

  it("wraps at the width of the terminal", async () => {
    const path = `/${"long-directory/".repeat(9)}file`;
    const rules = rule("r", `evt.type = openat and fd.name in (${path}, /b, /c, /d, /e, /f, /g, /h, /i)`);
    const { event, verdicts } = await ranked(rules, `openat: {path: ${path}, by: cat}`);
    const narrow = { ...look, width: 50 };
    const text = explanationText(event, verdicts, true, narrow);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(50);
    expect(text).toMatch(/…\s+3 more\)/);
  });
});

describe("the closest rules", () => {
  const rules = [
    rule("fires", "evt.type = openat and fd.name = /etc/shadow"),
    rule("one short", "evt.type = openat and fd.name = /etc/shadow and proc.name = dog"),
    rule("one short of two", "evt.type = openat and proc.name = dog"),
    rule("two short", "evt.type = openat and fd.name = /etc/hosts and proc.name = dog"),
    rule(
      "short of the lesser alternative",
      "evt.type = openat and ((proc.name = a and proc.name = b) or proc.name = c)",
    ),
    rule("other type", "evt.type = connect and fd.name = /etc/shadow"),
  ].join("");

  it("are ranked by unmet tests; rules for other event types are last", async () => {
    const { verdicts } = await ranked(rules, READS_SHADOW);
    expect(verdicts.map(({ rule: { name }, missing }) => [name, missing.length])).toEqual([
      ["fires", 0],
      ["one short", 1],
      ["one short of two", 1],
      ["short of the lesser alternative", 1],
      ["two short", 2],
      ["other type", 1],
    ]);
    expect(verdicts.map(({ matches: fires }) => fires)).toEqual([true, false, false, false, false, false]);
    expect(verdicts.at(-1)?.relevant).toBe(false);
  });

  it("are printed with their unmet tests", async () => {
    const { event, verdicts } = await ranked(rules, READS_SHADOW);
    const text = explanationText(event, verdicts.slice(0, 2), false, look);
    expect(text).toContain("one short (r.yaml:6): 1 comparison not met, 67% met\n    ✗ proc.name = dog  → cat\n");
  });

  it("are printed as JSON", async () => {
    const { event, verdicts } = await ranked(rules, READS_SHADOW);
    const { event: facts, rules: result } = JSON.parse(explanationJson(event, verdicts.slice(0, 2)));
    expect(facts).toMatchObject({ "evt.num": 1, "evt.type": "openat", "proc.name": "cat" });
    expect(result[1]).toMatchObject({
      rule: "one short",
      fires: false,
      missing: [{ text: "proc.name = dog", file: "r.yaml", line: 8 }],
      decided: { text: "proc.name = dog", line: 8 },
      condition: {
        kind: "and",
        verdict: false,
        parts: [
          { kind: "test", verdict: true, values: { "evt.type": "openat" } },
          { kind: "test", verdict: true, values: { "fd.name": "/etc/shadow" } },
          { kind: "test", verdict: false, decided: true, values: { "proc.name": "cat" } },
        ],
      },
    });
  });
});

function testsOf(verdict: Verdict): readonly Verdict[] {
  return verdict.part.kind === "test" ? [verdict] : verdict.parts.flatMap(testsOf);
}

/** Receives each event and the rules that match it. */
type Seen = (event: Observed, found: readonly LoadedRule[]) => void;

function replay({ ruleset }: Bench, see: Seen): void {
  const match = (event: Observed): readonly number[] => {
    const found = ruleset.wanted[event.type] === 1 ? ruleset.match(event) : [];
    see(
      event,
      found.map((number) => ruleset.rules[number]!),
    );
    return [];
  };
  const all = { rules: [], wanted: new Uint8Array(ruleset.wanted.length).fill(1), match };
  evaluateAll(openCapture(capture), new Machine(), all, () => undefined);
}

const ALERTS = 20;
const EVERY = 499;

describe("explanations of events of a capture", needs("shared captures"), () => {
  const files = [join(root, "rules/syscall.yaml"), upstream].filter(existsSync);

  describe.each(files)("with %s", (name) => {
    let bench: Bench;
    let values: ReturnType<typeof valueReader>;
    beforeAll(async () => {
      bench = await benchOf(name, readFileSync(name, "utf8"));
      values = valueReader(bench.words("syscall"), plainPrinting);
    });

    it(`of ${ALERTS} alerts are true and have the values that the alerts print`, () => {
      const author = conditionTrees(bench.definitions);
      const explained = new Map<string, number>();
      let total = 0;
      let compared = 0;
      replay(bench, (event, found) => {
        for (const one of found) {
          // Explains at most two alerts per rule, so that many rules are explained.
          const before = explained.get(one.name) ?? 0;
          if (total === ALERTS || before === 2) continue;
          explained.set(one.name, before + 1);
          total++;
          const verdict = explain(author.of(one), event, values);
          expect(verdict.holds, one.name).toBe(true);
          expect(deciding(verdict).holds).toBe(true);
          const printed = new Map(one.template.fields.map((field) => [field.name, field.json(event)]));
          for (const { values: shown } of testsOf(verdict)) {
            for (const { term, json } of shown) {
              const expected = printed.get(term);
              // Explanations list all values that a test compares: ancestors, or both paths of an exchange.
              if (expected === undefined || term === "proc.aname" || term.startsWith("fs.real.")) continue;
              expect(json, `${one.name}: ${term}`).toBe(expected);
              compared++;
            }
          }
        }
      });
      expect(total).toBe(ALERTS);
      expect(compared).toBeGreaterThan(ALERTS);
    });

    it("of other events agree with the engine", () => {
      const author = conditionTrees(bench.definitions);
      const conditions = bench.ruleset.rules.map((one) => ({ one, condition: author.of(one) }));
      let asked = 0;
      const differences: string[] = [];
      replay(bench, (event, found) => {
        if (event.num % EVERY !== 0) return;
        for (const { one, condition } of conditions) {
          const { holds } = explain(condition, event, () => []);
          const concerned = one.bound.codes.has(event.type) && bench.ruleset.wanted[event.type] === 1;
          if (holds !== found.includes(one) && concerned) differences.push(`${event.num} ${one.name}`);
          asked++;
        }
      });
      expect(differences).toEqual([]);
      expect(asked).toBeGreaterThan(10_000);
    });
  });

  it("agree with the fields of alerts from another engine", needs("shared alerts", "upstream rules"), async () => {
    const bench = await benchOf(upstream, readFileSync(upstream, "utf8"));
    const author = conditionTrees(bench.definitions);
    const alerts = gunzipSync(readFileSync(recorded))
      .toString()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    const byTime = new Map<string, Record<string, unknown>>();
    for (const { rule: name, time, output_fields } of alerts) byTime.set(`${time} ${name}`, output_fields);
    let agreed = 0;
    const differences: string[] = [];
    replay(bench, (event, found) => {
      for (const one of found) {
        const nanoseconds = event.time % 1_000_000_000n;
        const seconds = new Date(Number((event.time - nanoseconds) / 1_000_000n)).toISOString().slice(0, 19);
        const fields = byTime.get(`${seconds}.${String(nanoseconds).padStart(9, "0")}Z ${one.name}`);
        if (fields === undefined) continue;
        for (const { values } of testsOf(explain(author.of(one), event, show))) {
          for (const { term, json } of values) {
            if (fields[term] === undefined) continue;
            if (json === JSON.stringify(fields[term])) agreed++;
            else differences.push(`${event.num} ${one.name}: ${term} ${json} ${JSON.stringify(fields[term])}`);
          }
        }
      }
    });
    expect(differences).toEqual([]);
    expect(agreed).toBeGreaterThan(100);
  });
});

import { expect, it, test } from "vitest";
import { Coverage, isCovered, percent, shareOf } from "./coverage.ts";
import { coverageJson, coverageText } from "./coverage-report.ts";
import { plain } from "./report.ts";
import { rule, runTests } from "./run-tests.fixture.ts";

const rules = `- list: inner
  items: [cat]
- list: readers
  items: [inner, tail, '"two words"']
- macro: opened
  condition: (evt.type in (open, openat) and fd.num >= 0)
${rule("A", "opened and proc.name in (readers, dog) and fd.name startswith /etc")}  exceptions:
    - name: parent
      fields: proc.pname
      comps: in
      values: [make, ninja]
    - name: pair
      fields: [proc.name, fd.name]
      comps: [=, startswith]
      values: [[cat, /etc/a], [tail, /etc/b]]
    - name: nothing
      fields: proc.aname
      comps: in
${rule("B", "opened and fd.name = /x")}`;

async function cover(...cases: readonly string[]): Promise<Coverage> {
  const coverage = new Coverage();
  const { cases: results, test: file } = await runTests(
    rules,
    cases.length === 0 ? "cases: []" : `cases:\n${cases.map((one) => `  - ${one}\n`).join("")}`,
    coverage,
  );
  expect(file.faults).toEqual([]);
  expect(results.flatMap(({ problems }) => problems.map(({ message }) => message))).toEqual([]);
  return coverage;
}

/** Formats uncovered units: `-` never evaluated, `f` never true, `t` never false. */
function missing({ units }: Coverage): string[] {
  return units
    .filter((unit) => !isCovered(unit))
    .map(({ kind, text, seenTrue, seenFalse }) => {
      return kind === "item" ? `item ${text}` : `${seenTrue ? "t" : seenFalse ? "f" : "-"} ${text}`;
    });
}

test("without cases, all units are listed and none is covered", async () => {
  const coverage = await cover();
  expect(
    coverage.units.map(({ text, of, line }) => (of.startsWith("exception") ? [text, of] : [text, of, line])),
  ).toEqual([
    ["cat", "list inner", 1],
    ["tail", "list readers", 3],
    ["two words", "list readers", 3],
    ["evt.type in (open, openat)", "macro opened", 6],
    ["open", "macro opened", 6],
    ["openat", "macro opened", 6],
    ["fd.num >= 0", "macro opened", 6],
    ["dog", "A", 9],
    ["proc.name in (readers, dog)", "A", 9],
    ["fd.name startswith /etc", "A", 9],
    ["exception parent", "A", 13],
    ["make", "exception parent of A"],
    ["ninja", "exception parent of A"],
    ["exception pair", "A", 17],
    ["proc.name = cat and fd.name startswith /etc/a", "exception pair of A"],
    ["proc.name = tail and fd.name startswith /etc/b", "exception pair of A"],
    ["fd.name = /x", "B", 26],
  ]);
});

test("a sub-condition is covered after it was evaluated to both true and false", async () => {
  const coverage = await cover("{name: a, events: [openat: {path: /etc/z, by: cat}], fires: [A]}");
  expect(missing(coverage)).toEqual([
    "item tail",
    "item two words",
    "t evt.type in (open, openat)",
    "item open",
    "t fd.num >= 0",
    "item dog",
    "t proc.name in (readers, dog)",
    "t fd.name startswith /etc",
    "f exception parent",
    "item make",
    "item ninja",
    "f exception pair",
    "item proc.name = cat and fd.name startswith /etc/a",
    "item proc.name = tail and fd.name startswith /etc/b",
    "- fd.name = /x",
  ]);
});

test("parts after the deciding part are not evaluated", async () => {
  const coverage = await cover("{name: a, events: [openat: {path: /var, by: bird}], silent: [A]}");
  expect(missing(coverage)).toContain("- fd.name startswith /etc");
});

test("a case counts only for the rules in its expectations", async () => {
  const only = await cover("{name: a, events: [openat: /x], fires: [B]}");
  expect(missing(only)).toContain("- proc.name in (readers, dog)");
  const all = await cover("{name: a, events: [openat: /x], fires: [B], silent: all}");
  expect(missing(all)).toContain("f proc.name in (readers, dog)");
});

test("everything can be covered", async () => {
  const coverage = await cover(
    "{name: a, each: [{p: cat, f: openat}, {p: tail, f: open}, {p: dog, f: open}, {p: two words, f: open}], events: ['${f}': {path: /etc/z, by: {exe: x, name: '${p}'}}], fires: [A]}",
    "{name: b, events: [openat: {path: /etc/z, by: bird}, openat: {path: /var, by: cat}, unlink: /x, openat: {path: /x, result: EPERM}], silent: [A, B]}",
    "{name: c, each: [{p: make}, {p: ninja}], events: [openat: {path: /etc/z, by: {command: cat, parent: '${p}'}}], silent: [A]}",
    "{name: d, events: [openat: {path: /etc/a, by: cat}, openat: {path: /etc/b, by: tail}], silent: [A]}",
    "{name: e, events: [openat: /x], fires: [B]}",
  );
  expect(missing(coverage)).toEqual([]);
  expect(percent(shareOf(coverage.units, "condition"))).toBe(100);
});

test("undecidable parts are excluded, with a reason", async () => {
  const coverage = await cover("{name: e, events: [openat: /x], fires: [B]}");
  const before = shareOf(coverage.units, "condition");
  expect(coverage.exclude(new Map([["fd.name = /x", "never"]]))).toEqual([]);
  expect(shareOf(coverage.units, "condition").all).toBe(before.all - 1);
  expect(
    coverage.exclude(
      new Map([
        ["openat", "met"],
        ["nonsense", "no such thing"],
      ]),
    ),
  ).toEqual(["openat", "nonsense"]);
  expect(
    coverage.exclude(
      new Map([
        ["macro opened: fd.num >= 0", "always"],
        ["macro x: fd.num >= 0", "x"],
      ]),
    ),
  ).toEqual(["macro x: fd.num >= 0"]);
  expect(coverageText(coverage, plain)).toContain(
    "  undecidable:\n    r.yaml:6:46  fd.num >= 0  (always)\n    r.yaml:26:25  fd.name = /x  (never)\n",
  );
});

test("the values of an exception are items", async () => {
  const exception = (fields: string, comps: string, values: string): string =>
    `${rule("R", "evt.type = openat")}  exceptions:\n    - {name: x, fields: ${fields}, comps: ${comps}, values: ${values}}\n`;
  const items = async (text: string): Promise<string[]> => {
    const coverage = new Coverage();
    await runTests(text, "cases: []", coverage);
    return coverage.units.filter(({ kind }) => kind === "item").map((unit) => unit.text);
  };
  expect(await items(exception("[proc.name]", "[=]", "[[a]]"))).toEqual(["proc.name = a"]);
  expect(await items(exception("[proc.name]", "[=]", "[[a], [b]]"))).toEqual(["proc.name = a", "proc.name = b"]);
  expect(await items(exception("proc.name", "in", "[a]"))).toEqual(["proc.name in (a)"]);
  expect(await items(exception("proc.name", "startswith oneof", "[a, b]"))).toEqual(["a", "b"]);
});

it("is printed as text", async () => {
  const text = coverageText(await cover("{name: a, events: [openat: {path: /etc/z, by: cat}], fires: [A]}"), plain);
  expect(text).toContain("coverage of r.yaml\n  sub-conditions      0 of     5   0 %\n");
  expect(text).toContain("  never evaluated:\n    r.yaml:26:25  fd.name = /x  (B)\n");
  expect(text).toContain("  never false:\n    r.yaml:6:15  evt.type in (open, openat)  (macro opened)\n");
  expect(text).toContain("  exceptions that never applied:\n    r.yaml:13:7  exception parent  (A)\n");
  expect(text).toContain("    r.yaml:3:3  list readers: tail, two words\n");
});

it("is printed as JSON", async () => {
  const { conditions, files, missing: left } = coverageJson(await cover());
  expect(conditions).toEqual({ covered: 0, all: 5, percent: 0 });
  expect(files.map(({ file, exceptions }) => [file, exceptions.all])).toEqual([["r.yaml", 2]]);
  expect(left[0]).toMatchObject({ kind: "item", text: "cat", of: "list inner", line: 1, seenTrue: false });
});

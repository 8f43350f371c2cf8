import { describe, expect, it } from "vitest";
import { parse } from "../../src/condition/parse.ts";
import type { AlertQuery } from "../../src/query/ast.ts";
import { conjunctsOf } from "../../src/query/conjuncts.ts";
import { parseQuery } from "../../src/query/parse.ts";
import { comparison, narrowed, withWords } from "./compose.ts";
import { expectedAt } from "./expected.ts";

describe("expected word at the caret", () => {
  it.each([
    ["", "field", "", ""],
    ["pro", "field", "", "pro"],
    ["not pro", "field", "", "pro"],
    ["(proc.na", "field", "", "proc.na"],
    ["proc.name ", "operator", "proc.name", ""],
    ["proc.name sta", "operator", "proc.name", "sta"],
    ["proc.aname[2] ", "operator", "proc.aname", ""],
    ["proc.name = ", "value", "proc.name", ""],
    ["proc.name=ba", "value", "proc.name", "ba"],
    ["proc.name: ba", "value", "proc.name", "ba"],
    ['rule = "Shell st', "value", "rule", '"Shell st'],
    ["proc.name in (bash, z", "value", "proc.name", "z"],
    ["proc.name in (bash) ", "junction", "proc.name", ""],
    ["fd.name exists an", "junction", "fd.name", "an"],
    ["proc.name = bash and ", "field", "proc.name", ""],
    ["proc.name = bash or (not fd.n", "field", "proc.name", "fd.n"],
    ["tolower(proc.name) ", "operator", "proc.name", ""],
    ["priority = error proc.na", "junction", "priority", "proc.na"],
    ["priority = error proc.name = b", "value", "proc.name", "b"],
  ])("after %j: %s", (text, kind, field, written) => {
    expect(expectedAt(text, text.length)).toMatchObject({ kind, field, written, from: text.length - written.length });
  });

  it("ignores the text after the caret", () => {
    expect(expectedAt("proc.na = bash", 7)).toMatchObject({ kind: "field", written: "proc.na" });
  });
});

describe("the words of an earlier URL", () => {
  it.each([
    ["", "memfd", "memfd"],
    ["", 'web-3 "two words" begin*', 'web-3 and "two words" and begin*'],
    ["priority = error", "not (x", 'priority = error and "not" and "(x"'],
    ["a.b = 1 or c.d = 2", "x=1", '(a.b = 1 or c.d = 2) and "x=1"'],
    ["rule: Two words", "proc.name:bash", 'rule : "Two words" and "proc.name:bash"'],
  ])("%j with %j becomes %s", (query, text, expected) => {
    expect(withWords(query, text)).toBe(expected);
    expect(parseQuery([expected])).toBeDefined();
  });
});

describe("a comparison", () => {
  it.each([
    "bash",
    "Shell spawned by server process",
    'say "hi"',
    "a\\b",
    "tab\there",
    "line\nline",
    "it's (odd), = and, not",
    'quote\\"end',
    "\\",
  ])("with %j parses to the same value", (value) => {
    const condition = parse(comparison("proc.name", value));
    expect(condition).toMatchObject({ kind: "test", operator: "=", right: { text: value } });
  });

  it("with a value that ends with a backslash becomes startswith", () => {
    expect(parse(comparison("proc.cmdline", "dir C: \\"))).toMatchObject({
      operator: "startswith",
      right: { text: "dir C: " },
    });
  });

  it("with null selects alerts without the field", () => {
    expect(comparison("k8s.ns.name", null)).toBe("not k8s.ns.name exists");
  });

  it("is added to a query once", () => {
    expect(narrowed("", "a.b = 1")).toBe("a.b = 1");
    expect(narrowed("a.b = 1", "c.d = 2")).toBe("a.b = 1 and c.d = 2");
    expect(narrowed("a.b = 1 or a.b = 3", "c.d = 2")).toBe("(a.b = 1 or a.b = 3) and c.d = 2");
    expect(narrowed("a.b = 1 and c.d = 2", "c.d = 2")).toBe("a.b = 1 and c.d = 2");
    expect(narrowed("c.d = 2 and a.b = 1", "c.d = 2")).toBe("c.d = 2 and a.b = 1");
  });

  it.each([
    "a.b = 1 or a.b = 3",
    "a.b = 1 OR a.b = 3",
    "a.b = 1 or a.b = 3 and c.d = 2",
    "c.d = 2 and a.b = 1 or a.b = 3",
    "(a.b = 1 or a.b = 3)",
    'a.b = "x or y"',
    "shell Or read",
    "ns = prod",
    "rule=Terminal shell in container",
    "rule=Read or write",
    'rule!=Terminal shell, in a container,say "hi"',
    "rule~C:\\ and D:\\",
    "not a.b = 1",
  ])("added to %j must match in addition to the query", (query) => {
    const conjuncts = (text: string) => conjunctsOf(parseQuery([text]) ?? { kind: "and", parts: [] });
    const both: AlertQuery = { kind: "and", parts: [query, "c.d = 2"].map((text) => parseQuery([text])!) };
    expect(conjuncts(narrowed(query, "c.d = 2"))).toEqual(conjunctsOf(both));
  });
});

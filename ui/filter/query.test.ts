import { describe, expect, it } from "vitest";
import { parse } from "../../src/condition/parse.ts";
import { comparison, narrowed } from "./compose.ts";
import { expectedAt } from "./expected.ts";

describe("what is expected at the caret", () => {
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
    ['rule = "Shell st', "value", "rule", '"Shell st'],
    ["proc.name in (bash, z", "value", "proc.name", "z"],
    ["proc.name in (bash) ", "junction", "proc.name", ""],
    ["fd.name exists an", "junction", "fd.name", "an"],
    ["proc.name = bash and ", "field", "proc.name", ""],
    ["proc.name = bash or (not fd.n", "field", "proc.name", "fd.n"],
    ["tolower(proc.name) ", "operator", "proc.name", ""],
  ])("in %j is a %s", (text, kind, field, written) => {
    expect(expectedAt(text, text.length)).toMatchObject({ kind, field, written, from: text.length - written.length });
  });

  it("looks no further than the caret", () => {
    expect(expectedAt("proc.na = bash", 7)).toMatchObject({ kind: "field", written: "proc.na" });
  });
});

describe("a clicked value becomes a comparison", () => {
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
  ])("of %j that finds it again", (value) => {
    const condition = parse(comparison("proc.name", value));
    expect(condition).toMatchObject({ kind: "test", operator: "=", right: { text: value } });
  });

  it("that begins alike, where a text in quotes would end with a backslash", () => {
    expect(parse(comparison("proc.cmdline", "dir C: \\"))).toMatchObject({
      operator: "startswith",
      right: { text: "dir C: " },
    });
  });

  it("that asks for what is missing", () => {
    expect(comparison("k8s.ns.name", null)).toBe("not k8s.ns.name exists");
  });

  it("and joins what was asked before, once", () => {
    expect(narrowed("", "a.b = 1")).toBe("a.b = 1");
    expect(narrowed("a.b = 1", "c.d = 2")).toBe("a.b = 1 and c.d = 2");
    expect(narrowed("a.b = 1 or a.b = 3", "c.d = 2")).toBe("(a.b = 1 or a.b = 3) and c.d = 2");
    expect(narrowed("a.b = 1 and c.d = 2", "c.d = 2")).toBe("a.b = 1 and c.d = 2");
  });
});

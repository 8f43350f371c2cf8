import { describe, expect, test } from "vitest";
import type { Condition, List, Test } from "./ast.ts";
import { ConditionError } from "./error.ts";
import { parse } from "./parse.ts";
import { type Lists, resolve } from "./resolve.ts";

function macros(texts: Record<string, string>): Map<string, Condition> {
  return new Map(Object.entries(texts).map(([name, text]) => [name, parse(text, name)]));
}

function lists(items: Record<string, string[]>): Lists {
  return new Map(Object.entries(items));
}

function fault(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof ConditionError) return `${error.fault}: ${error.message}`;
    throw error;
  }
  return undefined;
}

function items(condition: Condition): string[] {
  return ((condition as Test).right as List).items.map((item) => item.text);
}

const none = new Map<string, never>();

describe("macros", () => {
  test("are replaced by their conditions, at any depth, and nodes keep their positions", () => {
    const known = macros({ shell: "proc.name = bash", both: "shell and evt.type = execve" });
    const { condition, macros: used } = resolve(parse("both or fd.num = 1"), known, none);
    if (condition.kind !== "or" || condition.operands[0]!.kind !== "and") throw new Error("wrong shape");
    expect(condition.operands[0]!.operands[0]!.place).toEqual({ origin: "shell", start: 0, end: 16 });
    expect([...used]).toEqual(["both", "shell"]);
  });

  test("that are used twice share one node", () => {
    const { condition } = resolve(parse("m and not m"), macros({ m: "proc.pid = 1" }), none);
    if (condition.kind !== "and" || condition.operands[1]!.kind !== "not") throw new Error("wrong shape");
    expect(condition.operands[1]!.operand).toBe(condition.operands[0]);
  });

  test("that are unknown are reported", () => {
    expect(fault(() => resolve(parse("a and not b"), macros({ a: "fd.num = 1" }), none))).toMatch(
      /^unknown-macro: .*"b"/,
    );
  });

  test("that refer to themselves are reported", () => {
    const known = macros({ a: "b or fd.num = 1", b: "not a" });
    expect(fault(() => resolve(parse("a"), known, none))).toMatch(/^macro-loop: .*a → b → a/);
  });

  test("in a long chain are rejected before the stack overflows", () => {
    const chain: Record<string, string> = {};
    for (let i = 0; i < 20_000; i++) chain[`m${i}`] = i === 19_999 ? "fd.num = 1" : `not m${i + 1}`;
    expect(fault(() => resolve(parse("m0"), macros(chain), none))).toMatch(/^syntax: /);
  });
});

describe("lists", () => {
  test("are replaced by their items, even within other lists", () => {
    const known = lists({
      shells: ["bash", "puma reactor", "'('", 7 as unknown as string].map(String),
      all: ["shells", "zsh"],
    });
    const { condition, lists: used } = resolve(parse("proc.name in (a, all, 'all')"), none, known);
    expect(items(condition)).toEqual(["a", "bash", "puma reactor", "(", "7", "zsh", "all"]);
    expect([...used]).toEqual(["all", "shells"]);
  });

  test("can be named without parentheses", () => {
    expect(items(resolve(parse("proc.name in shells"), none, lists({ shells: ["sh", "ksh"] })).condition)).toEqual([
      "sh",
      "ksh",
    ]);
    expect(items(resolve(parse("fd.name startswith anyof dirs"), none, lists({ dirs: ["/a"] })).condition)).toEqual([
      "/a",
    ]);
  });

  test("with one item can be used as a value", () => {
    const known = lists({ cat: ["cat"], cats: ["cat", "tac"] });
    expect(resolve(parse("proc.name= cat"), none, known).condition).toMatchObject({ right: { text: "cat" } });
    expect(fault(() => resolve(parse("proc.name = cats"), none, known))).toMatch(/^syntax: .*2 items/);
  });

  test("may be empty", () => {
    expect(items(resolve(parse("proc.name in (none, a, none)"), none, lists({ none: [] })).condition)).toEqual(["a"]);
  });

  test("that contain themselves are expanded once", () => {
    expect(items(resolve(parse("proc.name in (a)"), none, lists({ a: ["b", "x"], b: ["a"] })).condition)).toEqual([
      "a",
      "x",
    ]);
  });

  test("with an invalid item are reported", () => {
    expect(fault(() => resolve(parse("proc.name in (a)"), none, lists({ a: ["(x)"] })))).toMatch(
      /^syntax: .*"\(x\)".*"a"/,
    );
  });
});

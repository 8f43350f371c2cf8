import { describe, expect, test } from "vitest";
import type { Condition, List, Literal, Test } from "./ast.ts";
import { ConditionError } from "./error.ts";
import { MAX_NESTING, parse, parseItem, parseTerm } from "./parse.ts";

function single(text: string): Test {
  const condition = parse(text);
  if (condition.kind !== "test") throw new Error(`${text} is not a single comparison`);
  return condition;
}

function value(text: string): string {
  return (single(text).right as Literal).text;
}

function values(text: string): string[] {
  return (single(text).right as List).items.map((item) => item.text);
}

/** A condition in prefix form. */
function shape(condition: Condition): string {
  switch (condition.kind) {
    case "macro":
      return condition.name;
    case "test":
      return "?";
    case "not":
      return `not(${shape(condition.operand)})`;
    default:
      return `${condition.kind}(${condition.operands.map(shape).join(" ")})`;
  }
}

function errorOf(text: string): ConditionError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ConditionError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe("junctions", () => {
  test('"and" has precedence over "or", and "not" over both', () => {
    expect(shape(parse("a or b and not c or d"))).toBe("or(a and(b not(c)) d)");
  });

  test("blanks around parentheses are optional", () => {
    expect(shape(parse("not(a)and(b or(c))"))).toBe("and(not(a) or(b c))");
    expect(shape(parse("((a))"))).toBe("a");
  });

  test("two nots cancel out", () => {
    expect(shape(parse("not not a"))).toBe("a");
    expect(shape(parse("not not not(a)"))).toBe("not(a)");
  });

  test("a word that begins with an operator is not an operator", () => {
    expect(errorOf("a order").message).toContain('"or"');
    expect(errorOf("a and").message).toContain('"and"');
  });

  test("blanks of every kind may separate tokens", () => {
    expect(shape(parse("\ta\r\n  and\n\tb\n"))).toBe("and(a b)");
  });
});

describe("values", () => {
  test("are bare words or quoted strings", () => {
    expect(value("proc.name = bash")).toBe("bash");
    expect(value("proc.name=bash")).toBe("bash");
    expect(value('proc.name!="a b"')).toBe("a b");
    expect(value("proc.name = 'it is \"quoted\"'")).toBe('it is "quoted"');
    expect(value("proc.name = runc:[1:CHILD]")).toBe("runc:[1:CHILD]");
    expect(value("evt.dir = <")).toBe("<");
  });

  test("can contain escape sequences", () => {
    expect(value('fd.name = "a\\"b\\\\c\\n\\t\\/"')).toBe('a"b\\c\n\t/');
    expect(value('fd.name = "a\\ b"')).toBe("a\\b");
    expect(errorOf('fd.name = "a\\qb"').place.start).toBe(12);
    expect(errorOf("fd.name = 'a\\\"b'").fault).toBe("syntax");
  });

  test("must be closed", () => {
    expect(errorOf('proc.name = "a').fault).toBe("syntax");
    expect(errorOf("proc.name = ").place.start).toBe(12);
  });

  test("must be numbers for numeric operators", () => {
    expect(value("proc.pid >= -12")).toBe("-12");
    expect(value("proc.pid < 0x1F")).toBe("0x1F");
    expect(errorOf("proc.pid > many").fault).toBe("syntax");
    expect(errorOf("proc.vmsize > 1e3").place.start).toBe(15);
  });

  test("are plain words if they are fields without val", () => {
    expect(value("proc.name = proc.pname")).toBe("proc.pname");
  });
});

describe("lists", () => {
  test("contain values, with blanks and newlines between them", () => {
    expect(values("proc.name in (a, 'b c',\n\"d\" , e)")).toEqual(["a", "b c", "d", "e"]);
    expect(values("proc.name in(a)")).toEqual(["a"]);
    expect(values("proc.name in ()")).toEqual([]);
    expect(values("proc.name in ( )")).toEqual([]);
  });

  test("can be given by name", () => {
    expect(values("proc.name in shells")).toEqual(["shells"]);
  });

  test("must be complete", () => {
    expect(errorOf("proc.name in (").fault).toBe("syntax");
    expect(errorOf("proc.name in (a,)").fault).toBe("syntax");
    expect(errorOf('proc.name in ("a\\q")').fault).toBe("syntax");
  });
});

describe("operators", () => {
  test("== is =", () => {
    expect(single("proc.name == a").operator).toBe("=");
  });

  test.each(["in", "intersects", "pmatch"])("%s requires a list", (operator) => {
    expect(single(`fd.name ${operator} (/etc)`)).toMatchObject({ operator, right: { kind: "list" } });
  });

  test.each(["glob", "iglob", "contains", "icontains", "bcontains", "startswith", "bstartswith", "endswith", "regex"])(
    "%s must be followed by a blank",
    (operator) => {
      expect(single(`fd.name ${operator} x`).operator).toBe(operator);
      expect(errorOf(`fd.name ${operator}"x"`).fault).toBe("syntax");
    },
  );

  test("exists has no right side", () => {
    expect(single("proc.name exists")).toMatchObject({ operator: "exists", right: undefined });
  });

  test("modifiers are plain words unless a list follows", () => {
    expect(single("proc.name = oneof (a, b)")).toMatchObject({ operator: "=", modifier: "oneof" });
    expect(single("fd.name startswith anyof dirs")).toMatchObject({ operator: "startswith", modifier: "anyof" });
    expect(errorOf("fd.name endswith allof(a)").fault).toBe("syntax");
    expect(value("proc.name = anyof")).toBe("anyof");
    expect(shape(parse("proc.name = anyof and b"))).toBe("and(? b)");
    expect(errorOf("proc.name in anyof (a)").fault).toBe("syntax");
  });
});

describe("terms", () => {
  test("fields may have an argument in brackets", () => {
    expect(single("proc.aname[2] exists").left).toMatchObject({ name: "proc.aname", argument: "2" });
    expect(single('proc.env["A B"] exists').left).toMatchObject({ name: "proc.env", argument: "A B" });
    expect(single("container.mount.dest[/proc*] exists").left).toMatchObject({ argument: "/proc*" });
    expect(errorOf("proc.env[A B] exists").fault).toBe("syntax");
  });

  test("transformers can be nested, and support lists and constants", () => {
    expect(single("tolower(toupper(proc.name)) = a").left).toMatchObject({
      name: "tolower",
      operands: [{ name: "toupper", operands: [{ kind: "field", name: "proc.name" }] }],
    });
    expect(single('join(",", (proc.name, "x", 5)) contains a').left).toMatchObject({
      name: "join",
      operands: [
        { kind: "literal", text: "," },
        { kind: "tuple", items: [{ kind: "field" }, { text: "x" }, { text: "5" }] },
      ],
    });
    expect(single('getopt(fd.types, "c:")[c] exists').left).toMatchObject({ name: "getopt", argument: "c" });
  });

  test("val and transformers are allowed on the right side", () => {
    expect(single("proc.name = val(proc.pname)").right).toMatchObject({ kind: "transform", name: "val" });
    expect(single("proc.name = tolower( proc.pname )").right).toMatchObject({ kind: "transform", name: "tolower" });
    expect(single("proc.pid > val(proc.ppid)").right).toMatchObject({ kind: "transform", name: "val" });
    expect(errorOf("proc.name = val(tolower(proc.name))").fault).toBe("syntax");
  });

  test("terms can be parsed alone, for outputs", () => {
    expect(parseTerm("proc.aname[1]")).toMatchObject({ name: "proc.aname", argument: "1" });
    expect(() => parseTerm("proc.name ")).toThrow(ConditionError);
  });
});

describe("places", () => {
  test("nodes have their positions in the source", () => {
    const text = "a and  proc.name in (x, yy)";
    const condition = parse(text, "m");
    if (condition.kind !== "and") throw new Error("not an and");
    const inner = condition.operands[1] as Test;
    expect(inner.place).toEqual({ origin: "m", start: 7, end: text.length });
    const item = (inner.right as List).items[1]!;
    expect(text.slice(item.place.start, item.place.end)).toBe("yy");
  });

  test("errors have their positions in the source", () => {
    expect(errorOf("proc.name badop a").place.start).toBe(10);
    expect(errorOf("proc.name = a or or proc.name = b").place.start).toBe(20);
    expect(errorOf("(proc.name = a").place.start).toBe(14);
  });
});

describe("hostile input", () => {
  test("cannot nest deeper than the stack allows", () => {
    const nest = (depth: number) => `${"(".repeat(depth)}a${")".repeat(depth)}`;
    expect(shape(parse(nest(MAX_NESTING)))).toBe("a");
    expect(errorOf(nest(MAX_NESTING + 1)).fault).toBe("syntax");
    expect(errorOf("(".repeat(1_000_000)).fault).toBe("syntax");
    expect(errorOf("len(".repeat(1_000_000)).fault).toBe("syntax");
    expect(errorOf("not ".repeat(100_000)).fault).toBe("syntax");
  });

  test("an empty condition is rejected", () => {
    expect(errorOf("").fault).toBe("syntax");
    expect(errorOf("  ").fault).toBe("syntax");
  });
});

test("items of lists are parsed like values in conditions", () => {
  const item = (text: string) => parseItem(text, "list").map((literal) => [literal.text, literal.quoted]);
  expect(item("bash")).toEqual([["bash", false]]);
  expect(item("puma reactor")).toEqual([["puma reactor", true]]);
  expect(item('"(systemd)"')).toEqual([["(systemd)", true]]);
  expect(item("a,b")).toEqual([
    ["a", false],
    ["b", false],
  ]);
  expect(() => parseItem("(systemd)", "list")).toThrow(ConditionError);
});

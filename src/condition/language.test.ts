import { describe, expect, test } from "vitest";
import { type Field, FieldArgumentError, type Scalar, type Value } from "../field/field.ts";
import { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import { type BoundCondition, bind, type Vocabulary } from "./bind.ts";
import { ConditionError } from "./error.ts";
import { evaluate } from "./evaluate.ts";
import { type EventNames, eventCodes } from "./event-codes.ts";
import { parse } from "./parse.ts";
import { compileRuleset } from "./ruleset.ts";

/**
 * Tests of the language alone: fields are stubs with values given per event. Real fields, and conditions on real
 * captures, are tested elsewhere.
 */
class StandIn extends Observed {
  values: Record<string, Value | undefined> = {};
}

function field(name: string, type: Field["type"], more: Partial<Field> = {}): Field {
  return {
    name,
    type,
    list: false,
    description: "",
    bind: (argument) => {
      const text = argument === undefined ? name : `${name}[${argument}]`;
      return (event) => (event as StandIn).values[text];
    },
    ...more,
  };
}

const anyOf = (event: Observed, matches: (value: Scalar) => boolean) =>
  ((event as StandIn).values["proc.aname"] as readonly Scalar[] | undefined)?.some(matches) ?? false;

const fields = new Map(
  [
    field("evt.type", "CHARBUF", { selects: "event" }),
    field("proc.name", "CHARBUF"),
    field("proc.exe", "CHARBUF"),
    field("proc.env", "CHARBUF"),
    field("proc.pid", "INT64"),
    field("proc.vmsize", "UINT64"),
    field("user.uid", "UINT32"),
    field("fd.dev", "INT32"),
    field("proc.fdusage", "DOUBLE"),
    field("fd.sport", "PORT"),
    field("proc.tty", "BOOL"),
    field("evt.buffer", "BYTEBUF"),
    field("fd.sip", "IPADDR"),
    field("fd.snet", "IPNET"),
    field("fd.types", "CHARBUF", { list: true, noRight: true }),
    field("ka.names", "CHARBUF", { list: true, testsMembers: true }),
    field("proc.aname", "CHARBUF", {
      noRight: true,
      noTransformer: true,
      any: (argument) => (argument === undefined ? anyOf : undefined),
    }),
    field("fd.net", "IPNET", {
      test: (_argument, operator, operands) => {
        if (operator === "in") throw new FieldArgumentError("One network is enough.");
        return (event) => (event as StandIn).values["fd.net"] === operands[0];
      },
    }),
    field("evt.rawarg", "DYNAMIC", { typeOf: (argument) => (argument === "uid" ? "UID" : "FD") }),
  ].map((one) => [one.name, one]),
);

const vocabulary: Vocabulary = {
  lookup(text) {
    const [, name = "", argument] = /^([\w.]+)(?:\[(.*)\])?$/.exec(text) ?? [];
    const known = fields.get(name);
    if (known?.name === "proc.aname" && argument === "x") throw new FieldArgumentError("A number was expected.");
    return known === undefined ? undefined : { field: known, argument };
  },
  isEventName: (name) => ["open", "close", "acct"].includes(name),
};

function bound(text: string): BoundCondition {
  return bind(parse(text), vocabulary);
}

/** Evaluates with the interpreter and with generated code, whose results must be equal. */
function holds(text: string, values: Record<string, Value | undefined>): boolean {
  const { condition } = bound(text);
  const event = new StandIn(new Machine());
  event.values = values;
  event.type = 3;
  const direct = evaluate(condition, event);
  // The condition occurs twice, so that tests are shared, and with a condition that is never true.
  const entry = { condition, codes: new Set([3]) };
  const never = { condition: bound('proc.name = "no such name"').condition, codes: new Set([3]) };
  const match = compileRuleset([entry, never, entry], { match: "all", eventName: () => undefined });
  expect([...match(event)]).toEqual(direct ? [0, 2] : []);
  return direct;
}

function fault(text: string): string {
  try {
    bound(text);
  } catch (error) {
    if (error instanceof ConditionError) return error.fault;
    throw error;
  }
  return "none";
}

test("a comparison can have a limited number of regular expressions", () => {
  const expressions = (count: number) => Array.from({ length: count }, (_, i) => `"(a|b)*${i}"`).join();
  expect(fault(`proc.name regex anyof (${expressions(1000)})`)).toBe("none");
  expect(fault(`proc.name regex anyof (${expressions(1001)})`)).toBe("mismatch");
});

test.each([200, 400])("a rule is evaluated once for a value that repeats its text (%d rules)", (count) => {
  const entries = Array.from({ length: count }, (_, i) => ({
    condition: bound(`proc.name contains "piece ${i} " and fd.dev = ${i}`).condition,
    codes: new Set([3]),
  }));
  const match = compileRuleset(entries, { match: "all", eventName: () => undefined });
  const event = new StandIn(new Machine());
  let reads = 0;
  event.type = 3;
  event.values = {
    "proc.name": "piece 7 ".repeat(2000),
    get "fd.dev"() {
      reads++;
      return 7;
    },
  };
  expect([...match(event)]).toEqual([7]);
  expect(reads).toBe(1);
});

describe("absent values", () => {
  test.each([
    "proc.name = x",
    "proc.name != x",
    "proc.name in (x)",
    "proc.name in ()",
    "proc.name startswith ''",
    "proc.pid >= 0",
    "proc.pid != 1",
    "proc.tty = false",
    "fd.snet != 10.0.0.0/8",
    "proc.name exists",
    "len(proc.name) = 0",
    "proc.name = val(proc.exe)",
    "fd.types in ()",
    "proc.aname exists",
  ])("match no comparison: %s", (text) => {
    expect(holds(text, {})).toBe(false);
    expect(holds(`not ${text}`, {})).toBe(true);
  });
});

describe("texts", () => {
  test.each([
    ["proc.name = bash", "bash", true],
    ["proc.name = bash", "BASH", false],
    ["proc.name != bash", "sh", true],
    ["proc.name in (a, b, bash)", "bash", true],
    ["proc.name in (a, b, c, d, e, bash)", "bash", true],
    ["proc.name in (a, b, c, d, e, f)", "bash", false],
    ["proc.name intersects (bash)", "bash", true],
    ["proc.name startswith ba", "bash", true],
    ["proc.name endswith sh", "bash", true],
    ["proc.name contains as", "bash", true],
    ["proc.name contains AS", "bash", false],
    ["proc.name icontains AS", "bash", true],
    ["proc.name icontains \xc4", "\xc3\xa4", false],
    ["proc.name icontains \xc4x", "\xc3\x84X", true],
    ["proc.name glob b*h", "bash", true],
    ["proc.name iglob B?SH", "bash", true],
    ["proc.name regex b.sh", "bash", true],
    ["proc.name regex b.s", "bash", false],
    ["proc.name < 3", "2", true],
    ["proc.name >= 1", "bash", true],
    ["proc.name pmatch (/usr/bin)", "/usr/bin/x", true],
    ["proc.name = \xe4", "\xc3\xa4", true],
    ["proc.name contains ''", "", true],
  ])("%s on %s: %s", (text, name, expected) => {
    expect(holds(text, { "proc.name": name })).toBe(expected);
  });

  test.each([
    ["= x", false],
    ["= ''", false],
    ["!= x", true],
    ["!= ''", true],
    ["contains x", true],
    ["icontains X", true],
    ["startswith x", false],
    ["endswith x", true],
    ["glob '?x'", true],
    ["glob ''", false],
    ["iglob '*X'", true],
    ["regex '.x'", true],
    ["pmatch (x)", false],
    ["in ('', x)", false],
    ["= val(proc.exe)", false],
    ["!= val(proc.exe)", true],
    ["startswith val(proc.exe)", true],
    ["contains val(proc.env)", true],
    ["endswith val(proc.env)", true],
    ["contains anyof (a, x)", true],
    ["contains allof (x)", true],
    ["contains oneof (a, x)", true],
    ["icontains anyof (A, X)", true],
    ["icontains oneof (A, X)", true],
    ["startswith anyof (a, x)", false],
    ["endswith anyof (a, x)", true],
    ["endswith oneof (a, x)", true],
    ["glob anyof (a, '*x')", true],
    ["glob oneof (a, '*x')", true],
    ["iglob anyof (a, '*X')", true],
    ["regex anyof (a, '.x')", true],
    ["= anyof (a, x)", false],
  ])("of fields do not end at a NUL: proc.name %s is %s", (rest, expected) => {
    expect(holds(`proc.name ${rest}`, { "proc.name": "\0x", "proc.exe": "", "proc.env": "x" })).toBe(expected);
  });

  test("in lists do not end at a NUL", () => {
    const names = { "ka.names": ["\0x"] };
    for (const rest of ["contains x", "icontains X", "endswith x", "glob '?x'", "regex '.x'"])
      expect(holds(`ka.names ${rest}`, names), rest).toBe(true);
  });

  test("of transformers end at a NUL, but not as members of a list", () => {
    const encoded = { "proc.name": "YQBi" };
    expect(holds("b64(proc.name) = a", encoded)).toBe(true);
    expect(holds("b64(proc.name) in (a)", encoded)).toBe(false);
    expect(holds("b64(proc.name) endswith b", encoded)).toBe(false);
  });
});

describe("modifiers", () => {
  test.each([
    ["proc.name startswith anyof (x, ba)", true],
    ["proc.name startswith allof (b, ba)", true],
    ["proc.name startswith allof (b, x)", false],
    ["proc.name startswith oneof (x, ba)", true],
    ["proc.name startswith oneof (b, ba)", false],
    ["proc.name = anyof (bash, sh)", true],
    ["proc.name != allof (zsh, sh)", true],
    ["proc.name != anyof (bash, sh)", true],
    ["proc.name != allof (bash, sh)", false],
    ["proc.name = allof ()", false],
    ["proc.name = anyof ()", false],
    ["proc.name startswith anyof ()", false],
    ["proc.name regex anyof ('x.*', 'b.*')", true],
    ["proc.name glob allof (b*, *h)", true],
    ["proc.name startswith anyof (1, 2, 3, 4, 5, ba)", true],
  ])("%s: %s", (text, expected) => {
    expect(holds(text, { "proc.name": "bash" })).toBe(expected);
  });
});

describe("numbers", () => {
  test("compare by value, below and above 2^53", () => {
    for (const value of [5, 5n]) {
      expect(holds("proc.pid = 5", { "proc.pid": value })).toBe(true);
      expect(holds("proc.pid != 5", { "proc.pid": value })).toBe(false);
      expect(holds("proc.pid in (1, 5)", { "proc.pid": value })).toBe(true);
      expect(holds("proc.pid in (1, 2, 3, 4, 5)", { "proc.pid": value })).toBe(true);
      expect(holds("proc.pid <= 4", { "proc.pid": value })).toBe(false);
    }
    const large = { "proc.vmsize": 18446744073709551615n };
    expect(holds("proc.vmsize = 18446744073709551615", large)).toBe(true);
    expect(holds("proc.vmsize > 9007199254740993", large)).toBe(true);
    expect(holds("proc.vmsize in (1, 18446744073709551615)", large)).toBe(true);
  });

  test("in conditions wrap around in the type of the field", () => {
    expect(holds("user.uid = -1", { "user.uid": 4294967295 })).toBe(true);
    expect(holds("fd.dev = 4294967295", { "fd.dev": -1 })).toBe(true);
    expect(holds("proc.vmsize = -1", { "proc.vmsize": 2n ** 64n - 1n })).toBe(true);
    expect(holds("fd.sport = 65616", { "fd.sport": 80 })).toBe(true);
  });

  test("must be integers, and can be service names for ports", () => {
    expect(holds("fd.sport in (https, 80)", { "fd.sport": 443 })).toBe(true);
    expect(holds("proc.fdusage > 1", { "proc.fdusage": 1.5 })).toBe(true);
    for (const text of [
      "proc.pid = 1.5",
      "proc.pid = abc",
      "proc.pid = 0x1",
      "proc.fdusage = 0.5",
      "fd.sport = nosuch",
    ]) {
      expect(fault(text)).toBe("mismatch");
    }
  });
});

describe("other types", () => {
  test("booleans are true or false", () => {
    expect(holds("proc.tty = true", { "proc.tty": true })).toBe(true);
    expect(holds("proc.tty != true", { "proc.tty": false })).toBe(true);
    expect(holds("proc.tty in (false)", { "proc.tty": false })).toBe(true);
    expect(fault("proc.tty = True")).toBe("mismatch");
  });

  test("bytes compare as a whole", () => {
    const buffer = { "evt.buffer": "GET /\0x" };
    expect(holds("evt.buffer contains x", buffer)).toBe(true);
    expect(holds("evt.buffer bstartswith 474554", buffer)).toBe(true);
    expect(holds("evt.buffer bcontains 2f0078", buffer)).toBe(true);
    expect(holds("evt.buffer = 'GET /'", buffer)).toBe(false);
    expect(holds("len(evt.buffer) = 7", buffer)).toBe(true);
    expect(fault("evt.buffer bcontains 4")).toBe("mismatch");
    expect(fault("evt.buffer bcontains xy")).toBe("mismatch");
  });

  test("addresses and networks support both families", () => {
    const four = "\x0a\x01\x02\x03";
    const six = `\xfe\x80${"\0".repeat(13)}\x01`;
    expect(holds("fd.sip = 10.1.2.3", { "fd.sip": four })).toBe(true);
    expect(holds("fd.sip != fe80::1", { "fd.sip": four })).toBe(true);
    expect(holds("fd.sip in (::1, fe80::1)", { "fd.sip": six })).toBe(true);
    expect(holds("fd.snet = 10.0.0.0/8", { "fd.snet": four })).toBe(true);
    expect(holds("fd.snet != fe80::/10", { "fd.snet": four })).toBe(true);
    expect(holds("fd.snet in (192.168.0.0/16, 10.0.0.0/8)", { "fd.snet": four })).toBe(true);
    expect(holds("fd.snet = fe80::/10 or fd.snet = 10.0.0.0/8", { "fd.snet": six })).toBe(true);
    expect(fault("fd.sip = ::1/128")).toBe("mismatch");
    expect(fault("fd.snet = 10.0.0.1")).toBe("mismatch");
  });

  test("lists are compared as subsets or by overlap", () => {
    const types = { "fd.types": ["file", "ipv4"] };
    expect(holds("fd.types in (file, ipv4, unix)", types)).toBe(true);
    expect(holds("fd.types in (file, unix)", types)).toBe(false);
    expect(holds("fd.types intersects (file, unix)", types)).toBe(true);
    expect(holds("fd.types intersects (unix)", types)).toBe(false);
    expect(holds("fd.types in (x)", { "fd.types": [] })).toBe(true);
    expect(holds("fd.types exists", { "fd.types": [] })).toBe(true);
    expect(holds("len(fd.types) = 2", types)).toBe(true);
    expect(fault("fd.types = file")).toBe("mismatch");
  });
});

describe("transformers", () => {
  const values = { "proc.name": "Bash", "proc.exe": "/usr/bin/Bash", "proc.pid": 7, "proc.tty": true };

  test.each([
    "tolower(proc.name) = bash",
    "toupper(proc.name) = BASH",
    "basename(proc.exe) = Bash",
    "basename(proc.exe) = val(proc.name)",
    "tolower(basename(proc.exe)) = tolower(proc.name)",
    "len(proc.name) = 4",
    "concat(proc.name, '!', proc.exe) = 'Bash!/usr/bin/Bash'",
    "join('-', (proc.name, proc.pid, 'x')) = Bash-7-x",
    "join('', (proc.tty, proc.name)) = '\x01Bash'",
    "b64('YmFzaA==') = bash",
    "not b64(proc.exe) exists",
    "getopt(('-ab', 'v', 'rest'), 'ab:') intersects (v)",
    "getopt(('-ab', 'v'), 'ab:')[b] = v",
    "getopt(('-a', '--long', '-x'), 'a') in (a, ?)",
    "getopt(('-b'), 'b:')[b] = ''",
    "not getopt(('-a'), 'ab')[b] exists",
  ])("%s", (text) => {
    expect(holds(text, values)).toBe(true);
  });

  test.each([
    "tolower(proc.pid) = 7",
    "len(proc.tty) = 1",
    "tolower(proc.aname) = x",
    "concat(proc.name, proc.pid) = x",
    "join(proc.name, proc.exe) = x",
    "getopt(proc.name, 'a') exists",
    "tolower(proc.name)[x] = x",
    "tolower(proc.name, proc.exe) = x",
    "join(proc.name) = x",
  ])("reject unsupported operands: %s", (text) => {
    expect(fault(text)).toBe("mismatch");
  });
});

describe("field by field", () => {
  test("values are compared with values of another field of the same type", () => {
    expect(holds("proc.name = val(proc.exe)", { "proc.name": "a", "proc.exe": "a" })).toBe(true);
    expect(holds("proc.name startswith val(proc.exe)", { "proc.name": "ab", "proc.exe": "a" })).toBe(true);
    expect(holds("proc.name < val(proc.exe)", { "proc.name": "a", "proc.exe": "b" })).toBe(true);
    expect(holds("proc.pid >= val(proc.pid)", { "proc.pid": 3n })).toBe(true);
    for (const text of [
      "proc.name = val(proc.pid)",
      "proc.pid = val(proc.vmsize)",
      "proc.name = val(proc.aname)",
      "proc.aname = val(proc.name)",
      "proc.name regex val(proc.exe)",
      "proc.name pmatch val(proc.exe)",
      "fd.snet = val(fd.snet)",
    ]) {
      expect(fault(text)).toBe("mismatch");
    }
  });

  test("a field with several values matches if one of them does", () => {
    const names = { "proc.aname": ["sh", "sshd"], "proc.aname[1]": "sh" };
    expect(holds("proc.aname = sshd", names)).toBe(true);
    expect(holds("proc.aname in (x, sh)", names)).toBe(true);
    expect(holds("proc.aname != sh", names)).toBe(true);
    expect(holds("proc.aname exists", names)).toBe(true);
    expect(holds("proc.aname[1] = sshd", names)).toBe(false);
  });

  test("a custom test of a field is used", () => {
    expect(holds("fd.net = 10.0.0.0/8", { "fd.net": "\x0a\0\0\0\x08" })).toBe(true);
    const ten = { "fd.net": "\x0a\0\0\0\x08" };
    expect(holds("fd.net = anyof (11.0.0.0/8, 10.0.0.0/8)", ten)).toBe(true);
    expect(holds("fd.net = allof (11.0.0.0/8, 10.0.0.0/8)", ten)).toBe(false);
    expect(holds("fd.net = anyof ()", ten)).toBe(false);
    expect(fault("fd.net in (11.0.0.0/8)")).toBe("mismatch");
  });

  test("a type can depend on the argument", () => {
    expect(holds("evt.rawarg[fd] >= 0", { "evt.rawarg[fd]": 3 })).toBe(true);
    expect(fault("evt.rawarg[uid] = 0")).toBe("mismatch");
    expect(fault("evt.rawarg[uid] exists")).toBe("none");
  });
});

describe("errors", () => {
  test.each([
    ["no.such = 1", "unknown-field"],
    ["proc.aname[x] = 1", "mismatch"],
    ["evt.type = nosuch", "unknown-event-type"],
    ["evt.type startswith nosuch", "unknown-event-type"],
    ["evt.type in (open, acct)", "none"],
    ["leftover", "unknown-macro"],
    ["proc.pid contains 1", "mismatch"],
    ["proc.name bcontains 61", "mismatch"],
    ["proc.tty < 1", "mismatch"],
    ["fd.sip startswith 1", "mismatch"],
    ["fd.sip contains anyof (1)", "mismatch"],
    ["proc.name regex '('", "mismatch"],
    [`proc.name = ${"x".repeat(255)}`, "none"],
    [`proc.name = ${"x".repeat(256)}`, "mismatch"],
    [`proc.name = ${"\xe4".repeat(128)}`, "mismatch"],
  ])("%s: %s", (text, expected) => {
    expect(fault(text)).toBe(expected);
  });
});

describe("remarks", () => {
  const kinds = (text: string) => bound(text).remarks.map((remark) => remark.kind);

  test("report valid conditions that may be unintended", () => {
    expect(kinds("proc.name = proc.exe")).toEqual(["field-as-text"]);
    expect(kinds("proc.name = 'tolower(proc.exe)'")).toEqual(["transformer-as-text"]);
    expect(kinds("proc.name regex 'ab.*'")).toEqual(["simple-regex"]);
    expect(kinds("proc.name regex 'a.b'")).toEqual([]);
    expect(kinds("proc.name = bash")).toEqual([]);
  });
});

describe("event codes", () => {
  const codes: Record<string, number[]> = { open: [2, 3], close: [5], acct: [0, 1] };
  const names: EventNames = { all: new Set([0, 1, 2, 3, 4, 5]), codesOf: (name) => codes[name] ?? [] };
  const of = (text: string) => [...eventCodes(parse(text), names)].sort();

  test.each([
    ["proc.name = x", [0, 1, 2, 3, 4, 5]],
    ["evt.type = open", [2, 3]],
    ["evt.type in (open, close)", [2, 3, 5]],
    ["evt.type != open", [0, 1, 4, 5]],
    ["not evt.type = open", [0, 1, 4, 5]],
    ["not evt.type != open", [2, 3]],
    ["evt.type = open and proc.name = x", [2, 3]],
    ["evt.type = open or proc.name = x", [0, 1, 2, 3, 4, 5]],
    ["not (evt.type = open or evt.type = close)", [0, 1, 4]],
    ["not (evt.type = open and proc.name = x)", [0, 1, 2, 3, 4, 5]],
    ["evt.type = open and evt.type = close", []],
    ["evt.type = acct", [0, 1]],
    ["not evt.type = acct", [2, 3, 4, 5]],
    ["evt.type exists", [0, 1, 2, 3, 4, 5]],
    ["not evt.type exists", []],
    ["evt.type startswith op", [0, 1, 2, 3, 4, 5]],
    ["syscall.type = close", [5]],
  ])("%s", (text, expected) => {
    expect(of(text)).toEqual(expected);
  });

  const lists = ["(open, close)", "(open)", "(open, open)", "()"];
  const comparisons = lists.flatMap((list) =>
    ["=", "!="].flatMap((operator) =>
      ["anyof", "allof", "oneof"].map((modifier) => `evt.type ${operator} ${modifier} ${list}`),
    ),
  );
  test.each(comparisons.flatMap((text) => [text, `not ${text}`]))("include all events that match: %s", (text) => {
    const { condition } = bound(text);
    const codes = new Set(of(text));
    const missing = ["open", "close", "read"].filter((name) => {
      const event = new StandIn(new Machine());
      event.values = { "evt.type": name };
      const code = name === "open" ? 2 : name === "close" ? 5 : 4;
      return evaluate(condition, event) && !codes.has(code);
    });
    expect(missing).toEqual([]);
  });

  test.each([
    ["evt.type = anyof (open, close)", [2, 3, 5]],
    ["evt.type = oneof (open, close)", [2, 3, 5]],
    ["evt.type != allof (open, close)", [0, 1, 4]],
  ])("are restricted by an exact comparison: %s", (text, expected) => expect(of(text)).toEqual(expected));

  test("cannot be determined if the event type is transformed or compared with a field", () => {
    for (const text of ["tolower(evt.type) = open", "b64(evt.type) exists", "evt.type = val(proc.name)"]) {
      expect(() => of(text)).toThrow(ConditionError);
    }
    expect(of("tolower(evt.type) contains op")).toHaveLength(6);
  });
});

describe("rulesets", () => {
  const event = new StandIn(new Machine());
  const entry = (text: string, ...codes: number[]) => ({ condition: bound(text).condition, codes: new Set(codes) });

  test("evaluate only conditions for the type of the event", () => {
    const match = compileRuleset([entry("proc.pid = 1", 3), entry("proc.pid = 1", 4), entry("proc.pid = 1", 3, 4)], {
      match: "all",
      eventName: () => undefined,
    });
    event.values = { "proc.pid": 1 };
    event.type = 3;
    expect([...match(event)]).toEqual([0, 2]);
    event.type = 4;
    expect([...match(event)]).toEqual([1, 2]);
    event.type = 5;
    expect([...match(event)]).toEqual([]);
    event.type = 300;
    expect([...match(event)]).toEqual([]);
  });

  test("return only the first match if configured, in the order of the conditions", () => {
    const conditions = [
      entry("proc.pid = 1 and proc.name = x", 3),
      entry("proc.name = a", 3),
      entry("proc.pid = 1", 3),
    ];
    const first = compileRuleset(conditions, { match: "first", eventName: () => undefined });
    event.type = 3;
    event.values = { "proc.pid": 1, "proc.name": "a" };
    expect([...first(event)]).toEqual([1]);
    event.values = { "proc.pid": 1, "proc.name": "x" };
    expect([...first(event)]).toEqual([0]);
    event.values = {};
    expect([...first(event)]).toEqual([]);
  });

  test("fold tests of the event type", () => {
    const match = compileRuleset([entry("evt.type = open", 3), entry("not evt.type in (open, close)", 3)], {
      match: "all",
      eventName: () => "open",
    });
    event.type = 3;
    event.values = {};
    expect([...match(event)]).toEqual([0]);
  });

  test("read a field once per event", () => {
    let reads = 0;
    const counting = field("proc.name", "CHARBUF", {
      bind: () => (one) => {
        reads++;
        return (one as StandIn).values["proc.name"];
      },
    });
    const counted: Vocabulary = { ...vocabulary, lookup: () => ({ field: counting, argument: undefined }) };
    const conditions = [
      "proc.name contains a",
      "proc.name contains b",
      "proc.name startswith x or proc.name glob '*c'",
    ].map((text) => ({ condition: bind(parse(text), counted).condition, codes: new Set([3]) }));
    const match = compileRuleset(conditions, { match: "all", eventName: () => undefined });
    event.values = { "proc.name": "abc" };
    expect([...match(event)]).toEqual([0, 1, 2]);
    expect(reads).toBe(1);
    event.values = {};
    expect([...match(event)]).toEqual([]);
    expect(reads).toBe(2);
  });

  test("are correct when split into several functions", () => {
    const conditions = Array.from({ length: 1200 }, (_, i) => entry(`proc.pid = ${i % 7} and proc.name != n${i}`, 3));
    const match = compileRuleset(conditions, { match: "all", eventName: () => undefined });
    event.values = { "proc.pid": 3, "proc.name": "n3" };
    expect([...match(event)]).toEqual(Array.from({ length: 1200 }, (_, i) => i).filter((i) => i % 7 === 3 && i !== 3));
  });

  describe("with large conditions for all event types", () => {
    const names = (count: number, test: (i: number) => string, word: string) =>
      Array.from({ length: count }, (_, i) => test(i)).join(` ${word} `);
    const any = names(700, (i) => `not proc.name = a${i}`, "or");
    const all = names(700, (i) => `proc.exe != b${i}`, "and");
    const nested = names(300, (i) => `(proc.pid = ${i} and not proc.name startswith n${i})`, "or");

    test.each([
      `evt.type = open and (${any})`,
      `evt.type = open or ${any}`,
      `evt.type = open and proc.pid = 7 or ${all}`,
      `${all} and (evt.type = close or proc.pid = 3)`,
      `not (${nested})`,
      `not (${nested} or evt.type = open)`,
      `(${all}) and (${nested})`,
      `evt.type in (open, close) and not (${all} and (${nested}))`,
    ])("agree with the interpreter: %.60s", (text) => {
      const conditions = [entry(text, 3, 4), entry(`proc.pid > 1 and (${text})`, 3, 4)];
      const codes = new Map([
        [3, "open"],
        [4, "close"],
      ]);
      const match = compileRuleset(conditions, { match: "all", eventName: (code) => codes.get(code) });
      for (const [code, name] of codes) {
        for (const [pid, comm, exe] of [
          [7, "a1", "b1"],
          [3, "n3", "x"],
          [3, "a3", "b699"],
          [1000, "x", "x"],
          [undefined, "a699", undefined],
          [0, undefined, "x"],
        ] as const) {
          event.type = code;
          event.values = { "evt.type": name, "proc.pid": pid, "proc.name": comm, "proc.exe": exe };
          const expected = conditions.flatMap(({ condition }, i) => (evaluate(condition, event) ? [i] : []));
          expect([...match(event)], `${name} ${pid} ${comm} ${exe}`).toEqual(expected);
        }
      }
      event.type = 3;
    });
  });

  test("never contain constants as program text", () => {
    const text = "a'\\\"`${x}*/\u2028\n);throw 1;//";
    const match = compileRuleset([entry(`proc.name = ${JSON.stringify(text).replace("\\u2028", "\u2028")}`, 3)], {
      match: "all",
      eventName: () => undefined,
    });
    event.values = { "proc.name": text.replace("\u2028", "\xe2\x80\xa8") };
    expect([...match(event)]).toEqual([0]);
  });

  test("support the deepest condition that can be parsed", () => {
    const depth = 390;
    let text = "proc.pid = 1";
    for (let i = 0; i < depth; i++) text = `(${text} ${i % 2 === 0 ? "or" : "and"} proc.name = n${i})`;
    const match = compileRuleset([entry(text, 3)], { match: "all", eventName: () => undefined });
    event.values = { "proc.pid": 1, "proc.name": "n389" };
    expect(() => match(event)).not.toThrow();
  });
});

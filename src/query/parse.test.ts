import { describe, expect, test } from "vitest";
import type { AlertQuery } from "./ast.ts";
import { QueryError } from "./error.ts";
import { parseConjuncts, parseQuery } from "./parse.ts";

const NOW = Date.UTC(2026, 10, 25, 12);

/** Formats a query in a compact notation, such as `(a = b & "words" & !(c in d|e))`. */
function short(query: AlertQuery | undefined): string {
  if (query === undefined) return "";
  switch (query.kind) {
    case "test":
      return [query.name, query.operator, query.values.join("|")].join(" ").trim();
    case "words":
      return JSON.stringify(query.text) + (query.prefix ? "*" : "");
    case "not":
      return `!${short(query.part)}`;
    case "and":
    case "or":
      return `(${query.parts.map(short).join(query.kind === "and" ? " & " : " / ")})`;
    default:
      return `${query.kind} ${new Date(Number(query.time / 1_000_000n)).toISOString()}`;
  }
}

const parsed = (...texts: readonly string[]): string => short(parseQuery(texts, { now: NOW }));

describe("conditions of the rule language", () => {
  test.each([
    ['rule = "Shell spawned by server process"', "rule = Shell spawned by server process"],
    ["priority >= warning and not source = syscall", "(priority >= warning & !source = syscall)"],
    [
      "priority in (error, critical) or tags intersects (T1059)",
      "(priority in error|critical / tags intersects T1059)",
    ],
    ["hostname startswith web- and proc.pid > 1", "(hostname startswith web- & proc.pid > 1)"],
    ["a.b=1 and(c.d=2 or not(e.f exists))", "(a.b = 1 & (c.d = 2 / !e.f exists))"],
    ["proc.aname[2] = 'a b' and k8s.pod.label[\"app\"]==x", "(proc.aname[2] = a b & k8s.pod.label[app] = x)"],
    ["a.b = 1 or c.d = 2 and e.f = 3", "(a.b = 1 / (c.d = 2 & e.f = 3))"],
    ["(rule exists)", "rule exists"],
    ["a.b in ()", "a.b in"],
    ["a.b in name and c.d pmatch (/etc, '/var/lib')", "(a.b in name & c.d pmatch /etc|/var/lib)"],
    ['a.b = "tab\\there" and c.d = "say \\"hi\\""', '(a.b = tab\there & c.d = say "hi")'],
    ["not not a.b = 1", "a.b = 1"],
    ["output contains foo", "output contains foo"],
  ])("%s", (text, expected) => {
    expect(parsed(text)).toBe(expected);
  });
});

describe("name: value", () => {
  test.each([
    ["proc.name: bash", "proc.name = bash"],
    ["proc.name:bash ns:shop", "(proc.name = bash & (k8s.ns.name = shop / ka.target.namespace = shop))"],
    ["rule: Terminal shell in container", "rule = Terminal shell in container"],
    ['rule: "File read" priority: warning', "(rule = File read & priority = warning)"],
    ["not proc.name : bash", "!proc.name = bash"],
    ["user: root, daemon", "(user.name = root / user.name = daemon)"],
    ["fd.name: /etc/*", "fd.name glob /etc/*"],
    ['fd.name: "/etc/*"', "fd.name = /etc/*"],
    ["container.id:*", "container.id exists"],
    ["proc.name: ba*,zsh", "(proc.name glob ba* / proc.name = zsh)"],
    ["message: shadow", "output icontains shadow"],
    ["since: 2h", "since 2026-11-25T10:00:00.000Z"],
    ["file:///etc/passwd", '"file:///etc/passwd"'],
    ["10.0.0.1:443 sha256:abc", '("10.0.0.1:443" & "sha256:abc")'],
  ])("%s", (text, expected) => {
    expect(parsed(text)).toBe(expected);
  });

  test("is a word if no alert has a field with this name", () => {
    expect(short(parseQuery(["example.com:443"], { isField: (name) => name === "proc.name" }))).toBe(
      '"example.com:443"',
    );
  });

  test.each(["proc.name:", "proc.name: ", "priority: loud"])("fails without a valid value: %j", (text) => {
    expect(() => parsed(text)).toThrow(QueryError);
  });
});

describe("short forms", () => {
  test.each([
    [["ns=prod,staging shadow"], "(k8s.ns.name in prod|staging shadow / ka.target.namespace in prod|staging shadow)"],
    [["ns=prod,staging", "shadow"], '((k8s.ns.name in prod|staging / ka.target.namespace in prod|staging) & "shadow")'],
    [["ns!=prod,staging"], "!(k8s.ns.name in prod|staging / ka.target.namespace in prod|staging)"],
    [["ns exists"], "(k8s.ns.name exists / ka.target.namespace exists)"],
    [["pod=web-1"], "(k8s.pod.name = web-1 / ka.target.pod.name = web-1)"],
    [["k8s.ns.name=prod"], "k8s.ns.name = prod"],
    [["container~web,API"], "(container.name icontains web / container.name icontains API)"],
    [["container!~web"], "!container.name icontains web"],
    [["rule=Terminal shell in container"], "rule = Terminal shell in container"],
    [
      ["rule=Delete or rename shell history", "ns=prod"],
      "(rule = Delete or rename shell history & (k8s.ns.name = prod / ka.target.namespace = prod))",
    ],
    [["rule=a and proc.name contains b"], "(rule = a & proc.name contains b)"],
    [["rule=a or (tags in (b))"], "(rule = a / tags in b)"],
    [['"read the" shad* not x'], '("read the" & "shad"* & !"x")'],
    [["cat or (dog and bird)"], '("cat" / ("dog" & "bird"))'],
    [["cat > /dev/null"], '("cat" & ">" & "/dev/null")'],
    [["file in use"], '("file" & "in" & "use")'],
    [["pod in (a, b)"], "(k8s.pod.name in a|b / ka.target.pod.name in a|b)"],
    [["(deleted)"], '"deleted"'],
    [["f(x)", ")"], '("f(x)" & ")")'],
    [["since 2h until", "yesterday"], /^\(since 2026-11-25T10:00:00.000Z & until 2026-11-24T/],
    [["time>=2026-11-25T12:00Z"], "since 2026-11-25T12:00:00.000Z"],
    [["since", "2026-11-25", "12:00:00Z"], "since 2026-11-25T12:00:00.000Z"],
    [
      ["priority=critical or (since 1h and ns=x)"],
      /^\(priority = critical \/ \(since .* & \(k8s.ns.name = x \/ ka.target.namespace = x\)\)\)$/,
    ],
    [["id=0193AB12cd"], "id startswith 0193ab12-cd"],
    [["uuid = 01890a5d-ac96-774b-bcce-b302099a8057"], "id = 01890a5d-ac96-774b-bcce-b302099a8057"],
    [["rule="], "rule ="],
    [['a.b="C:\\x"'], "a.b = C:x"],
    [[""], ""],
    [[], ""],
  ])("%j", (texts, expected) => {
    if (expected instanceof RegExp) expect(parsed(...texts)).toMatch(expected);
    else expect(parsed(...texts)).toBe(expected);
  });
});

describe("errors", () => {
  test.each([
    ["priority >= loud", /"loud" is not a priority/, 12],
    ["priority in (error, loud)", /"loud" is not a priority/, 20],
    ["time >= soon", /is not a time/, 8],
    ["priority contains x", /priority supports =, .*not contains/, 0],
    ["a.b = 1 and ", /Expected a condition after "and"/, 12],
    ["a.b = 1 and (", /Expected a condition/, 13],
    ["(a.b = 1", /Expected "\)"/, 8],
    ["a.b = ", /Expected a value/, 5],
    ["a.b = (1, 2)", /list/, 6],
    ["a.b = anyof (1, 2)", /anyof/, 6],
    ["a.b in (1 2)", /end of the list/, 10],
    ["a.b bcontains 00", /is not supported in queries/, 0],
    ["tolower(a.b) = x", /transformers/, 0],
    ["prioritty = x", /Did you mean "priority"/, 0],
    ["proc.pid >= warning", /compares numbers/, 12],
    ["proc.pid > 1,2", /takes one value/, 0],
    ["since", /Expected a time after/, 5],
    ["a.b = 1 since soon", /is not a time/, 14],
    ["time = 2h", /Invalid comparison of a time/, 0],
    ['rule = "open', /Missing closing quote/, 7],
  ])("%s", (text, message, start) => {
    expect(() => parsed(text)).toThrow(message);
    try {
      parsed(text);
    } catch (error) {
      expect(error).toBeInstanceOf(QueryError);
      expect(error).toMatchObject({ start });
    }
  });

  test("unknown fields and operators cause errors with a suggestion", () => {
    const isField = (name: string): boolean => name === "proc.name";
    expect(() => parseQuery(["proc.nam = x"], { isField })).toThrow(/No alert has a field.*Did you mean "proc.name"/);
    expect(() => parseQuery(["proc.name conatins x"], { isField })).toThrow(/operator.*Did you mean "contains"/);
    expect(() => parseQuery([`${"(".repeat(500)}a`])).toThrow(/nested deeper than 400 levels/);
  });
});

test.each([
  ["", []],
  ["rule = x", ["rule = x"]],
  ["rule=Terminal shell in container", ["rule=Terminal shell in container"]],
  ['rule = "a and b" AND not (a.b = 1 or a.b = 2) curl', ['rule = "a and b"', "not (a.b = 1 or a.b = 2)", "curl"]],
  [" (rule = x and a.b = 1)  and since 2h ", ["(rule = x and a.b = 1)", "since 2h"]],
  ["rule = x or a.b = 1", undefined],
  ["rule = x and a.b = 1 or a.b = 2", undefined],
])("the conditions of %j that must all match are %j", (text, expected) => {
  expect(parseConjuncts(text)?.map(({ start, end }) => text.slice(start, end))).toEqual(expected);
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, test } from "vitest";
import { evaluate } from "../../condition/evaluate.ts";
import { loadBench } from "../bench.ts";
import { scriptedEvents } from "./case-events.ts";
import { rule, runOneCase, runTests } from "./run-tests.fixture.ts";
import { readTestFile } from "./test-file.ts";

const home = join(import.meta.dirname, "../../..");
const opens =
  rule("Opened", "evt.type = openat and fd.name startswith /etc", "%proc.name opened %fd.name") +
  rule("Tmp", "evt.type = openat and fd.directory = /tmp");

async function problems(body: string, rules = opens): Promise<string[]> {
  const result = await runOneCase(rules, body);
  return result.problems.map(({ message }) => message);
}

async function faults(tests: string): Promise<string[]> {
  const { test: file } = await runTests(opens, tests);
  return file.faults.map(({ message, place }) => `${place.position().line}: ${message}`);
}

test("a rule that is expected to match must match", async () => {
  expect(await problems("events: [openat: /etc/passwd]\nfires: [Opened]")).toEqual([]);
  expect(await problems("events: [openat: /var/x]\nfires: [Opened]")).toEqual(['Rule "Opened" did not match.']);
});

test("a rule that is expected to be silent must not match; other rules can match", async () => {
  expect(await problems("events: [openat: /etc/passwd]\nsilent: [Tmp]")).toEqual([]);
  expect(await problems("events: [openat: /etc/passwd, openat: /etc/x]\nsilent: [Opened]")).toEqual([
    'Rule "Opened" matched openat, but should not: program opened /etc/passwd',
  ]);
});

test('"silent: all" applies to all rules that are not expected to match', async () => {
  expect(await problems("events: [openat: /etc/passwd]\nfires: [Opened]\nsilent: all")).toEqual([]);
  expect(await problems("events: [openat: /etc/passwd, openat: /tmp/x]\nfires: [Opened]\nsilent: all")).toEqual([
    'Rule "Tmp" matched openat, but should not: -',
  ]);
});

test("disabled rules can also be tested", async () => {
  const off = `${rule("R", "evt.type = openat")}  enabled: false\n`;
  expect(await problems("events: [openat: /x]\nfires: [R]", off)).toEqual([]);
});

test("alerts are compared with expectations, and each difference is reported", async () => {
  const events = "events: [openat: {path: /etc/passwd, by: cat}]";
  const good = [
    "proc.name: cat",
    "fd.name: {startswith: /etc, endswith: wd, contains: pass, matches: '^/etc/.*$', not: /etc/shadow}",
    "output: cat opened",
    "priority: notice",
    "times: 1",
    "k8s.pod.name: ~",
    "tolower(proc.name): cat",
  ];
  expect(await problems(`${events}\nfires:\n  Opened:\n    ${good.join("\n    ")}`)).toEqual([]);
  expect(await problems(`${events}\nfires: {Opened: {output: /^cat opened .etc.passwd$/}}`)).toEqual([]);
  const bad = [
    "proc.name: dog",
    "fd.name: {startswith: /usr}",
    "output: nothing",
    "priority: error",
    "k8s.pod.name: x",
    "tags: [t]",
  ];
  const { problems: found } = await runOneCase(opens, `${events}\nfires:\n  Opened:\n    ${bad.join("\n    ")}`);
  expect(found.map(({ differences }) => differences)).toEqual([
    [
      { subject: "proc.name", expected: '"dog"', found: '"cat"' },
      { subject: "fd.name", expected: 'a string that begins with "/usr"', found: '"/etc/passwd"' },
      { subject: "output", expected: 'a string that contains "nothing"', found: '"cat opened /etc/passwd"' },
      { subject: "priority", expected: '"error"', found: '"Notice"' },
      { subject: "k8s.pod.name", expected: '"x"', found: "<NA>" },
      { subject: "tags", expected: 'tag "t"', found: '""' },
    ],
  ]);
});

test("at least one of several alerts must meet the expectation", async () => {
  const events = "events: [openat: /etc/a, openat: /etc/b]";
  expect(await problems(`${events}\nfires: {Opened: {fd.name: /etc/b, times: 2}}`)).toEqual([]);
  expect(await problems(`${events}\nfires: {Opened: {times: 1}}`)).toEqual([
    'Rule "Opened" matched 2 times, expected 1.',
  ]);
});

test("an unknown rule or field is an error", async () => {
  expect(await problems("events: [openat: /x]\nfires: [Openend]")).toEqual([
    'Rule "Openend" not found; did you mean "Opened"?',
  ]);
  expect(await problems("events: [openat: /x]\nfires: {Opened: {proc.nam: x}}")).toEqual([
    expect.stringMatching(/^Invalid alert value "proc.nam": /),
  ]);
});

test("a table defines one case per row", async () => {
  const { cases } = await runTests(
    opens,
    `cases:
  - name: \${who} opens \${path}
    each:
      - {who: cat, path: /etc/x, rules: [Opened]}
      - {who: vi, path: /tmp/x, rules: [Tmp]}
      - {who: [vi], path: /tmp/x, rules: []}
    events:
      - openat: {path: "\${path}", by: {exe: "/usr/bin/\${who}"}}
    fires: \${rules}
    silent: all
`,
  );
  expect(cases.map(({ test: one, problems: found }) => [one.name, found.length])).toEqual([
    ["cat opens /etc/x", 0],
    ["vi opens /tmp/x", 0],
  ]);
});

test("a table of columns defines one case per combination", async () => {
  const { cases } = await runTests(
    opens,
    `cases:
  - name: \${who} opens \${path}
    each: {who: [cat, vi], path: [/etc/x, /etc/y]}
    events: [openat: {path: "\${path}", by: "\${who}"}]
    fires: [Opened]
`,
  );
  expect(cases.map(({ test: one, problems: found }) => [one.name, found.length])).toEqual([
    ["cat opens /etc/x", 0],
    ["cat opens /etc/y", 0],
    ["vi opens /etc/x", 0],
    ["vi opens /etc/y", 0],
  ]);
});

test("the values of a row are appended to an ambiguous name", async () => {
  const { cases } = await runTests(
    opens,
    'cases: [{name: n, each: [{p: /etc/x}, {p: /etc/y}], events: [openat: "${p}"], fires: [Opened]}]',
  );
  expect(cases.map(({ test: one }) => one.name)).toEqual(["n (p: /etc/x)", "n (p: /etc/y)"]);
});

const hooks = `- list: mine
  items: [cat]
- macro: hook
  condition: (evt.num < 0)
${rule("R", "evt.type = openat and not proc.name in (mine) and not hook")}  exceptions:
    - name: who
      fields: [proc.name, fd.name]
`;

test("lists, macros and exceptions can be replaced", async () => {
  const body = (more: string): string => `events: [openat: {path: /x, by: dog}]\n${more}`;
  expect(await problems(body("fires: [R]"), hooks)).toEqual([]);
  expect(await problems(body("silent: all\nwith: {lists: {mine: [cat, dog]}}"), hooks)).toEqual([]);
  expect(await problems(body("silent: all\nwith: {macros: {hook: proc.name = dog}}"), hooks)).toEqual([]);
  expect(await problems(body("silent: all\nwith: {exceptions: {R: {who: [[dog, /x]]}}}"), hooks)).toEqual([]);
  expect(
    await problems(
      body("fires: [S]\nwith: {items: [{rule: S, desc: d, condition: evt.type=openat, output: o, priority: INFO}]}"),
      hooks,
    ),
  ).toEqual([]);
  expect(await problems(body("silent: all\nwith: {macros: {hok: proc.name = dog}}"), hooks)).toEqual([
    '"hok" is not a valid macro in the rules; did you mean "hook"?',
  ]);
  expect(await problems(body("silent: all\nwith: {macros: {hook: proc.nam = dog}}"), hooks)).toEqual([
    expect.stringMatching(/^Invalid "with": .*"proc.nam"/),
  ]);
});

it("reports every error in a test file with its line, and runs the other cases", async () => {
  expect(
    await faults(`cases:
  - {name: a, events: [openat: /x]}
  - {name: b, silent: all}
  - {events: [openat: /x], silent: all}
  - {name: d, events: [openat: /x], silent: all, fire: [R]}
`),
  ).toEqual([
    '2: A case requires an expectation: "fires", "silent" or both (or "does" for response rules).',
    '3: A case requires either "events" or "capture" (or, for response rules only, "alert" or "alerts").',
    '4: A case requires "name".',
    '5: "fire" is not a valid key of a case; did you mean "fires"?',
  ]);
  expect(await faults("- name: x\n")).toEqual(["1: A test file must be a mapping (key: value), not a sequence."]);
  expect(await faults("cases: [\n")).toHaveLength(1);
});

it("names the sub-condition that prevented a match, at the closest event", async () => {
  const rules = `- list: shells
  items: [shell, bahs]
- macro: is_shell
  condition: (proc.name in (shells))
${rule("Shell", "evt.type = execve and evt.rawres = 0 and is_shell and not proc.pname = sshd")}`;
  const { problems: found } = await runOneCase(
    rules,
    "events:\n  - openat: /x\n  - execve: {exe: bash, parent: sshd}\nfires: [Shell]",
  );
  expect(found[0]!.reason?.event.name).toBe("execve");
  const findings = found[0]!.reason?.findings.map(({ text, within, values, holds, place }) => {
    return [text, within, values, holds, place.position().line];
  });
  expect(findings).toEqual([
    ["proc.name in (shells)", "macro is_shell", ["proc.name = bash"], false, 4],
    ["proc.pname = sshd", "", ["proc.pname = sshd"], true, 7],
  ]);
});

it("names the exception that prevented a match", async () => {
  const { problems: found } = await runOneCase(
    hooks.replace("fields: [proc.name, fd.name]", "fields: [proc.name, fd.name]\n      values: [[dog, /x], [dog, /y]]"),
    "events: [openat: {path: /y, by: dog}]\nfires: [R]",
  );
  const findings = found[0]!.reason?.findings.map(({ text, within }) => [text.trim(), within]);
  expect(findings).toEqual([
    ["proc.name = dog", "exception who"],
    ["fd.name = /y", "exception who"],
  ]);
});

it("shows the true parts of a rule that matched unexpectedly", async () => {
  const { problems: found } = await runOneCase(
    rule("R", "evt.type = openat and (fd.name = /a or fd.name = /b) and not proc.name = cat"),
    "events: [openat: /b]\nsilent: all",
  );
  expect(found[0]!.reason?.findings.map(({ text, values }) => [text, values])).toEqual([
    ["evt.type = openat", ["evt.type = openat"]],
    ["fd.name = /a or fd.name = /b", ["fd.name = /b"]],
    ["not proc.name = cat", ["proc.name = program"]],
  ]);
});

test("explanations and coverage agree with the engine", async () => {
  const read = (name: string) => ({ name, text: readFileSync(join(home, "rules", name), "utf8") });
  const { bench } = await loadBench([read("syscall.yaml")]);
  if (bench === undefined) throw new Error("cannot load the default rules");
  const { cases } = await readTestFile(read("syscall.test.yaml"));
  let evaluated = 0;
  for (const one of cases.filter(({ events }) => events !== undefined)) {
    const scene = scriptedEvents(one);
    const fired: string[] = [];
    const found: string[] = [];
    scene.evaluate(
      bench.ruleset,
      (rule, event) => fired.push(`${event.num} ${rule.name}`),
      (event) => {
        evaluated++;
        for (const { name, bound } of bench.rules)
          if (evaluate(bound.condition, event)) found.push(`${event.num} ${name}`);
      },
    );
    expect(found).toEqual(fired);
  }
  expect(evaluated).toBeGreaterThan(5);
});

import { expect, it } from "vitest";
import { alertWith } from "../../../test/response/alert.ts";
import { hostile } from "../../../test/response/hostile.ts";
import { actionOf, succeeds } from "../../../test/response/scene.ts";
import type { AlertRecord, FieldValue } from "../../alert/record.ts";
import type { Action } from "../action.ts";
import { flagParameter, numberParameter, textParameter, textsParameter } from "../parameters.ts";
import { readResponses } from "./read.ts";
import { isResponseFile } from "./recognise.ts";

const kill: Action = actionOf(succeeds, {
  name: "host:kill",
  parameters: {
    signal: textParameter("", { fallback: "KILL" }),
    tree: flagParameter("", false),
    wait: numberParameter("", 5, [1, 30]),
    spare: textsParameter("", []),
    token: { ...textParameter(""), secret: true },
    script: { ...textParameter(""), verbatim: true },
  },
});
const stop = actionOf(succeeds, {
  name: "container:stop",
  parameters: { name: textParameter("", { required: true }) },
});

function read(text: string, { environment = {}, strict = true } = {}) {
  const actions = { "host:kill": async () => kill, "container:stop": async () => stop };
  return readResponses([{ name: "r.yaml", text }], { actions, environment, strict });
}

async function rightly(text: string, environment: Readonly<Record<string, string>> = {}) {
  const { responses, results } = await read(text, { environment });
  expect(results.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  return responses;
}

async function mistakes(text: string, options?: Parameters<typeof read>[1]): Promise<string[]> {
  const { results } = await read(text, options);
  return results.flatMap(({ errors, warnings }) =>
    [...errors, ...warnings].map(({ line, column, message }) => `${line}:${column} ${message}`),
  );
}

async function holds(
  condition: string,
  fields: Readonly<Record<string, FieldValue>>,
  changes?: Partial<AlertRecord>,
): Promise<boolean> {
  const [response] = await rightly(`- {response: R, match: ${JSON.stringify(condition)}, actions: [host:kill]}`);
  return response!.matches(alertWith(fields, changes));
}

it.each<[string, boolean]>([
  ['rule = "Read sensitive file"', true],
  ['rule startswith "Read" and source = syscall', true],
  ["priority = warning", true],
  ["priority >= notice", true],
  ["priority >= error", false],
  ["priority > warning", false],
  ["priority <= warning and priority < error", true],
  ["priority in (critical, Warning)", true],
  ["priority != debug", true],
  ["tags intersects (filesystem, network)", true],
  ["tags in (T1555, filesystem, more)", true],
  ["tags intersects (network)", false],
  ['output contains "/etc/shadow"', true],
  ["hostname glob cell-*", true],
  ["proc.pid = 42 and proc.pid > 41 and not proc.pid >= 43", true],
  ["proc.name in (cat, dd)", true],
  ["proc.name exists and not proc.pname exists", true],
  ["proc.pname != bash", false],
  ["not proc.pname = bash", true],
  ["fd.sip = 10.1.2.3", true],
  ["fd.sip in (10.1.2.3, 10.9.9.9)", true],
  ["fd.sport = 443", true],
  ["evt.is_open_write = true", true],
  ["proc.is_container_healthcheck = true", false],
  ["user.name icontains WWW", true],
  ["proc.cmdline regex '.*secr[e]t'", true],
  ["okta.actor.name = eve", true],
  ["eyas.response.action = nothing", false],
  ["tolower(proc.name) = cat", true],
  ["proc.name = val(proc.exe)", true],
  ["proc.aname[2] = sshd", true],
  ['fd.name = "/tmp/na\u00efve"', true],
])("the condition %s matches an alert: %s", async (condition, expected) => {
  const fields = {
    "proc.pid": 42,
    "proc.name": "cat",
    "proc.exe": "cat",
    "proc.pname": null,
    "proc.cmdline": "cat the secret",
    "proc.aname[2]": "sshd",
    "fd.sip": "10.1.2.3",
    "fd.sport": 443,
    "fd.name": "/tmp/na\u00efve",
    "evt.is_open_write": true,
    "user.name": "www-data",
    "okta.actor.name": "eve",
  };
  expect(await holds(condition, fields)).toBe(expected);
});

it("macros and lists are resolved across files", async () => {
  const [response] = await rightly(`
- list: shells
  items: [bash, sh]
- macro: from_shell
  condition: proc.pname in (shells)
- response: R
  match: from_shell and priority >= warning
  actions: [host:kill]
`);
  expect(response!.matches(alertWith({ "proc.pname": "sh" }))).toBe(true);
  expect(response!.matches(alertWith({ "proc.pname": "zsh" }))).toBe(false);
  expect([...response!.fields].sort()).toEqual(["priority", "proc.pname"]);
});

it("parameters are validated and have defaults", async () => {
  const [response] = await rightly(
    `
- response: R
  match: rule exists
  continue: false
  dry_run: true
  actions:
    - action: host:kill
      tree: true
      parameters: {wait: 7, spare: [a, b], token: "\${TOKEN}", script: "echo \${HOME} $\${X}", signal: "$\${TERM}"}
      continue: false
      ignore_errors: yes
      cooldown: 90s
      budget: 5/1h
      timeout: 1m
`,
    { TOKEN: "s3cr3t" },
  );
  const { actions, continues, dryRun } = response!;
  const [action] = actions;
  expect([continues, dryRun]).toEqual([false, true]);
  expect(action).toMatchObject({
    parameters: {
      ...{ signal: "${TERM}", tree: true, wait: 7, spare: ["a", "b"], token: "s3cr3t" },
      script: "echo ${HOME} $${X}",
    },
    ...{ continues: false, ignoresErrors: true, cooldown: 90_000, timeout: 60_000 },
    budget: { most: 5, window: 3_600_000 },
  });
});

it("special text is literal in parameters and conditions", async () => {
  for (const text of Object.values(hostile)) {
    if (!text.isWellFormed() || text.includes("${")) continue;
    const written = JSON.stringify(text);
    const yaml = `- {response: R, match: rule exists, actions: [{action: host:kill, parameters: {signal: ${written}}}]}`;
    const [response] = await rightly(yaml);
    expect(response!.actions[0]!.parameters.signal).toBe(text);
  }
});

it.each<[string, string[]]>([
  [
    "- response: R\n  match: proc.nam = x\n  actions: [host:kill]",
    ['2:10 Unknown field "proc.nam". Did you mean "proc.name"?'],
  ],
  [
    "- response: R\n  match: priority >= warnin\n  actions: [host:kill]",
    [
      '2:10 Invalid priority "warnin": use one of emergency, alert, critical, error, warning, notice, informational, debug. Did you mean "Warning"?',
    ],
  ],
  [
    "- response: R\n  match: rule = x\n  actions:\n    - action: host:kil",
    ['4:15 Unknown action "host:kil". Did you mean "host:kill"?'],
  ],
  [
    "- response: R\n  match: rule = x\n  actions:\n    - {action: host:kill, sginal: TERM}",
    ['4:27 host:kill has no parameter "sginal". Did you mean "signal"?'],
  ],
  [
    "- response: R\n  match: rule = x\n  actions:\n    - {action: host:kill, wait: 31}",
    ['4:33 "wait" takes an integer from 1 to 30, not "31"'],
  ],
  [
    "- response: R\n  match: rule = x\n  actions: [container:stop]",
    ['3:13 container:stop requires the parameter "name", here or in responses.parameters'],
  ],
  [
    "- response: R\n  match: rule = x\n  actions:\n    - {action: host:kill, cooldown: soon}",
    ['4:37 "cooldown" takes a duration such as 90s, 10m or 0, not "soon"'],
  ],
  [
    "- response: R\n  match: rule = x\n  actions:\n    - {action: host:kill, budget: 5}",
    ['4:35 "budget" takes a rate such as 5/10m, not "5"'],
  ],
  [
    "- response: R\n  match: rule = x and\n  actions: []",
    ['2:21 Expected a space or "(" after "and"', '3:12 "actions" must be a sequence, in order of execution'],
  ],
  [
    "- response: R\n  macth: rule = x\n  actions: [host:kill]",
    [
      '2:3 "match" is missing, but there is "macth". Did you mean "match"?',
      '2:3 Unknown key "macth". Did you mean "match"?',
    ],
  ],
  [
    "- response: R\n  match: rule = x\n  actions: [host:kill]\n- response: R\n  match: rule = y\n  actions: [host:kill]",
    ['4:13 Response "R" is already defined at r.yaml:1'],
  ],
  ["- reponse: R", ['1:3 An entry must have one of the keys "response", "macro" or "list". Did you mean "response"?']],
  [
    "- response: R\n  match: rule = x\n  actions: [host:kill]\n  dry_rnu: true",
    ['4:3 Unknown key "dry_rnu". Did you mean "dry_run"?'],
  ],
  ["response: R", ["1:1 A file of response rules must be a sequence"]],
])("an error has a location: %j", async (text, expected) => {
  expect(await mistakes(text)).toEqual(expected);
});

it("an unset variable is an error when rules are used, and a warning when they are checked", async () => {
  const text = '- response: R\n  match: rule = x\n  actions:\n    - {action: host:kill, token: "${TOKEN}"}';
  const message = '4:34 The environment variable TOKEN of the parameter "token" is not set';
  expect((await read(text)).results[0]!.errors).toHaveLength(1);
  expect(await mistakes(text)).toEqual([message]);
  const { responses, results } = await read(text, { strict: false });
  expect(results[0]).toMatchObject({ ok: true, warnings: [{ line: 4 }] });
  expect(responses).toHaveLength(1);
});

it("messages do not contain secrets", async () => {
  const text = '- {response: R, match: rule = x, actions: [{action: host:kill, parameters: {token: ["s3cr3t"]}}]}';
  const [message] = await mistakes(text);
  expect(message).toContain('"token" takes a string');
  expect(message).not.toContain("s3cr3t");
});

it("files with response rules are recognized", async () => {
  const of = (text: string): Promise<boolean> => isResponseFile({ name: "x", text });
  expect(await of("- response: R\n  match: rule = x")).toBe(true);
  expect(await of("- action: A\n  actionner: kubernetes:terminate")).toBe(true);
  expect(await of("- rule: R\n  match: {rules: [x]}\n  actions: []")).toBe(true);
  expect(await of("- rule: R\n  condition: evt.type = open\n  output: x")).toBe(false);
  expect(await of("- list: l\n  items: []")).toBe(false);
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { Coverage, type Unit } from "../test/coverage.ts";
import { junit, tap } from "../test/machine-reports.ts";
import { rule, runOneCase, runTests } from "../test/run-tests.fixture.ts";

const audit = (name: string, condition: string): string => rule(name, condition, "-", "k8s_audit");

/** Runs a single case with rules for audit events, and returns its problems. */
async function problems(rules: string, body: string): Promise<string[]> {
  return (await runOneCase(rules, `source: k8s_audit\n${body}`)).problems.map(({ message }) => message);
}

/** Expects that the rule matches the events with these field values. */
async function problemsOf(events: string, fields: readonly string[]): Promise<unknown> {
  const rules = audit("R", "ka.auditid exists");
  const { problems } = await runOneCase(
    rules,
    `source: k8s_audit\nevents:\n  - ${events}\nfires:\n  R:\n    ${fields.join("\n    ")}`,
  );
  return problems.map(({ message, differences }) => (differences.length > 0 ? differences : message));
}

describe("a document in a test", () => {
  const rules = audit("Answer", "json.value[/answer] = 42");

  test("is evaluated unchanged", async () => {
    expect(await problems(rules, "events: [document: {answer: 42}]\nfires: [Answer]")).toEqual([]);
    expect(await problems(rules, "events: [document: {answer: 41}]\nfires: [Answer]")).toEqual([
      'Rule "Answer" did not match.',
    ]);
  });

  test("contains numbers, booleans and null as plain scalars, and strings as quoted scalars", async () => {
    const written = `document: {auditID: a, d: {n: 1, big: 12345678901234567890, half: 0.5, no: false, nil: null, text: "1", list: [true, "true"]}}`;
    expect(
      await problemsOf(written, [
        `"json.value[/d]": '{"n":1,"big":12345678901234567890,"half":0.5,"no":false,"nil":null,"text":"1","list":[true,"true"]}'`,
      ]),
    ).toEqual([]);
  });

  test("contains text as byte strings", async () => {
    expect(await problemsOf("document: {auditID: a, name: grüß}", ['"json.value[/name]": grüß'])).toEqual([]);
  });

  test("can change a named document by key and JSON pointer, and remove keys", async () => {
    const rules = audit("R", "ka.auditid = a");
    const result = await runTests(
      rules,
      `source: k8s_audit
documents:
  base: {auditID: a, user: {username: eve, groups: [x, "y"]}, extra: {keep: 1, drop: 2}, "odd/key": 1}
cases:
  - name: it
    events: [base: {user: {username: bob}, /user/groups/1: z, extra: {drop: null}, /odd~1key: 2}]
    fires:
      R:
        "json.value[/user]": '{"username":"bob","groups":["x","z"]}'
        "json.value[/extra]": '{"keep":1}'
        "json.value[/odd~1key]": "2"
  - name: it as it is
    events: [base: ~]
    fires: {R: {"json.value[/extra]": '{"keep":1,"drop":2}'}}
`,
    );
    expect(result.cases.flatMap((one) => one.problems)).toEqual([]);
  });

  test("cannot set an item beyond the end of a list", async () => {
    expect(await problems(rules, "events: [document: {list: [1], /list/5: 2}]\nsilent: all")).toEqual([
      'Index "5" is out of range for a list of length 1.',
    ]);
  });

  test("can belong to a process, whose fields are then available", async () => {
    const java = rule("R", "proc.name = java and proc.aname[2] = systemd", "-", "suricata");
    const body = (by: string) =>
      `source: suricata\nevents: [{document: {event_type: alert}, by: ${by}}]\nfires: {R: {proc.pname: tomcat, user.name: www-data}}`;
    const by = "{exe: java, ancestors: [tomcat, systemd], user: www-data}";
    expect((await runOneCase(java, body(by))).problems).toEqual([]);
    expect((await runOneCase(java, body("python3"))).problems.map(({ message }) => message)).toEqual([
      'Rule "R" did not match.',
    ]);
  });

  test("can be an event of a custom source", async () => {
    const rules = rule("R", "json.value[/a] = 1 and evt.source = till", "-", "till");
    expect((await runOneCase(rules, "source: till\nevents: [document: {a: 1}]\nfires: [R]")).problems).toEqual([]);
  });
});

describe("the short form of a Kubernetes API request", () => {
  test("expands to the audit event of the server", async () => {
    const request =
      "create: {resource: pods, namespace: shop, name: web, user: bob, from: [192.0.2.1, 192.0.2.2], object: {spec: {hostPID: true}}}";
    const fields = {
      "ka.stage": "ResponseComplete",
      "ka.verb": "create",
      "ka.target.resource": "pods",
      "ka.target.namespace": "shop",
      "ka.target.name": "web",
      "ka.target.subresource": null,
      "ka.user.name": "bob",
      "ka.user.groups": "(system:authenticated)",
      "ka.req.pod.host_pid": "true",
      "ka.response.code": "201",
      "ka.auth.decision": "allow",
      "ka.sourceips": "(192.0.2.1,192.0.2.2)",
      "ka.uri": "/api/v1/namespaces/shop/pods/web",
      times: 1,
    };
    const written = Object.entries(fields).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
    expect(await problemsOf(request, written)).toEqual([]);
  });

  test.each([
    ["get: {resource: pods/exec, name: web}", 2, "101"],
    ["create: {resource: pods/attach, name: web}", 2, "101"],
    ["watch: {resource: pods}", 2, "200"],
    ["get: {resource: pods/log, name: web}", 2, "200"],
    ["list: {resource: pods}", 1, "200"],
    ["create: {resource: secrets, code: 403}", 1, "403"],
    ["get: {resource: secrets, code: 401}", 1, "401"],
  ])("%s results in %i events", async (request, times, code) => {
    expect(await problemsOf(request, [`times: ${times}`, `ka.response.code: "${code}"`])).toEqual([]);
  });

  test.each([
    ["get: {resource: secrets, code: 403}", ["ka.auth.decision: forbid"]],
    ["get: {resource: secrets, code: 403, decision: allow}", ["ka.auth.decision: allow"]],
    ["get: {resource: secrets, code: 403, decision: none}", ["ka.auth.decision: ~", "ka.auth.reason: ~"]],
    ["get: {resource: secrets, code: 401}", ["ka.user.name: ~", "ka.stage: ResponseStarted", "ka.auth.decision: ~"]],
    ["get: {resource: nodes, why: 'RBAC: x'}", ["'ka.auth.reason': 'RBAC: x'"]],
    ["get: {resource: nodes, user: {name: x, groups: [a, b]}}", ["ka.user.name: x", "ka.user.groups: '(a,b)'"]],
    ["get: {resource: nodes, as: bob}", ["ka.impuser.name: bob"]],
    ["get: {uri: /version}", ["ka.uri: /version", "ka.target.resource: ~"]],
    ["get: {resource: roles, group: rbac.authorization.k8s.io}", ["ka.uri: /apis/rbac.authorization.k8s.io/v1/roles"]],
    [
      "get: {resource: pods/exec, name: a, query: {command: [cat, /etc/x]}}",
      ["'ka.uri.param[command]': cat", "ka.uri: {endswith: '?command=cat&command=%2Fetc%2Fx'}"],
    ],
    ["get: {resource: nodes, stage: Panic, also: {responseStatus: {code: 500}}}", ["ka.response.code: '500'"]],
    ["get: {resource: nodes, message: no}", ['"json.value[/responseStatus/message]": "no"']],
    ["create: {resource: pods, response: {metadata: {name: a-1}}}", ["ka.resp.name: a-1"]],
    [
      "create: {resource: pods, annotations: {pod-security.kubernetes.io/audit-violations: x}}",
      ["ka.security.pod.violations: x"],
    ],
  ])("%s", async (request, fields) => {
    expect(await problemsOf(request, fields)).toEqual([]);
  });

  test("gives each event its own ID and time", async () => {
    const rules = audit("R", "ka.auditid endswith 002 and evt.rawtime exists");
    const events = "events: [get: {resource: a}, {wait: 1h}, {after: 10s, get: {resource: b}}]";
    expect(
      await problems(rules, `time: 2026-01-05T12:00:00Z\n${events}\nfires: {R: {ka.target.resource: b, times: 1}}`),
    ).toEqual([]);
    const time = audit("R", "json.value[/stageTimestamp] startswith 2026-01-05T13:00:10");
    expect(
      await problems(time, `time: 2026-01-05T12:00:00Z\n${events}\nfires: {R: {evt.time.s: {matches: ':00:10$'}}}`),
    ).toEqual([]);
  });

  test.each([
    ["creat: {resource: pods}", '"creat" is not a valid document; did you mean "create"?'],
    ["create: {resorce: pods}", '"resorce" is not a valid key of create; did you mean "resource"?'],
    ["get: {resource: pods, decision: allowed}", '"allowed" is not a valid decision; did you mean "allow"?'],
    ["{get: ~, list: ~}", "An event must be one document, as in get: {resource: secrets}."],
    ["document: text", "A document must be a mapping (key: value)."],
  ])("%s is an error", async (event, message) => {
    expect(await problems(audit("R", "ka.verb = get"), `events: [${event}]\nsilent: all`)).toEqual([message]);
  });
});

describe("rules for several sources in a file", () => {
  const rules = audit("Asked", "ka.verb = get") + rule("Opened", "evt.type = openat");

  test("are tested with events of their source", async () => {
    const report = await runTests(
      rules,
      `cases:
  - {name: a, source: k8s_audit, events: [get: {resource: pods}], fires: [Asked], silent: all}
  - {name: b, events: [openat: /x], fires: [Opened], silent: all}
`,
    );
    expect(report.cases.map((one) => one.problems)).toEqual([[], []]);
  });

  test("a case that names a rule for another source is an error", async () => {
    expect(await problems(rules, "events: [get: {resource: pods}]\nfires: [Opened]")).toEqual([
      'Rule "Opened" is for source "syscall", but the events of this case are of source "k8s_audit".',
    ]);
  });

  test('"silent: all" ignores disabled rules', async () => {
    const off = `${audit("Off", "ka.verb exists")}  enabled: false\n`;
    expect(await problems(off, "events: [get: {resource: pods}]\nsilent: all")).toEqual([]);
    expect(await problems(off, "events: [get: {resource: pods}]\nsilent: [Off]")).toHaveLength(1);
  });
});

test("coverage and reports include rules for documents", async () => {
  const rules = `- list: kinds\n  items: [pods, secrets]\n${audit("R", "ka.verb in (get, list) and ka.target.resource in (kinds)")}  exceptions:\n    - {name: user, fields: ka.user.name, comps: in, values: [eve]}\n`;
  const coverage = new Coverage();
  const tests = `source: k8s_audit
cases:
  - {name: fires, events: [get: {resource: pods}], fires: [R], silent: all}
  - {name: wrong, events: [watch: {resource: secrets}], fires: [R]}
`;
  const report = await runTests(rules, tests, coverage);
  const text = (seen: (unit: Unit) => boolean) => coverage.units.filter(seen).map((unit) => unit.text);
  expect(text(({ seenTrue }) => seenTrue)).toEqual([
    "pods",
    "get",
    "ka.verb in (get, list)",
    "ka.target.resource in (kinds)",
  ]);
  expect(text(({ seenFalse }) => seenFalse)).toEqual(["ka.verb in (get, list)", "exception user"]);
  expect(junit([report])).toContain('failures="1"');
  expect(tap([report])).toContain("not ok 2");
  const { problems } = report.cases[1]!;
  expect(problems[0]!.reason?.findings[0]).toMatchObject({
    text: "ka.verb in (get, list)",
    values: ["ka.verb = watch"],
  });
});

describe("a slice of a file of events", () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-lines-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const event = (verb: string) => ({
    kind: "Event",
    auditID: verb,
    stage: "ResponseComplete",
    verb,
    stageTimestamp: "2026-01-05T12:00:00Z",
  });
  const file = join(folder, "audit.jsonl.gz");
  const events = ["get", "list", "watch", "create"].map(event);
  writeFileSync(
    file,
    gzipSync(
      `${JSON.stringify({ kind: "EventList", items: events.slice(0, 2) })}\n${events
        .slice(2)
        .map((one) => JSON.stringify(one))
        .join("\n")}\n`,
    ),
  );
  const rules = audit("R", "ka.verb exists");

  test.each([
    [`capture: ${file}\nfires: {R: {times: 4}}`, []],
    [`capture: {file: ${file}, from: 2, to: 3}\nfires: {R: {times: 2, ka.verb: list}}`, []],
    [`capture: {file: ${file}, from: 3}\nfires: {R: {times: 2, ka.verb: create}}`, []],
    [`capture: {file: ${file}, from: 9}\nfires: [R]`, [`${file} has no event 9; number of events: 4.`]],
  ])("%s", async (body, wrong) => {
    expect(await problems(rules, body)).toEqual(wrong);
  });

  test("is an error if the file contains an invalid event", async () => {
    const odd = join(folder, "odd.jsonl");
    writeFileSync(odd, '{"kind":"Pod"}\n{"kind":"Pod"}\n');
    expect(await problems(rules, `capture: ${odd}\nfires: [R]`)).toEqual([
      expect.stringContaining(`${odd}:1: it is not an audit event`),
    ]);
  });
});

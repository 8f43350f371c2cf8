// Compares, byte for byte, the responses of every route of the page's API for a fixed journal with the files in
// page-answers/. After a deliberate change, `npx vitest run test/page-answers.test.ts -u` updates them; review the
// diff.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Entry } from "../src/alert/entry.ts";
import { dataHeaders } from "../src/api/headers.ts";
import {
  type Answered,
  type Asking,
  EXCEPTION,
  openTestPage,
  SETTING_VERSION,
  type TestPage,
} from "../src/api/page.fixture.ts";
import { routes } from "../src/api/routes.ts";
import { stepOf } from "../src/journal/action-entry.fixture.ts";
import { openActionLogWriter } from "../src/journal/action-log-writer.ts";
import { entry } from "../src/journal/alerts.fixture.ts";

const API = "/api/v1";
/** Time of all requests, 20 minutes after the last alert. */
const NOW = Date.parse("2026-11-25T10:30:00Z");
const MINUTE = 60_000_000_000n;
const SECRET = /"csrf":"[^"]+"|eyas_session=[\w.-]+/g;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** Headers that are not recorded, since they are in every response or belong to the connection. */
const COMMON_HEADERS = new Set([
  ...["date: ", "connection: keep-alive", "keep-alive: timeout=60", "transfer-encoding: chunked"],
  ...Object.entries(dataHeaders).map(([name, value]) => `${name}: ${value}`),
  ...["content-type: application/json"],
]);

const at = (minutesAgo: number): Pick<Entry, "time"> => ({
  time: BigInt(NOW) * 1_000_000n - BigInt(minutesAgo) * MINUTE,
});
const lineage = [
  { pid: 12, began: 1_795_600_000_000_000_000n, name: "sh", cmdline: "sh -c x", exepath: "/bin/sh", account: "root" },
  { pid: 1, began: 0n, name: "init", cmdline: "init", exepath: "", account: "" },
];
const plan = {
  ...{ kind: "and", text: "evt.type = open and proc.name = sh", file: "rules.yaml", line: 1, column: 1 },
  parts: [
    { kind: "test", text: "evt.type = open", file: "rules.yaml", line: 1, column: 1, terms: ["evt.type"] },
    { kind: "test", text: "proc.name = sh", file: "rules.yaml", line: 1, column: 21, terms: ["proc.name"] },
  ],
};
const marks = '{"marks":"777","values":{"evt.type":"open","proc.name":"sh"}}';
const known = { version: EXCEPTION.version };
const set = { version: SETTING_VERSION };
const CAPTURE = `eyas_${"0".repeat(20)}_${"0".repeat(20)}.scap`;
const entries: readonly Entry[] = [
  entry(1, at(3000)),
  entry(
    2,
    { ...at(60), rule: "Shell in a container", priority: "Critical", tags: ["T1059.004", "mitre_execution"] },
    { "container.id": "c1", "container.name": "web", "k8s.ns.name": null },
  ),
  entry(
    3,
    { ...at(50), received: true, hostname: "node-2" },
    { "fd.name": ["/etc/a", "/etc/b"], "ka.req": { verb: "get" } },
  ),
  entry(
    4,
    { ...at(40), background: { lineage, explained: { plan: 1, text: JSON.stringify(plan), marks } } },
    { "proc.pid": 12, "eyas.capture": `/var/captures/${CAPTURE}` },
  ),
  entry(5, { ...at(30), message: '<img src=x> "quoted", ü\u202e' }, { "container.id": "c1", "proc.cmdline": "=1+1" }),
  entry(6, { ...at(20), source: "k8s_audit", priority: "Notice" }, { "proc.args": "12345678901234567890" }),
];
const rules = [
  { name: "File read", priority: "Warning" as const, tags: ["T1005", "mitre_collection"], enabled: true },
  { name: "Shell in a container", priority: "Critical" as const, tags: ["mitre_execution"], enabled: false },
].map((rule) => ({
  ...rule,
  ...{
    shadow: false,
    source: "syscall",
    file: "rules.yaml",
    line: 1,
    description: "About.",
    yaml: "- rule: x\n",
    condition: "evt.type = open",
  },
  output: "%proc.name",
  exceptions: [{ name: "who", fields: ["proc.name"], comps: ["="] }],
}));
const added = { statics: { site: "a" }, sources: ["k8s_audit"], switched: { "File read": true } };
const warnings = [
  {
    file: "rules.yaml",
    line: 3,
    column: 14,
    rule: "File read",
    code: "EYAS_NO_SUCH_EVENT",
    message: "It cannot match",
  },
];
const leftOut = [{ file: "okta.yaml", rules: ["Login"], message: "okta.yaml is left out." }];
const book = { rules, files: [{ name: "rules.yaml", text: "- rule: x\n" }], warnings, leftOut, added };

let page: TestPage;
let ids: readonly string[];
let cookie = "";
let csrf = "";
/** Requested routes, to check that every route is requested. */
const requested = new Set<string>();
let recorded = "";

// The clock is fixed during a test, and runs between tests for timeouts.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: NOW }));
afterEach(() => void vi.useRealTimers());

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  page = await openTestPage(entries, book);
  mkdirSync(join(page.folder, "captures"));
  writeFileSync(join(page.folder, "captures", CAPTURE), "scap");
  const dead = { output: "stdout", time: NOW - 3000, reason: "status 400: <b>no</b>" };
  page.writer.saveProgress({
    outputs: [],
    dead: [
      { ...dead, seq: 2 },
      { ...dead, seq: 5 },
    ],
  });
  const ledger = openActionLogWriter(page.journal);
  const step = { time: NOW - 5000, asked: NOW - 4000, ended: NOW - 2500 };
  ledger?.write([stepOf(1, { ...step, seq: 4 }), stepOf(2, { time: NOW - 1000, seq: 4, state: "failed" })]);
  ledger?.close();
  await page.ask(`${API}/cases`, { method: "POST", body: { title: "Break-in" }, as: "responder" });
  const { text } = await page.ask(`${API}/alerts?order=oldest`, { as: "viewer" });
  ids = (JSON.parse(text) as { alerts: { id: string }[] }).alerts.map(({ id }) => id);
  const signed = await page.ask(`${API}/session`, { method: "POST", body: { token: page.tokens.admin } });
  [cookie = ""] = (signed.headers["set-cookie"]?.[0] ?? "").split("; ");
  csrf = (JSON.parse(signed.text) as { csrf: string }).csrf;
});
afterAll(() => page.close());

function plain(text: string): string {
  return text
    .replace(UUID, (id) => `ID-${ids.indexOf(id) + 1}`)
    .replace(SECRET, (found) => (found.startsWith("eyas") ? "eyas_session=SECRET" : '"csrf":"SECRET"'))
    .replace(/"bytes":\d{5,}/g, '"bytes":BYTES')
    .replaceAll(page.folder, "FOLDER")
    .replace(/^\{"token":"[\w-]{43}"\}$/, '{"token":"TOKEN"}');
}

/** Routes whose responses contain the path of the test directory. */
const WITH_PATH: ReadonlySet<string> = new Set(["/exceptions", "/rule-settings"]);

/** Sends a request and records its response. @param path path in which `{n}` stands for the ID of the n-th alert */
async function record(method: string, path: string, asking: Asking = {}): Promise<Answered> {
  const address = API + path.replace(/\{(\d)\}/g, (_, n) => ids[Number(n) - 1] ?? "");
  const answer = await page.ask(address, { method, as: "admin", ...asking });
  if (answer.status === 200) requested.add(`${method} ${path.split("?")[0]}`);
  const headers = Object.entries(answer.headers)
    .map(([name, value]) => `${name}: ${name === "date" ? "" : plain(String(value))}`)
    .filter((line) => !COMMON_HEADERS.has(line))
    // The path of the test directory can have any length.
    .filter((line) => !(line.startsWith("content-length") && WITH_PATH.has(path) && answer.status === 200));
  const shown = { ...asking.headers, ...(asking.as !== undefined && { as: asking.as }) };
  const from = Object.entries(shown).map(([name, value]) => `  ${name}: ${plain(value)}\n`);
  const sent = asking.body === undefined ? "" : `  ${plain(JSON.stringify(asking.body)).slice(0, 200)}\n`;
  recorded += `${method} ${path}\n${from.join("")}${sent}${answer.status}\n${headers.sort().join("\n")}\n\n${plain(answer.text)}\n\n----\n`;
  return answer;
}

test("responses to reads", async () => {
  for (const path of [
    "/session",
    "/sign-in",
    "/sign-in/oidc?to=/alerts",
    "/sign-in/oidc/callback?code=a&state=b&session_state=c",
    "/status",
    "/alerts",
    "/alerts?limit=2",
    "/alerts?limit=2&order=oldest",
    "/alerts?limit=&state=open",
    "/alerts?query=priority%20%3E%3D%20warning&since=1h",
    "/alerts?text=file-4&until=0s",
    "/alerts?since=2026-11-25T10:00:00Z",
    "/alerts/groups",
    "/alerts/groups?limit=1",
    "/alerts/groups?trend=3&since=2h&until=0s",
    "/alerts/groups?unassigned=true&snoozed=false",
    "/alerts/groups?assignee=vera",
    "/alerts/count?by=rule",
    "/alerts/count?by=container&limit=1",
    "/alerts/count?by=tags",
    "/alerts/over-time?since=2h&until=0s",
    "/alerts/over-time?buckets=3&since=2h&until=0s",
    "/alerts/over-time/rules?since=2h&until=0s",
    "/alerts/over-time/rules?buckets=3&limit=1&until=0s",
    "/alerts/flows",
    "/alerts/flows?limit=1",
    "/alerts/export?format=json",
    "/alerts/export?format=csv",
    "/alerts/{1}",
    "/alerts/{2}",
    "/alerts/{3}",
    "/alerts/{4}",
    "/alerts/{5}",
    "/alerts/{6}",
    "/alerts/{2}/group",
    "/cases",
    "/cases/1",
    "/cases/1/export",
    "/alerts/{2}/related",
    "/alerts/{4}/related",
    "/alerts/{2}/incident",
    "/alerts/{4}/incident",
    "/alerts/{1}/explanation",
    "/alerts/{4}/explanation",
    "/alerts/{4}/capture",
    "/alerts/{5}/capture",
    "/responses",
    "/responses/suspended",
    "/responses?limit=1",
    "/rules",
    "/rules/files",
    "/rules/warnings",
    "/rules/File%20read",
    "/rules/Shell%20in%20a%20container",
    "/coverage",
    "/exceptions",
    "/rule-settings",
    "/outputs/stdout",
    "/outputs/none",
    "/outputs/stdout/dead-letters",
    "/outputs/stdout/dead-letters?limit=1",
    "/machines",
    "/machines?state=unknown&limit=1",
    "/machines?text=NODE-1",
    "/machines/node-2",
    "/machines/none",
    "/posture",
    "/posture?kind=privileged&severity=high&limit=1",
    "/samples",
    "/samples/drill.scap",
    "/recent",
    "/users",
    "/users/audit",
    "/users/audit?limit=1",
  ]) {
    await record("GET", path);
    if (!path.includes("?")) await record("HEAD", path);
  }
  await expect(recorded).toMatchFileSnapshot("./page-answers/reading.txt");
});

test("responses to invalid paths, parameters and methods", async () => {
  recorded = "";
  for (const path of [
    "/nothing",
    "",
    "/",
    "/alerts/",
    "alerts",
    "//alerts",
    "/alerts//related",
    "/alerts/x/y",
    "/alerts/%ff",
    "/alerts/%00",
    "/alerts/x",
    "/alerts/a%2Fb",
    "/alerts/__proto__",
    "/alerts/x/related",
    "/alerts/x/incident",
    "/alerts/x/explanation",
    "/rules/",
    "/rules/x",
    "/rules/100%25",
    "/rules/100%",
    "/samples/x",
    "/samples/..%2fsecret.txt",
    "/alerts/../status",
    "/%61lerts",
    "/ALERTS",
    "/rules/:name",
    "/rules/*",
    "/alerts?x=1",
    "/alerts?limit=0",
    "/alerts?limit=1001",
    "/alerts?limit=1.5",
    "/alerts?limit=1.0",
    "/alerts?limit=-1",
    "/alerts?limit=1e2",
    "/alerts?limit=x",
    "/alerts?limit=5&limit=6",
    "/alerts?limit=&limit=6",
    "/alerts?order=odd",
    "/alerts?state=odd",
    "/alerts?cursor=x",
    `/alerts?cursor=${"x".repeat(201)}`,
    `/alerts?text=${"x".repeat(1001)}`,
    `/alerts?text=${"x".repeat(4097)}`,
    `/alerts?query=${"x".repeat(4001)}`,
    "/alerts?query=proc.nam%20%3D%20x",
    "/alerts?query=x%20and%20(",
    "/alerts?since=soon",
    `/alerts?since=${"1".repeat(41)}`,
    "/alerts?toString=1",
    "/alerts?__proto__=1",
    "/alerts?x=1&limit=0",
    "/alerts?limit=0&x=1",
    "/alerts/count",
    "/alerts/count?by=",
    "/alerts/count?by=nonsense",
    "/alerts/count?by=output",
    `/alerts/count?by=${"x".repeat(201)}`,
    "/alerts/count?limit=x",
    "/alerts/count?by=rule&limit=1001",
    "/alerts/over-time?buckets=3001",
    "/alerts/over-time/rules?buckets=41",
    "/alerts/over-time/rules?limit=1001",
    "/alerts/export",
    "/alerts/export?format=xml",
    "/alerts/groups?limit=501",
    "/alerts/groups?trend=41",
    "/alerts/groups?snoozed=maybe",
    "/alerts/x/group",
    "/cases/x",
    "/cases?state=odd",
    "/alerts/flows?limit=501",
    "/alerts/flows?cursor=x",
    "/status?x=1",
    "/machines?state=x",
    "/machines?limit=501",
    "/machines?cursor=x",
    "/machines/",
    "/posture?severity=x",
    "/posture?limit=501",
    "/rules?limit=1",
    "/users?x=1",
    "/users/audit?cursor=x",
    "/responses?cursor=x",
    "/events?x=1",
    "/events?state=odd",
    "/session?a=b",
    "/openapi.json?a",
    `/alerts?text=${"a".repeat(9000)}`,
    "/rules?%ff=1",
    "/alerts?text=%ff",
  ])
    await record("GET", path);
  for (const [method, path] of [
    ["PUT", "/alerts"],
    ["DELETE", "/alerts"],
    ["PUT", "/session"],
    ["POST", "/status"],
    ["GET", "/exceptions/x/edit"],
    ["GET", "/alerts/x/state"],
    ["DELETE", "/exceptions"],
    ["PATCH", "/alerts/x/state"],
    ["OPTIONS", "/rules"],
    ["DELETE", "/nothing"],
    ["POST", "/openapi.json"],
    ["GET", "/responses/pause"],
    ["PUT", "/users"],
    ["GET", "/users/vera"],
    ["DELETE", "/users/x"],
  ] as const)
    await record(method, path);
  await expect(recorded).toMatchFileSnapshot("./page-answers/refused.txt");
});

test("responses to invalid bodies", async () => {
  recorded = "";
  for (const path of [
    "/session",
    "/alerts/{1}/state",
    "/alerts/{1}/comments",
    "/alerts/{1}/exception",
    "/exceptions",
  ]) {
    for (const body of [
      "",
      "{",
      "[]",
      "null",
      "1",
      '"x"',
      "{}",
      '{"more":1}',
      '{"toString":1}',
      '{"__proto__":1}',
      '{"constructor":null,"token":"x"}',
    ])
      await record("POST", path, {
        body,
        ...(path === "/session" && { headers: { "content-type": "application/json; charset=utf-8" } }),
      });
    await record("POST", path, { body: "{}", headers: { "content-type": "text/plain" } });
    await record("POST", path);
  }
  for (const [path, body] of [
    ["/session", { token: 1 }],
    ["/session", { token: "x".repeat(201) }],
    ["/session", { token: "x", more: 1 }],
    ["/session", { more: 1, token: 1 }],
    ["/session", { token: null }],
    ["/alerts/{1}/state", { state: "gone" }],
    ["/alerts/{1}/state", { state: 1 }],
    ["/alerts/{1}/state", { state: "closed" }],
    ["/alerts/{1}/state", { state: "closed", reason: " " }],
    ["/alerts/{1}/state", { state: "open", reason: "x".repeat(201) }],
    ["/alerts/{1}/state", { reason: 1, state: "gone" }],
    ["/alerts/{1}/state", { state: "open", comment: "x".repeat(4001) }],
    ["/alerts/{1}/state", { comment: null, state: "open" }],
    ["/alerts/{1}/state", { state: "gone", more: 1 }],
    ["/alerts/{1}/state", { more: 1, state: "gone" }],
    ["/alerts/x/state", { state: "open" }],
    ["/alerts/x/comments", { text: "x" }],
    ["/alerts/x/exception", {}],
    ["/alerts/{1}/comments", { text: "" }],
    ["/alerts/{1}/comments", { text: " " }],
    ["/alerts/{1}/comments", { text: "x".repeat(4001) }],
    ["/alerts/{1}/comments", { text: ["x"] }],
    ["/alerts/{1}/exception", { fields: "x" }],
    ["/alerts/{1}/exception", { fields: [1] }],
    ["/alerts/{1}/exception", { fields: ["a", null, 1] }],
    ["/alerts/{1}/exception", { fields: Array(11).fill("x") }],
    ["/alerts/{1}/exception", { fields: Array(11).fill(1) }],
    ["/alerts/{1}/exception", { fields: ["x".repeat(201)] }],
    ["/alerts/{1}/exception", { fields: ["fd.sip"] }],
    ["/alerts/x/group", { action: "comment", text: "x" }],
    ["/alerts/{1}/group", { action: "close" }],
    ["/alerts/{1}/group", { action: "assign" }],
    ["/alerts/{1}/group", { action: "assign", assignee: "x".repeat(65) }],
    ["/alerts/{1}/group", { action: "snooze" }],
    ["/alerts/{1}/group", { action: "snooze", until: "tomorrow" }],
    ["/alerts/{1}/group", { action: "snooze", until: "2026-11-25T10:00:00Z" }],
    ["/alerts/{1}/group", { action: "snooze", until: "2028-11-25T10:00:00Z" }],
    ["/alerts/{1}/group", { action: "auto_close" }],
    ["/alerts/{1}/group", { action: "comment", text: " " }],
    ["/alerts/{1}/group", { action: "end_snooze", text: "x" }],
    ["/cases", { title: "" }],
    ["/cases", { title: "x".repeat(201) }],
    ["/cases/1", { action: "open" }],
    ["/cases/1", { action: "comment" }],
    ["/cases/x", { action: "reopen" }],
    ["/exceptions", { yaml: "" }],
    ["/exceptions", { yaml: "x".repeat(20_001) }],
    ["/exceptions", { yaml: "x".repeat(70_000) }],
    ["/exceptions", { yaml: "x", ["y".repeat(60)]: 1 }],
    ["/exceptions", { yaml: 1, other: 2 }],
    ["/exceptions", { other: 2, yaml: "" }],
    ["/exceptions", { yaml: "bad" }],
    ["/users", {}],
    ["/users", { name: "zoe" }],
    ["/users", { name: "zoe", role: "king" }],
    ["/users", { name: "", role: "viewer" }],
    ["/users", { name: "<b>", role: "viewer" }],
    ["/users", { name: "x".repeat(65), role: "viewer" }],
    ["/users/vera/role", {}],
    ["/users/vera/role", { role: "" }],
    ["/users/x/role", { role: "viewer" }],
    ["/users/x/token", {}],
    ["/exceptions", { yaml: "x", reason: "x".repeat(501) }],
    ["/exceptions", { yaml: "x", expires: "tomorrow" }],
    ["/exceptions", { yaml: "x", expires: "2026-11-25T10:29:59Z" }],
    ["/exceptions", { yaml: "x", expires: "2099-01-01T00:00:00Z" }],
    [`/exceptions/${EXCEPTION.id}/edit`, { ...known, yaml: "" }],
    [`/exceptions/${EXCEPTION.id}/edit`, { ...known, yaml: "bad" }],
    [`/exceptions/${EXCEPTION.id}/edit`, { ...known, yaml: "late" }],
    [`/exceptions/${EXCEPTION.id}/edit`, { version: "old", yaml: "x" }],
    [`/exceptions/${EXCEPTION.id}/edit`, { yaml: "x" }],
    [`/exceptions/${EXCEPTION.id}/expiry`, { ...known }],
    [`/exceptions/${EXCEPTION.id}/expiry`, { ...known, expires: "2026-11-25T10:30:00Z" }],
    [`/exceptions/${EXCEPTION.id}/remove`, { version: "old" }],
    [`/exceptions/${EXCEPTION.id}/remove`, { version: "x".repeat(65) }],
    ["/exceptions/x/remove", { ...known }],
    ["/exceptions/__proto__/revert", { ...known }],
    ["/rule-settings/File%20read", { ...set, state: "off" }],
    ["/rule-settings/File%20read", { ...set, yaml: "" }],
    ["/rule-settings/File%20read", { ...set, yaml: "bad" }],
    ["/rule-settings/File%20read", { version: "old", state: "shadow" }],
    ["/rule-settings/File%20read/revert", {}],
    ["/responses/pause", []],
    ["/responses/pause", "1"],
    ["/alerts/count", {}],
    ["/alerts/counts", {}],
    ["/alerts/counts", { counts: [] }],
    ["/alerts/counts", { counts: [{ by: "rule" }, { by: "tags", limit: 1, state: "open" }] }],
    ["/alerts/counts", { counts: [{ by: "rule" }, { by: "nonsense" }] }],
    ["/alerts/counts", { counts: [{ by: "rule", query: "x and (" }] }],
    ["/alerts/counts", { counts: [{ by: "rule", x: 1 }] }],
    ["/alerts/counts", { counts: Array.from({ length: 9 }, () => ({ by: "rule" })) }],
    ["/nothing", {}],
  ] as const)
    await record("POST", path, { body });
  await expect(recorded).toMatchFileSnapshot("./page-answers/bodies.txt");
});

test("responses to unauthorized requests", async () => {
  recorded = "";
  const { host } = new URL(page.url);
  const none = { as: undefined } as unknown as Asking;
  for (const [method, path] of [
    ["GET", "/status"],
    ["GET", "/users/audit"],
    ["POST", "/alerts/{1}/comments"],
    ["DELETE", "/session"],
    ["GET", "/recent"],
    ["GET", "/users"],
    ["DELETE", "/users/vera"],
  ] as const) {
    const asking = method === "POST" ? { body: { text: "x" } } : {};
    await record(method, path, { ...asking, ...none });
    await record(method, path, { ...asking, ...none, headers: { cookie: "eyas_session=a.b" } });
    await record(method, path, { ...asking, as: "viewer", headers: { "sec-fetch-site": "cross-site" } });
    await record(method, path, { ...asking, as: "viewer", headers: { origin: "http://evil.example" } });
    await record(method, path, { ...asking, as: "viewer", headers: { host: "evil.example" } });
    if (method !== "DELETE") await record(method, path, { ...asking, as: "viewer" });
    if (method !== "GET") {
      await record(method, path, { ...asking, ...none, headers: { cookie } });
      await record(method, path, { ...asking, ...none, headers: { cookie, "x-eyas-csrf": "wrong" } });
    } else await record(method, path, { ...asking, ...none, headers: { cookie } });
  }
  await expect(recorded.replaceAll(host, "HOST")).toMatchFileSnapshot("./page-answers/who.txt");
});

test("responses to changes, and their audit entries", async () => {
  recorded = "";
  for (const [method, path, body, as] of [
    ["POST", "/session", { token: page.tokens.viewer }, undefined],
    ["POST", "/session", { token: "wrong" }, undefined],
    ["POST", "/alerts/{1}/state", { state: "acknowledged" }, "responder"],
    ["POST", "/alerts/{1}/state", { state: "closed", reason: "known", comment: " backup " }, "responder"],
    ["POST", "/alerts/{2}/state", { state: "open" }, "responder"],
    ["POST", "/alerts/{1}/comments", { text: " <b>so</b> " }, "responder"],
    [
      "POST",
      "/alerts/changes",
      { filter: { query: "priority >= warning" }, action: "acknowledge", wait: 20 },
      "responder",
    ],
    ["POST", "/alerts/changes", { filter: { state: "open" }, action: "close", reason: "known", wait: 20 }, "responder"],
    ["POST", "/alerts/changes/2/undo", { wait: 20 }, "responder"],
    ["POST", "/alerts/changes/1/undo", { wait: 20 }, "responder"],
    ["POST", "/alerts/changes/1/undo", undefined, "responder"],
    ["GET", "/alerts/changes/1", undefined, "responder"],
    ["GET", "/alerts/changes/x", undefined, "responder"],
    ["POST", "/alerts/changes", { filter: {}, action: "close" }, "responder"],
    ["POST", "/alerts/changes", { filter: {}, action: "comment", comment: " " }, "responder"],
    ["POST", "/alerts/changes", { filter: { since: "" }, action: "reopen" }, "responder"],
    ["POST", "/alerts/changes", { filter: {}, action: "acknowledge", newest: "x" }, "responder"],
    ["POST", "/alerts/changes", { filter: {}, action: "acknowledge" }, "viewer"],
    ["POST", "/alerts/{2}/group", { action: "assign", assignee: " vera " }, "responder"],
    ["POST", "/alerts/{2}/group", { action: "snooze", until: "2026-11-25T11:00:00Z" }, "responder"],
    ["POST", "/alerts/{2}/group", { action: "auto_close", text: " Planned " }, "responder"],
    ["POST", "/alerts/{2}/group", { action: "comment", text: "<b>" }, "responder"],
    ["POST", "/alerts/{2}/group", { action: "end_snooze" }, "responder"],
    ["POST", "/alerts/{2}/group", { action: "end_auto_close" }, "responder"],
    ["POST", "/alerts/{2}/group", { action: "end_snooze" }, "viewer"],
    ["POST", "/cases", { title: " Second " }, "responder"],
    ["POST", "/cases/2", { action: "add_group", alert: "x" }, "responder"],
    ["POST", "/cases/2", { action: "close", text: "Done" }, "responder"],
    ["POST", "/cases/2", { action: "reopen" }, "viewer"],
    ["POST", "/alerts/{4}/exception", undefined, "responder"],
    ["POST", "/alerts/{4}/exception", {}, "responder"],
    ["POST", "/alerts/{4}/exception", { fields: [] }, "responder"],
    ["POST", "/alerts/{4}/exception", { fields: ["proc.name"] }, "responder"],
    ["POST", "/exceptions", { yaml: "- rule: x" }, "admin"],
    ["POST", "/exceptions", { yaml: "- rule: x", reason: " a\n- rule: b ", expires: "2026-12-25T00:00:00Z" }, "admin"],
    ["POST", `/exceptions/${EXCEPTION.id}/edit`, { ...known, yaml: "- rule: y" }, "admin"],
    ["POST", `/exceptions/${EXCEPTION.id}/expiry`, { ...known, expires: "2026-12-25T00:00:00Z" }, "admin"],
    ["POST", `/exceptions/${EXCEPTION.id}/expiry`, { ...known, expires: null }, "admin"],
    ["POST", `/exceptions/${EXCEPTION.id}/remove`, known, "admin"],
    ["POST", `/exceptions/${EXCEPTION.id}/revert`, known, "admin"],
    ["POST", `/exceptions/${EXCEPTION.id}/remove`, known, "responder"],
    ["POST", "/rule-settings/File%20read", { ...set, state: "shadow", priority: "Error", reason: " a " }, "admin"],
    ["POST", "/rule-settings/File%20read", set, "admin"],
    ["POST", "/rule-settings/File%20read/revert", set, "admin"],
    ["POST", "/rule-settings/File%20read/revert", set, "responder"],
    ["POST", "/responses/release", { target: "all" }, "admin"],
    ["POST", "/responses/pause", undefined, "admin"],
    ["POST", "/responses/resume", {}, "admin"],
    ["POST", "/responses/resume", { anything: 1 }, "admin"],
    ["POST", "/outputs/stdout/test", undefined, "admin"],
    ["POST", "/outputs/stdout/resend", {}, "admin"],
    ["POST", "/outputs/stdout/resend", { after: 9 }, "admin"],
    ["POST", "/outputs/stdout/resend", { alert: "bad" }, "admin"],
    ["POST", "/outputs/none/resend", {}, "admin"],
    ["POST", "/outputs/stdout/resend", {}, "responder"],
    ["POST", "/outputs/stdout/test", {}, "responder"],
    ["POST", "/users", { name: "zoe", role: "viewer" }, "admin"],
    ["POST", "/users", { name: "zoe", role: "admin" }, "admin"],
    ["POST", "/users/zoe/role", { role: "responder" }, "admin"],
    ["POST", "/users/zoe/token", {}, "admin"],
    ["GET", "/users", undefined, "admin"],
    ["DELETE", "/users/zoe", undefined, "admin"],
    ["DELETE", "/users/ada", undefined, "admin"],
    ["POST", "/users/ada/role", { role: "viewer" }, "admin"],
    ["POST", "/users", { name: "eve", role: "admin" }, "responder"],
  ] as const) {
    const secret = path === "/session";
    const before = recorded;
    await record(method, path, { ...(body !== undefined && { body }), as } as Asking);
    if (secret) recorded = before + recorded.slice(before.length).replaceAll(page.tokens.viewer, "TOKEN");
  }
  await record("DELETE", "/session", { as: undefined, headers: { cookie, "x-eyas-csrf": csrf } } as unknown as Asking);
  recorded = recorded.replaceAll(csrf, "CSRF");
  for (const path of ["/alerts/{1}", "/alerts?state=closed", "/users/audit", "/responses", "/status"])
    await record("GET", path);
  await expect(recorded).toMatchFileSnapshot("./page-answers/changes.txt");
});

test("every route was requested, except the event stream, the OpenAPI document and those that require a provider", () => {
  const missing = routes.filter(
    ({ method, path }) =>
      ![...requested].some((one) => one === `${method} ${path}` || patternOf(method, path).test(one)),
  );
  expect(missing.map(({ path }) => path)).toEqual([
    "/sign-in/oidc",
    "/sign-in/oidc/callback",
    "/events",
    "/openapi.json",
  ]);
});

function patternOf(method: string, path: string): RegExp {
  const id = path.startsWith("/machines/") ? "[^/]+" : "(?:\\{\\d\\}|\\d+)";
  return new RegExp(`^${method} ${path.replace("{id}", id).replace("{name}", "[^/]+")}$`);
}

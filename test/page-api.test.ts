// The API of the web UI over HTTP, with a journal in the format of `eyas run`.
import { appendFileSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadFiles } from "../src/agent/load/ready-rules.ts";
import type { LoadedRules } from "../src/api/agent-view.ts";
import { mistakeIn } from "../src/api/mistake.ts";
import { isObject } from "../src/api/object.ts";
import { isSchema } from "../src/api/openapi.ts";
import { EXCEPTION, openTestPage, SETTING_VERSION, type TestPage } from "../src/api/page.fixture.ts";
import type { Route } from "../src/api/route.ts";
import { routes } from "../src/api/routes.ts";
import { Failure } from "../src/api/schemas/common.ts";
import { components } from "../src/api/schemas/components.ts";
import { roles } from "../src/api/user.ts";
import { loadConfig } from "../src/config/load.ts";
import { entry } from "../src/journal/alerts.fixture.ts";
import { openWriter } from "../src/journal/write.ts";
import { entries, hostile } from "./page-entries.fixture.ts";

const API = "/api/v1";
const operations: readonly Route[] = routes;

const ruleText = `- rule: File read
  desc: Reads
  condition: evt.type = open
  output: "%proc.name %fd.name"
  priority: WARNING
  tags: [T1005, mitre_collection]
  exceptions:
    - name: program_and_file
      fields: [proc.name, fd.name]
`;
const book: LoadedRules = {
  rules: [
    {
      name: "File read",
      source: "syscall",
      priority: "Warning",
      tags: ["T1005", "mitre_collection"],
      enabled: true,
      shadow: false,
      file: "rules.yaml",
      line: 1,
      description: "Reads",
      yaml: ruleText,
      condition: "evt.type = open",
      output: "%proc.name %fd.name",
      exceptions: [{ name: "program_and_file", fields: ["proc.name", "fd.name"], comps: ["=", "="] }],
    },
  ],
  files: [{ name: "rules.yaml", text: ruleText }],
  warnings: [],
  leftOut: [],
  added: { statics: {}, sources: [], switched: {} },
};

let page: TestPage;
let ids: readonly string[];

beforeAll(async () => {
  page = await openTestPage(entries, book);
  ids = await listed("order=oldest&limit=1000");
});
afterAll(() => page.close());

async function json(path: string): Promise<Readonly<Record<string, unknown>>> {
  const answer = await page.ask(API + path, { as: "viewer" });
  expect(answer.status, answer.text).toBe(200);
  return isObject(answer.json) ? answer.json : {};
}

function alertsIn(answer: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(answer.alerts) ? answer.alerts.filter(isObject) : [];
}

/** Returns the IDs on all pages. */
async function listed(query: string): Promise<string[]> {
  const found: string[] = [];
  let cursor = "";
  do {
    const answer = await json(`/alerts?${query}${cursor}`);
    found.push(...alertsIn(answer).map(({ id }) => String(id)));
    cursor = typeof answer.next === "string" ? `&cursor=${answer.next}` : "";
  } while (cursor !== "");
  return found;
}

const asked = (query: string): string => `query=${encodeURIComponent(query)}`;
describe("authorization", () => {
  const path = (route: Route): string => API + route.path.replace("{id}", ids?.[0] ?? "x").replace("{name}", "x");

  test.each(
    operations
      .filter(({ role }) => role !== undefined)
      .map((route) => [`${route.method} ${route.path}`, route] as const),
  )("%s requires a token with its role", async (_, route) => {
    const asking = { method: route.method, ...(route.method === "POST" && { body: {} }) };
    expect((await page.ask(path(route), asking)).status).toBe(401);
    expect((await page.ask(path(route), { ...asking, headers: { cookie: "eyas_session=a.b" } })).status).toBe(401);
    for (const role of roles.slice(0, roles.indexOf(route.role ?? "viewer"))) {
      const { status, text } = await page.ask(path(route), { ...asking, as: role });
      expect(status).toBe(403);
      expect(text).toContain(`requires the role ${route.role}`);
    }
  });

  test("a session cookie is HttpOnly and same-site, and every change requires the CSRF token", async () => {
    const signed = await page.ask(`${API}/session`, { method: "POST", body: { token: page.tokens.responder } });
    expect(signed.json).toMatchObject({ user: "rita", role: "responder", csrf: expect.any(String) });
    const [cookie = "", ...flags] = (signed.headers["set-cookie"]?.[0] ?? "").split("; ");
    expect(flags).toEqual(["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=129600"]);
    const csrf = isObject(signed.json) ? String(signed.json.csrf) : "";
    expect((await page.ask(`${API}/session`, { headers: { cookie } })).json).toEqual(signed.json);
    const change = (headers: Readonly<Record<string, string>>) =>
      page.ask(`${API}/alerts/${ids[0]}/comments`, {
        method: "POST",
        headers: { cookie, ...headers },
        body: { text: "hm" },
      });
    const { host } = new URL(page.url);
    expect((await change({})).status).toBe(403);
    expect((await change({ "x-eyas-csrf": "wrong" })).status).toBe(403);
    expect((await change({ "x-eyas-csrf": csrf, origin: "http://evil.example" })).status).toBe(403);
    expect((await change({ "x-eyas-csrf": csrf, "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await change({ "x-eyas-csrf": csrf, "content-type": "text/plain" })).status).toBe(415);
    expect(
      (await change({ "x-eyas-csrf": csrf, origin: `http://${host}`, "sec-fetch-site": "same-origin" })).status,
    ).toBe(200);
    expect((await page.ask(`${API}/alerts`, { headers: { cookie: `${cookie}x` } })).status).toBe(401);
    const out = await page.ask(`${API}/session`, { method: "DELETE", headers: { cookie, "x-eyas-csrf": csrf } });
    expect(out.headers["set-cookie"]?.[0]).toContain("Max-Age=0");
  });

  test("attempts to guess tokens are rate limited", async () => {
    const other = await openTestPage([]);
    const tries = await Promise.all(
      Array.from({ length: 12 }, () => other.ask(`${API}/session`, { method: "POST", body: { token: "guess" } })),
    );
    const bearers = await Promise.all(
      Array.from({ length: 12 }, () => other.ask(`${API}/alerts`, { headers: { authorization: "Bearer guess" } })),
    );
    for (const all of [tries, bearers]) {
      expect(new Set(all.map(({ status }) => status))).toEqual(new Set([401, 429]));
      expect(all.find(({ status }) => status === 429)?.headers["retry-after"]).toBe("1");
    }
    await other.close();
  });

  test("changes and sign-ins are in the audit log", async () => {
    const { json: body } = await page.ask(`${API}/users/audit`, { as: "admin" });
    const found = isObject(body) && Array.isArray(body.entries) ? body.entries : [];
    expect(found).toContainEqual(expect.objectContaining({ user: "rita", action: "sign-in", address: "127.0.0.1" }));
    expect(found).toContainEqual(
      expect.objectContaining({ user: "rita", action: "comment", target: ids[0], detail: "hm" }),
    );
    expect(JSON.stringify(found)).not.toContain(page.tokens.responder);
  });
});

describe("a rejected request", () => {
  test.each([
    "/assets/../secret.txt",
    "/assets/%2e%2e/secret.txt",
    "/assets/..%2fsecret.txt",
    "/assets/..%5csecret.txt",
    "/../../etc/passwd",
    "//etc/passwd",
    `${API}/samples/..%2fsecret.txt`,
    `${API}/samples/%2e%2e%2fsecret.txt`,
    `${API}/samples/../secret.txt`,
    `${API}/samples/%00drill.scap`,
    `${API}/samples/%ff`,
    `${API}/alerts/..%2f..%2fx`,
  ])("has the path %s", async (path) => {
    const { status, text } = await page.ask(path, { as: "admin" });
    expect([400, 404]).toContain(status);
    expect(text).not.toContain("secret\n");
    expect(text).not.toContain("root:");
  });

  test("has a URL, parameter, header or body that is too large", async () => {
    const as = "admin";
    expect((await page.ask(`${API}/alerts?text=${"a".repeat(2000)}`, { as })).status).toBe(400);
    expect((await page.ask(`${API}/alerts?text=${"a".repeat(9000)}`, { as })).status).toBe(414);
    expect((await page.ask(`${API}/alerts?text=${"a".repeat(20_000)}`, { as })).status).toBe(431);
    expect((await page.ask(`${API}/alerts?limit=1001`, { as })).status).toBe(400);
    expect((await page.ask(`${API}/alerts?limit=1e9`, { as })).status).toBe(400);
    expect((await page.ask(`${API}/alerts?limit=5&limit=6`, { as })).status).toBe(400);
    expect((await page.ask(`${API}/alerts?cursor=x`, { as })).status).toBe(400);
    const large = { method: "POST", as, body: { yaml: "x".repeat(70_000) } } as const;
    expect((await page.ask(`${API}/exceptions`, large)).status).toBe(413);
    expect((await page.ask(`${API}/exceptions`, { ...large, body: { yaml: "x".repeat(30_000) } })).status).toBe(400);
    expect((await page.ask(`${API}/exceptions`, { ...large, body: "{" })).status).toBe(400);
    expect((await page.ask(`${API}/exceptions`, { ...large, body: { yaml: "x", more: 1 } })).status).toBe(400);
  });

  test("has a foreign Host header (DNS rebinding)", async () => {
    const named = (host: string) => page.ask(`${API}/status`, { as: "viewer", headers: { host } });
    for (const host of ["evil.example", "evil.example:8766", "127.0.0.1.evil.example", "vm.evil.example"])
      expect((await named(host)).status).not.toBe(200);
    for (const host of ["localhost:1", "127.0.0.1", "[::1]:80", "eyas.example", "EYAS.example:80"])
      expect((await named(host)).status).toBe(200);
  });

  test("has a method that the path does not support", async () => {
    const put = await page.ask(`${API}/alerts`, { method: "PUT", as: "admin" });
    expect([put.status, put.headers.allow]).toEqual([405, "GET"]);
    expect((await page.ask("/", { method: "POST" })).status).toBe(405);
  });
});

test("page, scripts and the playground's worker each have a strict Content-Security-Policy", async () => {
  const index = await page.ask("/alerts/whatever");
  expect(index.text).toContain("<title>Eyas");
  expect(index.headers["content-security-policy"]).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  for (const [name, value] of Object.entries({
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
  }))
    expect(index.headers[name]).toBe(value);
  const script = await page.ask("/assets/main-abc.js");
  expect(script.headers["cache-control"]).toContain("immutable");
  expect(script.headers["content-security-policy"]).not.toContain("unsafe-eval");
  expect((await page.ask("/assets/worker-abc.js")).headers["content-security-policy"]).toContain("'unsafe-eval'");
  expect((await page.ask(`${API}/status`, { as: "viewer" })).headers["content-security-policy"]).toBe(
    "default-src 'none'; frame-ancestors 'none'",
  );
  expect((await page.ask("/nothing.html")).status).toBe(404);
});

describe("an exception from an alert", () => {
  const propose = async (id: string, fields?: readonly string[]): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await page.ask(`${API}/alerts/${id}/exception`, {
      method: "POST",
      as: "responder",
      body: fields === undefined ? {} : { fields },
    });
    expect(answer.status, answer.text).toBe(200);
    return isObject(answer.json) ? answer.json : {};
  };

  test("extends the rule's own exception, and lists the alerts that it excludes", async () => {
    const { yaml, fields, hidden, choices } = await propose(ids[3]!, ["proc.name", "fd.name"]);
    expect(fields).toEqual(["proc.name", "fd.name"]);
    expect(yaml).toBe(
      "- rule: File read\n  exceptions:\n    - name: program_and_file\n      values:\n        - [cat, /etc/file-3]\n  override:\n    exceptions: append\n",
    );
    expect(hidden).toMatchObject({ count: 1, samples: [{ id: ids[3] }] });
    expect(choices).not.toContain("proc.pid");
    expect((await propose(ids[3]!)).fields).toEqual(["proc.name", "fd.name", "k8s.ns.name"]);
    expect((await propose(ids[3]!, ["proc.name"])).hidden).toMatchObject({ count: expect.any(Number) });
  });

  test("is valid for any value", async () => {
    const { config } = await loadConfig(undefined);
    for (const value of [
      "a b",
      'quo"te',
      "back\\slash",
      "a, b",
      "(x)",
      "true",
      "~",
      "- x",
      "é",
      "'",
      "#no",
      "x: y",
      "a)",
      "%x",
    ]) {
      page.writer.append([entry(5000, { rule: "File read" }, { "proc.name": value, "fd.name": `/tmp/${value}` })]);
      const id = (await listed("limit=1"))[0]!;
      const { yaml, hidden } = await propose(id, ["proc.name", "fd.name"]);
      const { results, rules } = await loadFiles(
        [
          { name: "rules.yaml", text: ruleText },
          { name: "mine.yaml", text: String(yaml) },
        ],
        config,
        "all",
      );
      expect(results.flatMap(({ errors }) => errors)).toEqual([]);
      expect(hidden).toMatchObject({ count: 1 });
      const { bound } = rules[0]!;
      expect(JSON.stringify(bound.condition.node)).toContain(JSON.stringify(value).slice(1, -1));
    }
  });

  test("is not proposed for values that a rule cannot contain", async () => {
    const [esc] = await listed(asked(`output = "${hostile[2]!.replaceAll("\u001b", "\u001b")}"`));
    expect(esc).toBe(ids[303]);
    const refused = await page.ask(`${API}/alerts/${esc}/exception`, {
      method: "POST",
      as: "responder",
      body: { fields: ["proc.name"] },
    });
    expect(refused.status).toBe(400);
    expect(
      (await page.ask(`${API}/alerts/${esc}/exception`, { method: "POST", as: "responder", body: {} })).status,
    ).toBe(400);
  });

  test("is applied for admins only; a rejection states the reason", async () => {
    const apply = (yaml: string) => page.ask(`${API}/exceptions`, { method: "POST", as: "admin", body: { yaml } });
    expect((await apply("- rule: x")).json).toEqual({ file: "exceptions.yaml", reloaded: true, ids: [EXCEPTION.id] });
    expect(page.requests.at(-1)).toEqual({
      kind: "except",
      request: { change: "add", yaml: "- rule: x", user: "ada" },
    });
    expect((await apply("bad")).json).toEqual({ error: { code: "not_applied", message: "That is bad." } });
    const { json: body } = await page.ask(`${API}/users/audit?limit=3`, { as: "admin" });
    expect(body).toMatchObject({
      entries: [
        { action: "exception failed", detail: "That is bad." },
        { action: "exception", detail: "bad" },
        { action: "exception", detail: "- rule: x" },
      ],
    });
  });
});

describe("exceptions in the file", () => {
  const change = (path: string, body: unknown) =>
    page.ask(`${API}/exceptions/${path}`, { method: "POST", as: "admin", body });
  const { id, version } = EXCEPTION;

  test("are listed with what they compare, who added them, and a query for the alerts that they would have suppressed", async () => {
    const list = await json("/exceptions");
    expect(list).toMatchObject({ file: join(page.folder, "exceptions.yaml"), others: 0, removed: [] });
    expect(list).toMatchObject({
      exceptions: [
        {
          ...{ id, version, line: 4, rule: "File read", ruleExists: true, loaded: false },
          ...{ user: "ada", reason: "A backup", expires: "2099-01-01T00:00:00Z" },
          query: 'rule = "File read" and proc.name = "cat" and fd.name = "/etc/file-3"',
        },
        {
          ...{ line: 12, rule: "Gone", ruleExists: false },
          compares: [
            {
              name: "by_hand",
              alternatives: [
                [{ field: "proc.name", operator: "=", values: ["tar"] }, {}],
                [{}, {}],
              ],
            },
          ],
        },
      ],
    });
    const [one] = Array.isArray(list.exceptions) ? list.exceptions.filter(isObject) : [];
    const { counts } = await json(`/alerts/count?by=rule&${asked(String(one?.query))}`);
    expect(counts).toMatchObject([{ value: "File read", count: 1 }]);
  });

  test("are changed with their version; a change of another version is a conflict and is not sent to the agent", async () => {
    const sent = page.requests.length;
    for (const path of ["edit", "expiry", "remove", "revert"]) {
      const body = { ...(path === "edit" && { yaml: "x" }), ...(path === "expiry" && { expires: null }) };
      expect((await change(`${id}/${path}`, { ...body, version: "old" })).status).toBe(409);
      expect((await change(`x/${path}`, { ...body, version })).status).toBe(404);
      expect(page.requests.length).toBe(sent);
    }
    expect((await change(`${id}/edit`, { version, yaml: "late" })).status).toBe(409);
    expect((await change(`${id}/edit`, { version, yaml: "bad" })).status).toBe(422);
    expect((await change(`${id}/edit`, { version, yaml: "- rule: x" })).status).toBe(200);
    expect(page.requests.at(-1)).toEqual({
      kind: "except",
      request: { change: "edit", id, version, yaml: "- rule: x", user: "ada" },
    });
    const { json: body } = await page.ask(`${API}/users/audit?limit=1`, { as: "admin" });
    expect(body).toMatchObject({ entries: [{ action: "edit exception", target: "File read", detail: "- rule: x" }] });
  });

  test("expire at a time with milliseconds, which the audit log states with the ID", async () => {
    const expires = new Date(Date.now() + 86_400_000).toISOString();
    const exact = expires.replace("Z", "987Z");
    expect((await change(`${id}/expiry`, { version, expires: exact })).status).toBe(200);
    expect(page.requests.at(-1)).toMatchObject({ request: { change: "expiry", id, expires } });
    expect((await change(`${id}/revert`, { version, expires: exact })).status).toBe(200);
    expect(page.requests.at(-1)).toMatchObject({ request: { change: "revert", id, expires } });
    expect((await change(`${id}/revert`, { version, expires: null })).status).toBe(200);
    expect(page.requests.at(-1)).toMatchObject({ request: { change: "revert", id, expires: null } });
    const added = await page.ask(`${API}/exceptions`, {
      ...{ method: "POST", as: "admin", body: { yaml: "- rule: x", expires: exact } },
    });
    expect(added.status).toBe(200);
    expect(page.requests.at(-1)).toMatchObject({ request: { change: "add", expires } });
    const { json: body } = await page.ask(`${API}/users/audit?limit=4`, { as: "admin" });
    expect(body).toMatchObject({
      entries: [
        { action: "exception", detail: `- rule: x\nExpires: ${expires}` },
        { action: "revert exception", detail: `ID: ${id}\nDoes not expire.` },
        { action: "revert exception", detail: `ID: ${id}\nExpires: ${expires}` },
        { action: "set expiry of exception", detail: `ID: ${id}\nExpires: ${expires}` },
      ],
    });
  });
});

describe("rules that were changed on the page", () => {
  const change = (path: string, body: unknown, as: "admin" | "responder" = "admin") =>
    page.ask(`${API}/rule-settings/${path}`, { method: "POST", as, body });
  const version = SETTING_VERSION;

  test("are listed with their changes; the last change can be reverted", async () => {
    const setting = { state: "shadow", priority: "Error" };
    expect(await json("/rule-settings")).toEqual({
      file: join(page.folder, "page-rules.json"),
      rules: [
        {
          ...{ rule: "File read", ...setting, version, ruleExists: true, revertible: true },
          ...{ user: "ada", time: "2026-01-02T00:00:00.000Z", reason: "too many" },
        },
      ],
      changes: [{ rule: "File read", user: "ada", time: "2026-01-02T00:00:00.000Z", version, after: setting }],
    });
  });

  test("are changed by admins with the version that they saw, and the audit log has the change", async () => {
    const yaml = "- rule: File read\n";
    const body = { version, state: "enabled", priority: "Notice", yaml, reason: " tested " };
    expect((await change("File%20read", body, "responder")).status).toBe(403);
    expect((await change("File%20read", body)).json).toEqual({ file: "page-rules.json", reloaded: true });
    expect(page.requests.at(-1)).toEqual({
      kind: "rule",
      request: { change: "set", rule: "File read", ...body, reason: "tested", user: "ada" },
    });
    expect((await change("File%20read", { version: "old", state: "shadow" })).status).toBe(409);
    expect((await change("File%20read", { version, yaml: "bad" })).status).toBe(422);
    expect((await change("File%20read", { version })).status).toBe(200);
    expect((await change("File%20read/revert", { version })).status).toBe(200);
    expect(page.requests.at(-1)).toEqual({
      kind: "rule",
      request: { change: "revert", rule: "File read", version, user: "ada" },
    });
    const { json: audit } = await page.ask(`${API}/users/audit?limit=7`, { as: "admin" });
    expect(audit).toMatchObject({
      entries: [
        { action: "revert rule", target: "File read" },
        { action: "reset rule", target: "File read" },
        { action: "change rule failed", detail: "That is bad." },
        { action: "change rule", detail: "bad" },
        { action: "change rule failed", detail: "Too late." },
        { action: "change rule", detail: "State: shadow" },
        { action: "change rule", detail: `State: enabled\nPriority: Notice\nReason: tested\n${yaml}` },
      ],
    });
  });

  test("cannot be changed while the file is damaged", async () => {
    const own = await openTestPage([]);
    writeFileSync(join(own.folder, "page-rules.json"), "{");
    const { json: list } = await own.ask(`${API}/rule-settings`, { as: "viewer" });
    expect(list).toMatchObject({ rules: [], problem: expect.stringContaining("not valid JSON") });
    const body = { version: "", state: "disabled" };
    const answer = await own.ask(`${API}/rule-settings/x`, { method: "POST", as: "admin", body });
    expect([answer.status, own.requests]).toEqual([422, []]);
    await own.close();
  });
});

describe("responses conform to the OpenAPI document", () => {
  /** Requests with their parameters; `id` is that of an alert unless it is given. */
  interface Example {
    readonly query?: string;
    readonly body?: unknown;
    readonly id?: string;
    readonly skip?: true;
  }
  const { id: exception, version } = EXCEPTION;
  const known = { id: exception };
  const examples: Readonly<Record<string, Example>> = {
    "POST /session": { body: {} },
    "GET /events": { skip: true },
    "GET /sign-in/oidc": { skip: true }, // tested in src/api/openid/sign-in.test.ts
    "GET /sign-in/oidc/callback": { skip: true },
    "GET /alerts/{id}/capture": { skip: true }, // tested in src/api/captures.test.ts
    "GET /alerts/count": { query: "?by=hostname" },
    "POST /alerts/counts": { body: { counts: [{ by: "rule", query: "priority >= warning" }, { by: "tags" }] } },
    "GET /alerts/export": { query: "?format=json" },
    "POST /alerts/{id}/state": { body: { state: "acknowledged" } },
    "POST /alerts/{id}/comments": { body: { text: "hm" } },
    "POST /alerts/changes": { body: { filter: { query: "priority >= warning" }, action: "acknowledge" } },
    "GET /alerts/changes/{id}": { id: "1" },
    "POST /alerts/changes/{id}/undo": { id: "1" },
    "POST /alerts/{id}/group": { body: { action: "comment", text: "hm" } },
    "POST /cases": { body: { title: "Break-in" } },
    "GET /cases/{id}": { id: "1" },
    "POST /cases/{id}": { id: "1", body: { action: "comment", text: "hm" } },
    "GET /cases/{id}/export": { id: "1" },
    "POST /alerts/{id}/exception": { body: { fields: ["proc.name"] } },
    "POST /responses/release": { body: { target: "all" } },
    "GET /machines/{id}": { id: "node-1" },
    "POST /exceptions": { body: { yaml: "- rule: x" } },
    "POST /users": { body: { name: "zoe", role: "viewer" } },
    "POST /users/{name}/role": { body: { role: "responder" } },
    "POST /exceptions/{id}/edit": { ...known, body: { version, yaml: "- rule: x" } },
    "POST /exceptions/{id}/expiry": { ...known, body: { version, expires: null } },
    "POST /exceptions/{id}/remove": { ...known, body: { version } },
    "POST /exceptions/{id}/revert": { ...known, body: { version } },
    "POST /rule-settings/{name}": { body: { version: SETTING_VERSION, state: "enabled" } },
    "POST /rule-settings/{name}/revert": { body: { version: SETTING_VERSION } },
  };
  test("that describes every route", async () => {
    const { json: document } = await page.ask(`${API}/openapi.json`);
    const paths = isObject(document) && isObject(document.paths) ? document.paths : {};
    for (const { method, path } of operations) expect(paths[path]).toHaveProperty(method.toLowerCase());
    const described = isObject(document) && isObject(document.components) ? document.components.schemas : {};
    expect(Object.keys(described ?? {})).toEqual(Object.keys(components));
    expect(JSON.stringify(document).match(/"\$ref":"(?!#\/components\/schemas\/)/g)).toBeNull();
  });

  test.each(operations.map((route) => [`${route.method} ${route.path}`, route] as const))("%s", async (name, route) => {
    const { query = "", body, id = ids[1]!, skip } = examples[name] ?? {};
    if (skip) return;
    const path =
      API +
      route.path
        .replace("{id}", id)
        .replace("/samples/{name}", "/samples/drill.scap")
        .replace("/outputs/{name}", "/outputs/stdout")
        .replace("/users/{name}", "/users/zoe")
        .replace("{name}", "File%20read") +
      query;
    const sent = name === "POST /session" ? { token: page.tokens.viewer } : (body ?? {});
    const answer = await page.ask(path, {
      method: route.method,
      as: "admin",
      ...(route.method === "POST" && { body: sent }),
    });
    expect(answer.status, answer.text).toBe(200);
    if (isSchema(route.answer)) expect(mistakeIn(route.answer, answer.json)).toBeUndefined();
    else expect(answer.headers["content-type"]).toContain(route.answer.mediaType);
  });

  test("errors", async () => {
    for (const path of ["/alerts?x=1", "/nothing", "/alerts/x"]) {
      const answer = await page.ask(API + path, { as: "viewer" });
      expect(mistakeIn(Failure, answer.json)).toBeUndefined();
    }
  });
});

test("the users file has mode 0600 and only hashes; a renewed token ends the user's sessions", async () => {
  const { addUser } = await import("../src/api/users.ts");
  const file = join(page.folder, "users.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  for (const token of Object.values(page.tokens)) expect(readFileSync(file, "utf8")).not.toContain(token);
  const signed = await page.ask(`${API}/session`, { method: "POST", body: { token: page.tokens.viewer } });
  const [cookie = ""] = (signed.headers["set-cookie"]?.[0] ?? "").split("; ");
  expect((await page.ask(`${API}/status`, { headers: { cookie } })).status).toBe(200);
  addUser(file, "vera", "viewer");
  await expect
    .poll(async () => (await page.ask(`${API}/status`, { headers: { cookie } })).status, { timeout: 60_000 })
    .toBe(401);
  expect((await page.ask(`${API}/status`, { as: "viewer" })).status).toBe(401);
});

test("a replaced journal is reopened, and an unreadable one is reported", async () => {
  const own = await openTestPage([entry(1)]);
  const count = async () => {
    const { json: body } = await own.ask(`${API}/alerts`, { as: "viewer" });
    return isObject(body) && Array.isArray(body.alerts) ? body.alerts.length : body;
  };
  expect(await count()).toBe(1);
  own.writer.close();
  for (const suffix of ["", "-wal", "-shm"])
    if (statSync(own.journal + suffix, { throwIfNoEntry: false }))
      renameSync(own.journal + suffix, `${own.journal}.aside${suffix}`);
  expect(await count()).toBe(0);
  appendFileSync(own.journal, "this is no database, and longer than a header of one would be".repeat(20));
  expect(await count()).toMatchObject({ error: { code: "journal" } });
  renameSync(own.journal, `${own.journal}.worse`);
  const fresh = openWriter(own.journal, { maxAge: 0, maxSize: 0 });
  fresh.append([entry(2), entry(3)]);
  expect(await count()).toBe(2);
  fresh.close();
  await own.close().catch(() => {}); // the writer is already closed
});

// Sessions of the web UI: CSRF tokens, sign-out and audit entries.
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isObject } from "../src/api/object.ts";
import { EXCEPTION, openTestPage, type TestPage } from "../src/api/page.fixture.ts";
import type { Route } from "../src/api/route.ts";
import { routes } from "../src/api/routes.ts";
import { roles, SESSION } from "../src/api/user.ts";
import { openUsers, removeUser } from "../src/api/users.ts";
import { entry } from "../src/journal/alerts.fixture.ts";

const API = "/api/v1";
let page: TestPage;
beforeAll(async () => {
  page = await openTestPage([entry(1)]);
});
afterAll(() => page.close());

/** Signs in as admin. */
async function signIn(target: TestPage): Promise<{ readonly cookie: string; readonly csrf: string }> {
  const signed = await target.ask(`${API}/session`, { method: "POST", body: { token: target.tokens.admin } });
  const [cookie = ""] = (signed.headers["set-cookie"]?.[0] ?? "").split("; ");
  return { cookie, csrf: isObject(signed.json) ? String(signed.json.csrf) : "" };
}

const operations: readonly Route[] = routes;

test("every route requires a role, except sign-in and the OpenAPI document", () => {
  const open = operations.filter(({ role }) => role === undefined).map(({ method, path }) => `${method} ${path}`);
  const signIn = ["GET /sign-in", "GET /sign-in/oidc", "GET /sign-in/oidc/callback", "POST /session"];
  expect(open.sort()).toEqual(["GET /openapi.json", ...signIn]);
  for (const { role } of operations) if (role !== undefined) expect(roles).toContain(role);
});

const changes = operations.filter(({ method, role }) => method !== "GET" && role !== undefined);

test.each(changes.map(({ method, path }) => [method, path]))(
  "%s %s requires the CSRF token of its own session",
  async (method, path) => {
    const { cookie } = await session();
    const { csrf: another } = await session();
    const at = API + path.replace("{id}", "x").replace("{name}", "x");
    const ask = (headers: Readonly<Record<string, string>>) =>
      page.ask(at, { method, headers: { cookie, ...headers }, ...(method === "POST" && { body: {} }) });
    for (const headers of [{}, { "x-eyas-csrf": "" }, { "x-eyas-csrf": another }]) {
      const { status, text } = await ask(headers);
      expect(status).toBe(403);
      expect(text).toContain("x-eyas-csrf");
    }
    expect(page.requests).toEqual([]);
  },
);

/** Two sessions that are reused, because sign-ins are rate limited. */
const known: { readonly cookie: string; readonly csrf: string }[] = [];
let uses = 0;
async function session(): Promise<{ readonly cookie: string; readonly csrf: string }> {
  if (known.length < 2) known.push(await signIn(page));
  return known[uses++ % 2] ?? (await signIn(page));
}

test("sign-out ends the session, even for a copied cookie", async () => {
  const other = await openTestPage([]);
  const { cookie, csrf } = await signIn(other);
  expect((await other.ask(`${API}/status`, { headers: { cookie } })).status).toBe(200);
  await other.ask(`${API}/session`, { method: "DELETE", headers: { cookie, "x-eyas-csrf": csrf } });
  expect((await other.ask(`${API}/status`, { headers: { cookie } })).status).toBe(401);
  await other.close();
});

test("the error of an ended session states the reason, but not to those who do not have its cookie", async () => {
  const other = await openTestPage([]);
  const file = join(other.folder, "users.json");
  const { users } = openUsers(file);
  const codeFor = async (cookie: string): Promise<unknown> => {
    const { status, json } = await other.ask(`${API}/status`, { headers: { cookie } });
    return [status, isObject(json) && isObject(json.error) && json.error.code];
  };
  const admin = { name: "ada", role: "admin" } as const;
  const expired = users.sign(admin, Date.now() - SESSION - 1);
  const { cookie, csrf } = await signIn(other);
  await other.ask(`${API}/session`, { method: "DELETE", headers: { cookie, "x-eyas-csrf": csrf } });
  expect(await codeFor(`eyas_session=${expired}`)).toEqual([401, "session_expired"]);
  expect(await codeFor(`eyas_session=${expired}x`)).toEqual([401, "session_revoked"]);
  expect(await codeFor(cookie)).toEqual([401, "signed_out"]);
  expect(await codeFor("")).toEqual([401, "not_signed_in"]);
  const { cookie: removed } = await signIn(other);
  removeUser(file, "ada");
  await expect.poll(() => codeFor(removed), { timeout: 30_000 }).toEqual([401, "session_revoked"]);
  await other.close();
});

/** Removes the table of the audit log, so that no entry can be written. */
function dropAuditLog({ journal }: TestPage): void {
  const db = new DatabaseSync(journal, { timeout: 5000 });
  db.exec("DROP TABLE deed");
  db.close();
}

test("sign-out removes the cookie, even if the audit log cannot be written", async () => {
  const other = await openTestPage([entry(1)]);
  const { cookie, csrf } = await signIn(other);
  dropAuditLog(other);
  const out = await other.ask(`${API}/session`, { method: "DELETE", headers: { cookie, "x-eyas-csrf": csrf } });
  expect([out.status, out.headers["set-cookie"]?.[0]]).toEqual([200, expect.stringContaining("Max-Age=0")]);
  expect((await other.ask(`${API}/status`, { headers: { cookie } })).status).toBe(401);
  await other.close();
});

const changed = `/exceptions/${EXCEPTION.id}/remove`;

test.each(["/responses/pause", "/responses/release", "/exceptions", changed, "/rule-settings/x", "/recent"])(
  "%s is not sent to the agent if the audit log cannot be written",
  async (path) => {
    const other = await openTestPage([entry(1)]);
    dropAuditLog(other);
    const bodies: Readonly<Record<string, object>> = {
      "/exceptions": { yaml: "- rule: x" },
      [changed]: { version: EXCEPTION.version },
      "/rule-settings/x": { version: "", state: "shadow" },
      "/responses/release": { target: "all" },
    };
    const body = bodies[path] ?? {};
    const asking = path === "/recent" ? {} : { method: "POST", body };
    expect((await other.ask(API + path, { ...asking, as: "admin" })).status).toBe(503);
    expect(other.requests).toEqual([]);
    await other.close();
  },
);

test("repeated failed sign-ins create one audit entry", async () => {
  const other = await openTestPage([]);
  for (let i = 0; i < 12; i++) {
    await other.ask(`${API}/session`, { method: "POST", body: { token: "guess" } });
    await new Promise((resolve) => setTimeout(resolve, 220));
  }
  const { json } = await other.ask(`${API}/users/audit`, { as: "admin" });
  const entries = isObject(json) && Array.isArray(json.entries) ? json.entries : [];
  expect(entries).toEqual([expect.objectContaining({ action: "sign-in rejected", address: "127.0.0.1" })]);
  await other.close();
});

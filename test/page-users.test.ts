// Users of the web UI, changed through its API.
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isObject } from "../src/api/object.ts";
import { type Answered, type Asking, openTestPage, type TestPage } from "../src/api/page.fixture.ts";
import { addUser, listUsers, removeUser } from "../src/api/users.ts";
import { entry } from "../src/journal/alerts.fixture.ts";

const API = "/api/v1";
let page: TestPage;
let file: string;
beforeEach(async () => {
  page = await openTestPage([entry(1)]);
  file = join(page.folder, "users.json");
});
afterEach(() => page.close());

/** Sends a request as admin, or with these headers. */
const ask = (path: string, asking: Asking = {}): Promise<Answered> =>
  page.ask(API + path, { ...(asking.headers === undefined && { as: "admin" }), ...asking });
const post = (path: string, body: object = {}, asking: Asking = {}): Promise<Answered> =>
  ask(path, { method: "POST", body, ...asking });
const remove = (path: string, asking: Asking = {}): Promise<Answered> => ask(path, { method: "DELETE", ...asking });

const tokenIn = ({ json }: Answered): string => (isObject(json) ? String(json.token) : "");
const codeOf = ({ status, json }: Answered): readonly unknown[] => [
  status,
  isObject(json) && isObject(json.error) ? json.error.code : undefined,
];
const bearer = (token: string): Asking => ({ headers: { authorization: `Bearer ${token}` } });
const roles = (): Readonly<Record<string, string>> =>
  Object.fromEntries(listUsers(file).map(({ name, role }) => [name, role]));

async function auditLog(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { json } = await ask("/users/audit");
  return isObject(json) && Array.isArray(json.entries) ? json.entries.filter(isObject) : [];
}

/** Signs in. @returns headers of the session */
async function session(token: string): Promise<{ readonly cookie: string; readonly "x-eyas-csrf": string }> {
  const signed = await page.ask(`${API}/session`, { method: "POST", body: { token } });
  return { cookie: cookieIn(signed), "x-eyas-csrf": isObject(signed.json) ? String(signed.json.csrf) : "" };
}
const cookieIn = ({ headers }: Answered): string => (headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";

test("a token is in the response that creates it, and nowhere else", async () => {
  const added = tokenIn(await post("/users", { name: "zoe", role: "viewer" }));
  const renewed = tokenIn(await post("/users/zoe/token"));
  for (const token of [added, renewed]) expect(token).toMatch(/^[\w-]{43}$/);
  const texts = await Promise.all(["/users", "/users/audit", "/status"].map(async (path) => (await ask(path)).text));
  for (const text of [...texts, readFileSync(file, "utf8"), readFileSync(page.journal, "latin1")])
    for (const token of [added, renewed]) expect(text).not.toContain(token);
  expect([(await ask("/status", bearer(added))).status, (await ask("/status", bearer(renewed))).status]).toEqual([
    401, 200,
  ]);
});

test("each change is in the audit log with user, address and target; a failed one with the reason", async () => {
  await post("/users", { name: "zoe", role: "viewer" });
  await post("/users", { name: "zoe", role: "admin" });
  await post("/users/zoe/role", { role: "responder" });
  await post("/users/zoe/token");
  await remove("/users/zoe");
  await remove("/users/ada");
  const by = { user: "ada", address: "127.0.0.1" };
  expect((await auditLog()).toReversed()).toEqual(
    [
      { ...by, action: "add user", target: "zoe", detail: "role viewer" },
      { ...by, action: "add user", target: "zoe", detail: "role admin" },
      { ...by, action: "add user failed", target: "zoe", detail: 'The user "zoe" already exists.' },
      { ...by, action: "change role", target: "zoe", detail: "role responder" },
      { ...by, action: "renew token", target: "zoe" },
      { ...by, action: "remove user", target: "zoe" },
      { ...by, action: "remove user", target: "ada" },
      {
        ...{ ...by, action: "remove user failed", target: "ada" },
        detail: '"ada" is the last admin with a token, and cannot be removed.',
      },
    ].map((one) => expect.objectContaining(one)),
  );
});

test("an unknown user, an invalid name and an invalid role are rejected without an entry in the audit log", async () => {
  expect(codeOf(await post("/users", { name: "oidc:maria", role: "admin" }))).toEqual([400, "invalid_name"]);
  expect(codeOf(await post("/users", { name: "zoe", role: "root" }))).toEqual([400, "bad_request"]);
  expect(codeOf(await post("/users/zoe/role", { role: "viewer" }))).toEqual([404, "not_found"]);
  expect(codeOf(await post("/users/zoe/token"))).toEqual([404, "not_found"]);
  expect(codeOf(await remove(`/users/${"x".repeat(5000)}`))).toEqual([404, "not_found"]);
  expect(await auditLog()).toEqual([]);
});

test("users are not changed if the audit log cannot be written", async () => {
  const before = readFileSync(file, "utf8");
  const db = new DatabaseSync(page.journal, { timeout: 5000 });
  db.exec("DROP TABLE deed");
  db.close();
  for (const answer of [
    await post("/users", { name: "zoe", role: "admin" }),
    await post("/users/vera/role", { role: "admin" }),
    await post("/users/vera/token"),
    await remove("/users/vera"),
  ])
    expect(answer.status).toBe(503);
  expect(readFileSync(file, "utf8")).toBe(before);
});

test("the last admin cannot be removed or demoted, even by two concurrent requests", async () => {
  expect(codeOf(await remove("/users/ada"))).toEqual([409, "last_admin"]);
  expect(codeOf(await post("/users/ada/role", { role: "viewer" }))).toEqual([409, "last_admin"]);
  await post("/users/rita/role", { role: "admin" });
  const both = await Promise.all([
    remove("/users/rita"),
    remove("/users/ada", bearer(page.tokens.responder)), // rita
  ]);
  expect(both.map(({ status }) => status === 200).sort()).toEqual([false, true]);
  expect(Object.values(roles()).filter((role) => role === "admin")).toHaveLength(1);
});

test("a new token immediately ends the user's sessions and old token; sessions of other users continue", async () => {
  const [vera, rita] = [await session(page.tokens.viewer), await session(page.tokens.responder)];
  expect((await post("/users/vera/token")).headers["set-cookie"]).toBeUndefined();
  expect(codeOf(await ask("/status", { headers: vera }))).toEqual([401, "session_revoked"]);
  expect((await ask("/status", bearer(page.tokens.viewer))).status).toBe(401);
  expect((await ask("/status", { headers: rita })).status).toBe(200);
});

test("an admin who renews their own token keeps this session, but no other session", async () => {
  const [own, other] = [await session(page.tokens.admin), await session(page.tokens.admin)];
  const renewed = await post("/users/ada/token", {}, { headers: own });
  expect(renewed.headers["set-cookie"]?.[0]).toMatch(/; HttpOnly; SameSite=Strict; /);
  expect((await ask("/users", { headers: { cookie: cookieIn(renewed) } })).status).toBe(200);
  for (const headers of [own, other])
    expect(codeOf(await ask("/status", { headers }))).toEqual([401, "session_revoked"]);
  const again = await post("/users/ada/token", {}, bearer(tokenIn(renewed)));
  expect([again.status, again.headers["set-cookie"]]).toEqual([200, undefined]);
});

test("a demoted admin immediately loses the role, and a removed admin loses the session", async () => {
  await post("/users/rita/role", { role: "admin" });
  const rita = await session(page.tokens.responder);
  expect((await ask("/users", { headers: rita })).status).toBe(200);
  await post("/users/rita/role", { role: "viewer" });
  expect(codeOf(await post("/users/rita/role", { role: "admin" }, { headers: rita }))).toEqual([403, "role"]);
  expect((await ask("/status", { headers: rita })).status).toBe(200);
  await remove("/users/rita");
  expect(codeOf(await ask("/status", { headers: rita }))).toEqual([401, "session_revoked"]);
});

test("a request whose body arrives after its admin was removed changes nothing", async () => {
  addUser(file, "eve", "admin");
  const token = tokenIn(await post("/users/eve/token"));
  const body = JSON.stringify({ name: "mallory", role: "admin" });
  const headers = {
    ...{ authorization: `Bearer ${token}`, "content-type": "application/json" },
    "content-length": body.length,
  };
  const slow = request(`${page.url}${API}/users`, { method: "POST", headers });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    slow.on("response", (response) => resolve(response.resume().statusCode)).on("error", reject);
  });
  slow.write(body.slice(0, 10));
  await new Promise((resolve) => setTimeout(resolve, 200)); // until the server has authorized the request
  removeUser(file, "eve"); // by a command
  slow.end(body.slice(10));
  expect([401, 403]).toContain(await answered);
  expect(roles()).toEqual({ ada: "admin", rita: "responder", vera: "viewer" });
});

test("users are listed with role and time of the token", async () => {
  const { json } = await ask("/users");
  expect(json).toMatchObject({ obstacle: null, provider: null });
  expect(isObject(json) && json.users).toEqual(
    Object.entries({ vera: "viewer", rita: "responder", ada: "admin" }).map(([name, role]) => ({
      ...{ name, role },
      created: expect.any(String),
    })),
  );
});

test("a user with a name that a command would reject can be removed", async () => {
  const content = JSON.parse(readFileSync(file, "utf8"));
  const odd = { ...content.users[0], name: "a/b <b>%2e" };
  writeFileSync(file, JSON.stringify({ ...content, users: [...content.users, odd] }));
  expect((await remove(`/users/${encodeURIComponent(odd.name)}`)).status).toBe(200);
  expect(Object.keys(roles())).toEqual(["vera", "rita", "ada"]);
});

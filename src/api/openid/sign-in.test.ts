// Tests signing in with a real OpenID Connect provider (the package oidc-provider).
import { mkdtempSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { freePort } from "../../output/brokers.fixture.ts";
import { type Answered, type Asking, openTestPage, type TestPage } from "../page.fixture.ts";
import { CLIENT, foreignToken, openTestProvider, type TestProvider } from "./provider.fixture.ts";
import type { OpenIdSettings } from "./settings.ts";

const API = "/api/v1";
const GROUPS = { maria: ["staff", "soc", "watchers"], ada: "eyas-admins", eve: ["staff"], vera: ["watchers"] };

let publicUrl: string;
let provider: TestProvider;
let page: TestPage;

function settingsFor(more: Partial<OpenIdSettings> = {}): OpenIdSettings {
  return {
    ...{ issuer: provider.issuer, ...CLIENT, client_secret_file: "", name: "", scopes: ["profile", "groups"] },
    ...{ user_claim: "preferred_username", roles_claim: "groups", default_role: "none", session_duration: 3_600_000 },
    roles: { viewer: ["watchers"], responder: ["soc"], admin: ["eyas-admins"] },
    ...{ ca_cert: "", public_url: publicUrl, ...more },
  };
}

/** Sends a request without keeping the connection open, because tests reopen the page at the same port. */
const ask = (path: string, { headers, ...asking }: Asking = {}): Promise<Answered> =>
  page.ask(path, { ...asking, headers: { ...headers, connection: "close" } });

const portOf = (url: string): number => Number(new URL(url).port);

/** Opens the page at its public URL. */
async function openPageWith(settings: OpenIdSettings): Promise<TestPage> {
  return openTestPage([], undefined, undefined, { port: portOf(publicUrl), openId: settings, publicOrigin: publicUrl });
}

beforeAll(async () => {
  publicUrl = `http://127.0.0.1:${await freePort()}`;
  provider = await openTestProvider(`${publicUrl}${API}/sign-in/oidc/callback`, GROUPS);
  page = await openPageWith(settingsFor());
});
afterAll(async () => {
  await page?.close();
  await provider?.close();
});
afterEach(() => {
  provider.change = undefined;
  provider.answers.clear();
});

/** A sign-in that has begun: the cookie of the browser, and the provider's URL. */
type Begun = Readonly<Record<"cookie" | "location", string>>;

const cookiesOf = ({ headers }: Answered): readonly string[] => headers["set-cookie"] ?? [];
const pairOf = (cookie = ""): string => cookie.split(";")[0] ?? "";

async function begin(to = "/"): Promise<Begun> {
  const answer = await ask(`${API}/sign-in/oidc?to=${encodeURIComponent(to)}`);
  expect(answer.status).toBe(303);
  return { cookie: pairOf(cookiesOf(answer)[0]), location: answer.headers.location ?? "" };
}

/** Signs in at the provider. @returns path and query of the URL to which the provider returns the user */
async function atProvider({ location }: Begun, account: string): Promise<string> {
  provider.account = account;
  const jar = new Map<string, string>();
  for (let url = location, steps = 0; steps < 10; steps++) {
    const headers = { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") };
    const answer = await fetch(url, { redirect: "manual", headers });
    for (const one of answer.headers.getSetCookie()) {
      const [name = "", value = ""] = pairOf(one).split("=", 2);
      jar.set(name, value);
    }
    url = new URL(answer.headers.get("location") ?? "", url).href;
    if (url.startsWith(publicUrl)) return url.slice(publicUrl.length);
  }
  throw new Error("the provider did not return the user");
}

const finish = (path: string, cookie?: string): Promise<Answered> =>
  ask(path, { headers: { "sec-fetch-site": "cross-site", ...(cookie !== undefined && { cookie }) } });

async function signIn(account: string, to = "/"): Promise<Answered> {
  const begun = await begin(to);
  return finish(await atProvider(begun, account), begun.cookie);
}

/** Returns the URL to which a failed sign-in redirects. Checks that the response creates no session. */
function failureOf(answer: Answered): string {
  expect(cookiesOf(answer).filter((one) => one.startsWith("eyas_session"))).toEqual([]);
  return answer.headers.location ?? "";
}

const sessionOf = (answer: Answered): string =>
  pairOf(cookiesOf(answer).find((one) => one.startsWith("eyas_session=")));
const auditLog = async (): Promise<string> => (await ask(`${API}/users/audit`, { as: "admin" })).text;

test("the page names the provider", async () => {
  expect((await ask(`${API}/sign-in`)).json).toEqual({ oidc: { name: "127.0.0.1", origin: publicUrl } });
});

test("a user signs in with the most privileged role of the groups, and returns to the view", async () => {
  const answer = await signIn("maria", "/alerts/1?since=2h");
  expect([answer.status, answer.headers.location]).toEqual([303, "/alerts/1?since=2h"]);
  const [session = "", dropped = ""] = cookiesOf(answer);
  expect(session).toMatch(/^eyas_session=[\w-]+\.[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=90000$/);
  expect(dropped).toBe("eyas_sign_in=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
  const cookie = pairOf(session);
  const shown = await ask(`${API}/session`, { headers: { cookie } });
  expect(shown.json).toMatchObject({ user: "oidc:maria", role: "responder" });
  expect((await ask(`${API}/users/audit`, { headers: { cookie } })).status).toBe(403);
  expect(JSON.parse(await auditLog())).toMatchObject({
    entries: [{ user: "oidc:maria", action: "sign-in", detail: "OpenID Connect, role responder, subject maria" }],
  });
  // Signing out ends the session.
  const { csrf } = shown.json as { csrf: string };
  const out = await ask(`${API}/session`, { method: "DELETE", headers: { cookie, "x-eyas-csrf": csrf } });
  expect(out.status).toBe(200);
  expect((await ask(`${API}/session`, { headers: { cookie } })).status).toBe(401);
});

test("a claim with a single string grants a role", async () => {
  const cookie = sessionOf(await signIn("ada"));
  expect((await ask(`${API}/users/audit`, { headers: { cookie } })).status).toBe(200);
});

test("the list of users contains the name of the provider but not its users, and its users do not count as admins with a token", async () => {
  const session = { cookie: sessionOf(await signIn("ada")) };
  const shown = await ask(`${API}/users`, { headers: session });
  expect(shown.json).toMatchObject({
    provider: "127.0.0.1",
    users: [{ name: "vera" }, { name: "rita" }, { name: "ada" }],
  });
  const { json: own } = await ask(`${API}/session`, { headers: session });
  const headers = { ...session, "x-eyas-csrf": (own as { csrf: string }).csrf };
  const removed = await ask(`${API}/users/ada`, { method: "DELETE", headers });
  expect([removed.status, removed.text]).toEqual([409, expect.stringContaining("last admin with a token")]);
});

test("a user without a role cannot sign in", async () => {
  expect(failureOf(await signIn("eve", "/rules"))).toBe("/rules?sign-in=no_role");
  expect(await auditLog()).toContain("no value of the claim groups grants oidc:eve a role");
});

test.each([
  ["expired", (claims: object) => ({ ...claims, exp: Math.floor(Date.now() / 1000) - 60 })],
  ["for another audience", (claims: object) => ({ ...claims, aud: "another-client" })],
  ["for several audiences without this party", (claims: object) => ({ ...claims, aud: ["eyas", "b"], azp: "b" })],
  ["of another issuer", (claims: object) => ({ ...claims, iss: "https://login.example.org" })],
  ["with another nonce", (claims: object) => ({ ...claims, nonce: "another" })],
  ["without a nonce", (claims: object) => ({ ...claims, nonce: undefined })],
  ["issued in the future", (claims: object) => ({ ...claims, nbf: Math.floor(Date.now() / 1000) + 3600 })],
  ["signed with another key", (claims: object) => ({ token: foreignToken({ ...claims }) })],
  [
    "without a signature",
    (claims: object) => ({
      token: `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.`,
    }),
  ],
])("an ID token %s is rejected", async (_, change) => {
  provider.change = change;
  expect(failureOf(await signIn("maria"))).toBe("/?sign-in=invalid");
});

test("a response cannot be used twice, and its code cannot be used in another sign-in", async () => {
  const begun = await begin();
  const path = await atProvider(begun, "vera");
  expect(sessionOf(await finish(path, begun.cookie))).not.toBe("");
  expect(failureOf(await finish(path, begun.cookie))).toBe("/?sign-in=expired");
  const other = await begin();
  const state = new URL(other.location).searchParams.get("state") ?? "";
  const replayed = new URL(path, publicUrl);
  replayed.searchParams.set("state", state);
  expect(failureOf(await finish(replayed.pathname + replayed.search, other.cookie))).toBe("/?sign-in=invalid");
});

test("a response is valid only in the browser in which the sign-in began", async () => {
  const [mine, others] = [await begin(), await begin()];
  const path = await atProvider(mine, "vera");
  const forged = mine.cookie.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
  for (const cookie of [undefined, "eyas_sign_in=x", "eyas_sign_in=.", forged])
    expect(failureOf(await finish(path, cookie))).toBe("/?sign-in=expired");
  expect(failureOf(await finish(path, others.cookie))).toBe("/?sign-in=expired");
});

test("an issuer other than the configured one in the response is rejected", async () => {
  for (const issuer of ["https://login.example.org", undefined]) {
    const begun = await begin();
    const url = new URL(await atProvider(begun, "vera"), publicUrl);
    url.searchParams.delete("iss");
    if (issuer !== undefined) url.searchParams.set("iss", issuer);
    expect(failureOf(await finish(url.pathname + url.search, begun.cookie))).toBe("/?sign-in=invalid");
  }
});

test("an error of the provider ends the sign-in, and the text of the error is not shown", async () => {
  const begun = await begin("/alerts");
  const query = new URLSearchParams({
    ...{ state: new URL(begun.location).searchParams.get("state") ?? "", iss: provider.issuer },
    ...{ error: "access_denied\u202e\n", error_description: "<script>", session_state: "x" },
  });
  const answer = await finish(`${API}/sign-in/oidc/callback?${query}`, begun.cookie);
  expect(failureOf(answer)).toBe("/alerts?sign-in=denied");
  expect(answer.text).toBe("");
});

test("a session has the role of its cookie only if the cookie is genuine", async () => {
  const [payload = "", mac = ""] = sessionOf(await signIn("vera"))
    .slice("eyas_session=".length)
    .split(".");
  const claim = JSON.parse(Buffer.from(payload, "base64url").toString()) as unknown[];
  const raised = Buffer.from(JSON.stringify([...claim.slice(0, 3), "admin"])).toString("base64url");
  for (const [text, status] of [
    [`${payload}.${mac}`, 200],
    [`${raised}.${mac}`, 401],
  ] as const)
    expect((await ask(`${API}/session`, { headers: { cookie: `eyas_session=${text}` } })).status).toBe(status);
});

test("a provider with oversized or unencrypted metadata, keys or tokens is not used", async () => {
  const json = { "content-type": "application/json" };
  const huge = (response: ServerResponse): void =>
    void response.writeHead(200, json).end(`{"keys":[],"x":"${"a".repeat(300_000)}"}`);
  const document = (await (await fetch(`${provider.issuer}/.well-known/openid-configuration`)).json()) as object;
  const cases: Readonly<Record<string, (response: ServerResponse) => void>> = {
    huge,
    plain: (response) =>
      void response.writeHead(200, json).end(JSON.stringify({ ...document, jwks_uri: "http://keys.example/" })),
    other: (response) =>
      void response.writeHead(200, json).end(JSON.stringify({ ...document, issuer: "https://other.example" })),
    moved: (response) => void response.writeHead(302, { location: "https://other.example/" }).end(),
  };
  await page.close();
  try {
    page = await openPageWith(settingsFor());
    for (const [name, answer] of Object.entries(cases)) {
      provider.answers.set("/.well-known/openid-configuration", answer);
      const begun = await ask(`${API}/sign-in/oidc`);
      expect([name, begun.headers.location]).toEqual([
        name,
        expect.stringMatching(/^\/\?sign-in=(unavailable|invalid)$/),
      ]);
    }
    provider.answers.clear();
    for (const path of ["/jwks", "/token"]) {
      provider.answers.set(path, huge);
      expect(failureOf(await signIn("vera"))).toBe("/?sign-in=unavailable");
      provider.answers.clear();
    }
    expect(sessionOf(await signIn("vera"))).not.toBe("");
  } finally {
    await page.close();
    page = await openPageWith(settingsFor());
  }
});

test("sessions end when the configuration of roles changes", async () => {
  const cookie = sessionOf(await signIn("vera"));
  const users = join(page.folder, "users.json");
  await page.close();
  const statusWith = async (settings: OpenIdSettings): Promise<number> => {
    const port = Number(new URL(publicUrl).port);
    const again = await openTestPage([], undefined, undefined, {
      port,
      openId: settings,
      publicOrigin: publicUrl,
      users,
    });
    const { status } = await again.ask(`${API}/session`, { headers: { cookie, connection: "close" } });
    await again.close();
    return status;
  };
  try {
    expect(await statusWith(settingsFor())).toBe(200);
    expect(await statusWith(settingsFor({ roles: { viewer: [], responder: [], admin: ["eyas-admins"] } }))).toBe(401);
    expect(await statusWith(settingsFor({ client_id: "other" }))).toBe(401);
  } finally {
    page = await openPageWith(settingsFor());
  }
});

test("claims that are missing in the ID token are read from the UserInfo endpoint, and the secret from a file", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "eyas-secret-")), "secret");
  writeFileSync(file, `${CLIENT.client_secret}\n`, { mode: 0o600 });
  const first = provider;
  await page.close();
  provider = await openTestProvider(`${publicUrl}${API}/sign-in/oidc/callback`, GROUPS, true);
  try {
    page = await openPageWith(settingsFor({ client_secret: "", client_secret_file: file }));
    const cookie = sessionOf(await signIn("maria"));
    expect((await ask(`${API}/session`, { headers: { cookie } })).json).toMatchObject({ role: "responder" });
    writeFileSync(file, "another secret");
    expect(failureOf(await signIn("maria"))).toBe("/?sign-in=invalid");
  } finally {
    await page.close();
    await provider.close();
    provider = first;
    page = await openPageWith(settingsFor());
  }
});

test("an unavailable provider is reported, both before and after the user signs in at the provider", async () => {
  const begun = await begin("/rules");
  const path = await atProvider(begun, "vera");
  await provider.close();
  expect(failureOf(await finish(path, begun.cookie))).toBe("/rules?sign-in=unavailable");
  await page.close();
  page = await openPageWith(settingsFor());
  const answer = await ask(`${API}/sign-in/oidc`);
  expect([answer.status, failureOf(answer)]).toEqual([303, "/?sign-in=unavailable"]);
  expect(await auditLog()).toContain("connection refused");
  expect(await auditLog()).not.toContain(CLIENT.client_secret);
});

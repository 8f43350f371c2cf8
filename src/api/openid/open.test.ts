import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openOpenId } from "./open.ts";
import type { OpenIdSettings } from "./settings.ts";

const settings: OpenIdSettings = {
  ...{ issuer: "https://login.example.org", client_id: "eyas", client_secret: "", client_secret_file: "", name: "" },
  ...{ scopes: [], user_claim: "sub", roles_claim: "groups", default_role: "viewer", session_duration: 3_600_000 },
  ...{ roles: { viewer: [], responder: [], admin: [] }, ca_cert: "", public_url: "https://eyas.example.org" },
};

test("over TLS, the cookie of a sign-in is bound to the host name", () => {
  expect(openOpenId(settings)).toMatchObject({ name: "login.example.org", secure: true });
  expect(openOpenId({ ...settings, public_url: "http://127.0.0.1:8766", name: "Main" })).toMatchObject({
    name: "Main",
    secure: false,
  });
});

const empty = join(mkdtempSync(join(tmpdir(), "eyas-secret-")), "empty");
writeFileSync(empty, "");

test.each([
  ["web_page.oidc: set web_page.public_url", { public_url: "" }],
  ["web_page.oidc: set client_id", { client_id: "" }],
  ["not both", { client_secret: "a", client_secret_file: empty }],
  ["no user could sign in", { default_role: "none" }],
  ["session_duration must be from 1m to 12h", { session_duration: 13 * 3_600_000 }],
  ["session_duration must be from 1m to 12h", { session_duration: 0 }],
  [`client_secret_file: ${empty} is empty`, { client_secret_file: empty }],
  ["ca_cert: cannot read /no/such/file", { ca_cert: "/no/such/file" }],
] as const)("%s", (message, more) => {
  expect(() => openOpenId({ ...settings, ...more })).toThrow(message);
});

import { expect, test } from "vitest";
import { loadConfig } from "./load.ts";

const messagesFor = async (issuer: string): Promise<string[]> => {
  const { diagnostics } = await loadConfig(undefined, [`web_page.oidc.issuer=${issuer}`]);
  return diagnostics.map(({ message }) => message);
};

test.each([
  "https://login.example.org/realms/main",
  "http://127.0.0.1:8080",
  "http://[::1]:8080/",
  "http://localhost/x",
])("%s is an issuer", async (issuer) => {
  expect(await messagesFor(issuer)).toEqual([]);
});

test.each([
  ["http://login.example.org", "must begin with https://, because tokens and keys could be read"],
  ["http://127.0.0.1.example.org", "must begin with https://, because"],
  ["login.example.org", "must begin with https:// and a host name"],
  ["https://user:hunter2@login.example.org", "must not contain a user or password"],
  ["https://login.example.org/?tenant=hunter2", "must not contain a query"],
])("%s is not an issuer", async (issuer, reason) => {
  const messages = await messagesFor(issuer);
  expect(messages).toEqual([expect.stringContaining(`web_page.oidc.issuer ${reason}`)]);
  expect(messages.join()).not.toContain("hunter2");
});

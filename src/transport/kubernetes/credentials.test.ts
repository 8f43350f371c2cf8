import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { certificate } from "../../../test/stand-in/kubernetes/watched-api-server.ts";
import { podCredentials, serverOfPod } from "./credentials.ts";
import { kubeconfigCredentials } from "./kubeconfig.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-kubeconfig-"));
afterAll(() => rmSync(folder, { recursive: true }));

let written = 0;

/** Writes a kubeconfig with this user in the current context, and with another context. */
function kubeconfig(user: object, cluster: object = {}): string {
  const file = join(folder, `config-${written++}`);
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "main",
    contexts: [
      { name: "main", context: { cluster: "shop", user: "eyas" } },
      { name: "other", context: { cluster: "shop", user: "nobody" } },
      { name: "broken", context: { cluster: "nowhere", user: "eyas" } },
    ],
    clusters: [{ name: "shop", cluster: { server: "https://10.0.0.1:6443", ...cluster } }],
    users: [{ name: "eyas", user }],
  };
  writeFileSync(file, JSON.stringify(config)); // JSON is valid YAML
  return file;
}

const identityOf = async (user: object, cluster: object = {}) =>
  (await kubeconfigCredentials(kubeconfig(user, cluster), "")).identity();

test("the credentials of a pod are read from its environment and the service account directory", async () => {
  const environment = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };
  expect(serverOfPod(environment)?.href).toBe("https://[fd00::1]:6443/");
  expect(serverOfPod({ KUBERNETES_SERVICE_HOST: "10.0.0.1" })?.href).toBe("https://10.0.0.1/");
  expect([serverOfPod({}), serverOfPod({ KUBERNETES_SERVICE_HOST: "no host/" })]).toEqual([undefined, undefined]);
  writeFileSync(join(folder, "token"), "abc\n");
  writeFileSync(join(folder, "ca.crt"), "CERTIFICATE");
  const credentials = podCredentials(new URL("https://10.0.0.1"), folder);
  const first = await credentials.identity();
  expect([first.authorization, String(first.tls.ca)]).toEqual(["Bearer abc", "CERTIFICATE"]);
  writeFileSync(join(folder, "token"), "def");
  expect((await credentials.identity()).authorization).toBe("Bearer abc"); // credentials are cached between requests
  credentials.forget();
  const second = await credentials.identity();
  expect(second).toEqual({ ...first, authorization: "Bearer def" });
  const nowhere = podCredentials(new URL("https://10.0.0.1"), join(folder, "nowhere"));
  await expect(nowhere.identity()).rejects.toThrow(/nowhere has no readable token and ca\.crt$/);
});

test("a kubeconfig can contain tokens, token files, passwords and certificates, inline or in files", async () => {
  writeFileSync(join(folder, "own-token"), "from-file\n");
  writeFileSync(join(folder, "own.crt"), "CRT");
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  expect((await identityOf({ token: "abc" })).authorization).toBe("Bearer abc");
  expect((await identityOf({ token: "abc", tokenFile: "own-token" })).authorization).toBe("Bearer from-file");
  expect((await identityOf({ username: "u", password: "p" })).authorization).toBe(`Basic ${base64("u:p")}`);
  const { authorization, tls } = await identityOf(
    { "client-certificate": "own.crt", "client-key-data": base64("KEY") },
    { "certificate-authority-data": base64("CA"), "tls-server-name": "api", "insecure-skip-tls-verify": true },
  );
  expect([authorization, String(tls.ca), String(tls.cert), String(tls.key), tls.servername]).toEqual([
    undefined,
    "CA",
    "CRT",
    "KEY",
    "api",
  ]);
  expect(tls.rejectUnauthorized).toBe(false);
});

test("a credential plugin is run as kubectl runs it, and again when its credentials expire or are rejected", async () => {
  const program = join(folder, "give");
  writeFileSync(
    program,
    `#!/bin/sh
echo x >>${folder}/asked
printf '%s' "$KUBERNETES_EXEC_INFO" >${folder}/info
printf '{"kind":"ExecCredential","status":{"token":"%s-%s","expirationTimestamp":"%s"}}' "$1" "$REGION" "$UNTIL"\n`,
  );
  chmodSync(program, 0o755);
  const asked = () => readFileSync(join(folder, "asked"), "utf8").length / 2;
  const exec = (until: string) => ({
    apiVersion: "client.authentication.k8s.io/v1",
    command: "./give",
    args: ["$(id); '"],
    env: [
      { name: "REGION", value: "north" },
      { name: "UNTIL", value: until },
    ],
    provideClusterInfo: true,
  });
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const credentials = await kubeconfigCredentials(kubeconfig({ exec: exec(later) }), "");
  const both = await Promise.all([credentials.identity(), credentials.identity()]);
  expect(both.map(({ authorization }) => authorization)).toEqual(Array(2).fill("Bearer $(id); '-north"));
  expect(JSON.parse(readFileSync(join(folder, "info"), "utf8"))).toEqual({
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    spec: { interactive: false, cluster: { server: "https://10.0.0.1:6443" } },
  });
  await credentials.identity();
  expect(asked()).toBe(1);
  credentials.forget();
  await credentials.identity();
  expect(asked()).toBe(2);
  const ending = await kubeconfigCredentials(kubeconfig({ exec: exec(new Date().toISOString()) }), "");
  await ending.identity();
  await ending.identity();
  expect(asked()).toBe(4);
});

test("a failing credential plugin is named in the error, without its output", async () => {
  const failing = { exec: { command: "sh", args: ["-c", "echo s3cret; echo s3cret >&2; exit 1"] } };
  await expect(identityOf(failing)).rejects.toThrow(/^the credential plugin sh returned no credentials$/);
  await expect(identityOf({ exec: { command: "/nowhere/give" } })).rejects.toThrow(
    "the credential plugin give returned no",
  );
});

test("an expired OpenID token is renewed at its provider (stand-in)", async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  let issuer = "";
  const token = (exp: number) =>
    `${part({ alg: "RS256" })}.${part({ iss: issuer, aud: "eyas", sub: "me", iat: now, exp })}.c2ln`;
  const bodies: string[] = [];
  const provider = createServer(certificate(folder), async (request, response) => {
    response.setHeader("content-type", "application/json");
    if (request.url === "/.well-known/openid-configuration")
      return void response.end(JSON.stringify({ issuer, token_endpoint: `${issuer}/token` }));
    let body = "";
    for await (const piece of request) body += String(piece);
    bodies.push(body);
    const answer = { access_token: "a", token_type: "bearer", id_token: token(now + 600), expires_in: 600 };
    response.end(JSON.stringify({ ...answer, refresh_token: "next" }));
  });
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  issuer = `https://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const oidc = (exp: number) => ({
    "auth-provider": {
      name: "oidc",
      config: {
        "idp-issuer-url": issuer,
        "client-id": "eyas",
        "idp-certificate-authority": join(folder, "ca.crt"),
        "refresh-token": "r1",
        "id-token": token(exp),
      },
    },
  });
  try {
    expect((await identityOf(oidc(now + 300))).authorization).toBe(`Bearer ${token(now + 300)}`);
    expect(bodies).toEqual([]);
    expect(await identityOf(oidc(now - 300)).catch(String)).toMatchObject({
      authorization: `Bearer ${token(now + 600)}`,
    });
    expect(bodies[0]).toContain("grant_type=refresh_token");
    expect(bodies[0]).toContain("refresh_token=r1");
  } finally {
    provider.close();
  }
});

test("missing files and contexts are named in the error", async () => {
  const file = kubeconfig({ token: "abc" });
  expect((await kubeconfigCredentials(file, "other")).server.href).toBe("https://10.0.0.1:6443/");
  await expect(kubeconfigCredentials(file, "none")).rejects.toThrow(`${file} has no context "none"`);
  await expect(kubeconfigCredentials(file, "broken")).rejects.toThrow(`${file} has no cluster for its context`);
  await expect(kubeconfigCredentials("/nowhere/config", "")).rejects.toThrow("cannot read /nowhere/config: ENOENT");
  writeFileSync(join(folder, "empty"), "");
  await expect(kubeconfigCredentials(join(folder, "empty"), "")).rejects.toThrow("empty has no current context");
  writeFileSync(join(folder, "bad"), "{ a: [");
  await expect(kubeconfigCredentials(join(folder, "bad"), "")).rejects.toThrow("bad is not valid YAML");
});

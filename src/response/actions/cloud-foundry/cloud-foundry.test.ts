import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alertWith, requestFor } from "../../../../test/response/alert.ts";
import { hostile } from "../../../../test/response/hostile.ts";
import { type App, type CloudFoundry, people, startCloudFoundry } from "../../../../test/stand-in/cloud-foundry.ts";
import type { AlertRecord, FieldValue } from "../../../alert/record.ts";
import { makeCertificates } from "../../../output/transport/certificates.fixture.ts";
import { textAt } from "../../../transport/json.ts";
import type { Action } from "../../action.ts";
import { action as restart } from "./restart.ts";
import { action as stop } from "./stop.ts";
import { action as terminate } from "./terminate.ts";

let cf: CloudFoundry;
let app: App;

beforeEach(async () => {
  cf = await startCloudFoundry();
  app = cf.add();
});
afterEach(() => cf.stop());

const asUser = () => ({ api: cf.url, ...people.user });
const asClient = () => ({ api: cf.url, ...people.client });

function alertOf(type: string, index: number, more: Readonly<Record<string, FieldValue>> = {}): AlertRecord {
  const instance = app.processes[type]?.[index];
  return alertWith({
    "cf.app.id": app.guid,
    "cf.process.type": type,
    "cf.instance.index": String(index),
    "cf.instance.guid": instance?.guid ?? null,
    "cf.instance.ip": instance?.host ?? null,
    ...more,
  });
}

function run(action: Action, alert: AlertRecord, given: Readonly<Record<string, unknown>> = asUser()) {
  return action.run(requestFor(action, alert, given));
}

/** Creates a file whose content can be replaced. */
function fileWith(text: string) {
  const path = join(mkdtempSync(join(tmpdir(), "eyas-cf-")), "secret");
  const write = (next: string) => writeFileSync(path, next, { mode: 0o600 });
  write(text);
  return { path, write };
}

describe("against a stand-in that implements the documented API strictly", () => {
  it("terminates the alert's instance by GUID, process and index", async () => {
    const other = cf.add();
    const before = structuredClone(app.processes);
    expect(await run(terminate, alertOf("web", 1))).toEqual({
      outcome: "done",
      answer: `terminated instance web/1 of app ${app.guid} (${new URL(cf.url).host} responded with status 204)`,
    });
    expect(cf.done).toEqual([{ what: "terminate", app: app.guid, type: "web", index: 1, by: "falcon" }]);
    expect(app.processes.web![0]).toEqual(before.web![0]);
    expect(app.processes.web![1]).not.toEqual(before.web![1]);
    expect(other.processes.web).toHaveLength(2);
    expect(cf.asked.at(-1)).toBe(`DELETE /v3/apps/${app.guid}/processes/web/instances/1`);
  });

  it("skips an instance that replaced the alert's instance", async () => {
    const alert = alertOf("web", 0);
    expect(await run(terminate, alert)).toMatchObject({ outcome: "done" });
    expect(await run(terminate, alert)).toEqual({
      outcome: "skipped",
      reason: `instance web/0 of app ${app.guid} was replaced since the alert`,
    });
    expect(await run(terminate, alertOf("web", 7))).toMatchObject({ outcome: "skipped" });
    const moved = await run(terminate, alertOf("worker", 0, { "cf.instance.ip": "10.0.16.77" }));
    expect(moved).toMatchObject({ outcome: "done" });
    // Without GUIDs in the response, instances are compared by their cell.
    cf.providesGuids = false;
    expect(await run(terminate, alertOf("web", 1, { "cf.instance.ip": "10.0.16.77" }))).toMatchObject({
      outcome: "skipped",
    });
    expect(cf.done).toHaveLength(2);
    expect(await run(terminate, alert, { ...asUser(), verify: "false" })).toMatchObject({ outcome: "done" });
    expect(cf.done).toHaveLength(3);
  });

  it("restarts and stops the app", async () => {
    expect(await run(restart, alertOf("web", 0))).toMatchObject({ outcome: "done" });
    expect(await run(stop, alertOf("web", 0))).toMatchObject({
      outcome: "done",
      answer: expect.stringContaining(`app ${app.guid} is stopped`),
    });
    expect(cf.done.map(({ what }) => what)).toEqual(["restart", "stop"]);
    expect(app.state).toBe("STOPPED");
  });

  it("signs in as a client, and reports missing permissions", async () => {
    expect(await run(stop, alertOf("web", 0), asClient())).toMatchObject({ outcome: "done" });
    expect(cf.done[0]!.by).toBe("eyas");
    expect(await run(stop, alertOf("web", 0), { api: cf.url, ...people.reader })).toEqual({
      outcome: "failed",
      reason: expect.stringMatching(/^not permitted: .* responded with status 403: .*not authorized/),
    });
  });

  it("signs in once for concurrent runs, and caches the token", async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => run(stop, alertOf("web", 0))));
    expect(results.every(({ outcome }) => outcome === "done")).toBe(true);
    await run(restart, alertOf("web", 0));
    expect(cf.grants).toEqual(["password"]);
  });

  it("renews a rejected token once for all runs that used it", async () => {
    await run(stop, alertOf("web", 0));
    cf.revokeTokens();
    const results = await Promise.all(Array.from({ length: 10 }, () => run(stop, alertOf("web", 0))));
    expect(results.every(({ outcome }) => outcome === "done")).toBe(true);
    expect(cf.grants).toEqual(["password", "refresh_token"]);
  });

  it("renews a token before it expires", async () => {
    cf.life = 5; // long enough for a request on a busy machine
    await run(stop, alertOf("web", 0), asClient());
    await new Promise((resolve) => setTimeout(resolve, 4750));
    await run(stop, alertOf("web", 0), asClient());
    expect(cf.grants).toEqual(["client_credentials", "client_credentials"]);
    // No request used an expired token.
    expect(cf.asked.filter((line) => line.startsWith("POST /v3/"))).toHaveLength(2);
  });

  it("falls back to the password when the refresh token is revoked", async () => {
    await run(stop, alertOf("web", 0));
    cf.revokeTokens();
    cf.revokeRefreshTokens();
    expect(await run(stop, alertOf("web", 0))).toMatchObject({ outcome: "done" });
    expect(cf.grants).toEqual(["password", "password"]);
  });

  it("uses rotating refresh tokens, and a new one from its file", async () => {
    const signedIn = await fetch(`${cf.url}/uaa/oauth/token`, {
      method: "POST",
      headers: {
        authorization: `Basic ${btoa("cf:")}`,
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams({ grant_type: "password", ...people.user }).toString(),
    });
    const token = textAt(await signedIn.json(), "refresh_token");
    const file = fileWith(`${token}\n`);
    const given = { api: cf.url, refresh_token_file: file.path };
    expect(await run(stop, alertOf("web", 0), given)).toMatchObject({ outcome: "done" });
    cf.revokeTokens();
    expect(await run(stop, alertOf("web", 0), given)).toMatchObject({ outcome: "done" });
    expect(cf.grants).toEqual(["password", "refresh_token", "refresh_token"]);
    cf.revokeTokens();
    cf.revokeRefreshTokens();
    const refused = await run(stop, alertOf("web", 0), given);
    expect(refused).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("the refresh token was rejected"),
    });
    expect(JSON.stringify(refused)).not.toContain(token);
  });

  it("reads a changed password from its file", async () => {
    const file = fileWith("old password");
    const given = { api: cf.url, username: people.user.username, password_file: file.path };
    const refused = await run(stop, alertOf("web", 0), given);
    expect(refused).toEqual({
      outcome: "failed",
      reason: expect.stringMatching(/^the user's password was rejected: /),
    });
    // The stand-in echoes secrets; results must not contain them.
    expect(JSON.stringify(refused)).not.toContain("old password");
    file.write(`${people.user.password}\n`);
    expect(await run(stop, alertOf("web", 0), given)).toMatchObject({ outcome: "done" });
  });

  it("reports failures in a sentence without secrets", async () => {
    const gone = alertOf("web", 0, { "cf.app.id": "01234567-89ab-cdef-0123-456789abcdef" });
    expect(await run(stop, gone)).toMatchObject({ outcome: "failed", reason: expect.stringContaining("404") });
    cf.interrupt = () => ({ status: 503, body: `down\r\n\u001b[31m${people.user.password}\u202e` });
    expect(await run(stop, alertOf("web", 0))).toEqual({
      outcome: "failed",
      reason: `${new URL(cf.url).host} responded with status 503: down [31m***`,
    });
    cf.interrupt = () => undefined;
    cf.life = -1;
    const notTaken = await run(stop, alertOf("web", 0), asClient());
    // The stand-in echoes the token.
    expect(notTaken).toEqual({
      outcome: "failed",
      reason: expect.stringMatching(/^not permitted: .* responded with status 401: .*Invalid Auth Token \*\*\*"/),
    });
    const password = "never in a sentence";
    const nobody = { api: "http://127.0.0.1:1", username: "x", password };
    expect(await run(stop, alertOf("web", 0), nobody)).toEqual({
      outcome: "failed",
      reason: "cannot connect to 127.0.0.1:1: connection refused",
    });
    expect(await run(stop, alertOf("web", 0), { ...asUser(), password_file: "/none/here" })).toEqual({
      outcome: "failed",
      reason: "cannot read /none/here",
    });
    expect(cf.done).toEqual([]);
  });

  it("stops at its timeout", async () => {
    const silent = await import("node:net").then(
      ({ createServer }) =>
        new Promise<import("node:net").Server>((resolve) => {
          const server = createServer(() => {}).listen(0, "127.0.0.1", () => resolve(server));
        }),
    );
    const address = silent.address();
    const api = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    const request = requestFor(stop, alertOf("web", 0), { ...asUser(), api }, { signal: AbortSignal.timeout(100) });
    expect(await stop.run(request)).toEqual({
      outcome: "failed",
      reason: "cancelled while signing in; no request was sent",
    });
    silent.close();
  });

  it("treats text of the alert as data", async () => {
    // A process type can be any text, unlike GUIDs and indexes.
    for (const [what, text] of Object.entries(hostile)) {
      const alert = alertOf(text, 0);
      expect(terminate.target(alert, {}), what).toMatchObject({ target: expect.not.stringMatching(/[\p{Cc}\p{Cf}]/u) });
      const result = await run(terminate, alert, { ...asUser(), verify: false });
      expect(result.outcome, what).toBe("failed");
      for (const field of ["cf.app.id", "cf.instance.index"]) {
        const bad = alertOf("web", 0, { [field]: text });
        expect(terminate.target(bad, {}), what).toMatchObject({
          missing: expect.not.stringMatching(/[\p{Cc}\p{Cf}]/u),
        });
        expect(await run(terminate, bad), what).toMatchObject({ outcome: "failed" });
      }
    }
    expect(cf.done).toEqual([]);
    const strange = 'a/b?c=d&e#f%2e%2e "{}" 漢 ..';
    const special = cf.add({ processes: { [strange]: [{ guid: "one", host: "10.0.0.1" }] } });
    const alert = alertOf(strange, 0, { "cf.app.id": special.guid });
    expect(await run(terminate, alert, { ...asUser(), verify: false })).toMatchObject({ outcome: "done" });
    expect(cf.done).toMatchObject([{ app: special.guid, type: strange, index: 0 }]);
  });

  it("reports the missing field", () => {
    expect(terminate.target(alertWith({}), {})).toEqual({
      missing: "the alert has no cf.app.id",
    });
    expect(terminate.target(alertWith({ "cf.app.id": app.guid }), {})).toEqual({
      missing: "the alert has no cf.process.type",
    });
    expect(terminate.target(alertOf("web", 1), {})).toEqual({ target: `instance web/1 of app ${app.guid}` });
  });
});

describe("over TLS", () => {
  it("accepts only a certificate of the configured CA", async () => {
    const { at, read } = makeCertificates();
    const secure = await startCloudFoundry({ cert: read("server.crt"), key: read("server.key") });
    app = secure.add();
    const given = { api: secure.url, ...people.user };
    const refused = await run(stop, alertOf("web", 0), given);
    expect(refused).toMatchObject({ outcome: "failed", reason: expect.stringMatching(/certificate/) });
    expect(secure.asked).toEqual([]);
    expect(await run(stop, alertOf("web", 0), { ...given, ca_cert: at("ca.crt") })).toMatchObject({ outcome: "done" });
    await secure.stop();
  });
});

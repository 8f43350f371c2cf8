import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { http } from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { alertWith, requestFor } from "../../../../test/response/alert.ts";
import { hostile } from "../../../../test/response/hostile.ts";
import { type Google, startGoogle } from "../../../../test/stand-in/google.ts";
import { action as gcpFunction } from "./gcp-function.ts";
import { action as gcpRun } from "./gcp-run.ts";

/** File that the function writes. */
const out = join(mkdtempSync(join(tmpdir(), "eyas-google-")), "out.json");
let server: Server;
let address = "";
let google: Google;

beforeAll(async () => {
  http("quarantine", (request, response) => {
    // Cloud Run verifies the token before the function runs.
    const token = String(request.headers.authorization).replace(/^Bearer /, "");
    if (google.tokens.get(token) !== `for ${address}` && token !== "a static token") {
      response.status(401).send(`not with ${token}`);
      return;
    }
    writeFileSync(out, JSON.stringify({ path: request.url, body: request.body }));
    response.send("isolated");
  });
  server = getTestServer("quarantine");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  address = `http://127.0.0.1:${typeof bound === "object" ? bound?.port : ""}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(async () => {
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", "");
  rmSync(out, { force: true });
  google = await startGoogle();
  google.functions.set("locations/europe-west1/functions/quarantine", address);
});
afterEach(() => {
  vi.unstubAllEnvs();
  return google.stop();
});

const seen = () => JSON.parse(readFileSync(out, "utf8"));
const functionGiven = () => ({
  gcp_function_name: "quarantine",
  gcp_function_location: "europe-west1",
  metadata: google.url,
  functions_api: google.url,
});

describe("a function of the Functions Framework, behind a stand-in for Google's APIs", () => {
  it("is called as the machine's account", async () => {
    const request = requestFor(gcpFunction, alertWith({ "proc.name": "cat" }), functionGiven());
    const done = { outcome: "done", answer: "function europe-west1/quarantine responded with status 200: isolated" };
    expect(await gcpFunction.run(request)).toEqual(done);
    expect(seen()).toEqual({ path: "/", body: JSON.parse(request.alert.json) });
    // The second call uses the cached token.
    const before = google.asked.length;
    expect(before).toBe(4);
    expect(await gcpFunction.run(request)).toEqual(done);
    expect(google.asked).toHaveLength(before);
  });

  it.each(["as it is", "in Base64", "in a file", "in the usual file"])(
    "is called with the key of a service account, %s",
    async (how) => {
      const file = join(tmpdir(), `eyas-google-${process.pid}.json`);
      writeFileSync(file, google.credentials);
      const ways: Readonly<Record<string, object>> = {
        "as it is": { credentials: google.credentials },
        "in Base64": { credentials: Buffer.from(google.credentials).toString("base64") },
        "in a file": { credentials_file: file },
        "in the usual file": {},
      };
      if (how === "in the usual file") vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", file);
      const request = requestFor(gcpFunction, alertWith({}), { ...functionGiven(), ...ways[how] });
      expect(await gcpFunction.run(request)).toMatchObject({ outcome: "done" });
      expect(google.asked.filter((line) => line.includes("Metadata"))).toEqual([]);
      rmSync(file);
    },
  );

  it("reports a missing function and invalid credentials", async () => {
    const other = { ...functionGiven(), gcp_function_name: "other" };
    expect(await gcpFunction.run(requestFor(gcpFunction, alertWith({}), other))).toEqual({
      outcome: "failed",
      reason: expect.stringMatching(/^cannot find the function: .*404/),
    });
    const bad = { ...functionGiven(), credentials: '{"type":"authorized_user","private_key":"hidden"}' };
    expect(await gcpFunction.run(requestFor(gcpFunction, alertWith({}), bad))).toEqual({
      outcome: "failed",
      reason: "the Google credentials are not a service account key in JSON",
    });
  });

  it("is called as a service of Cloud Run", async () => {
    const given = { endpoint: `${address}/respond`, metadata: google.url };
    const request = requestFor(gcpRun, alertWith({}), given);
    expect(await gcpRun.run(request)).toMatchObject({ outcome: "done" });
    expect(seen().path).toBe("/respond");
    expect(gcpRun.target(request.alert, request.parameters)).toEqual({ target: `function ${address}/respond` });
    const static_ = { endpoint: address, jwt: "a static token", metadata: "http://127.0.0.1:1" };
    expect(await gcpRun.run(requestFor(gcpRun, alertWith({}), static_))).toMatchObject({ outcome: "done" });
  });

  it("rejects a token for another audience, which is renewed once and not disclosed", async () => {
    const given = { endpoint: address, audience: "https://another.example.org", metadata: google.url };
    const result = await gcpRun.run(requestFor(gcpRun, alertWith({}), given));
    expect(result).toMatchObject({ outcome: "failed", reason: expect.stringMatching(/401: not with \*\*\*$/) });
    expect(google.asked).toHaveLength(2);
  });

  it("receives text of alerts as data", async () => {
    for (const [what, text] of Object.entries(hostile)) {
      const alert = alertWith({ "proc.cmdline": text }, { rule: text });
      for (const action of [gcpFunction, gcpRun]) {
        rmSync(out, { force: true });
        const given = action === gcpRun ? { endpoint: address, metadata: google.url } : functionGiven();
        expect(await action.run(requestFor(action, alert, given)), what).toMatchObject({ outcome: "done" });
        expect(seen(), what).toEqual({ path: "/", body: JSON.parse(alert.json) });
      }
    }
  });
});

it("does not trust another server at the metadata address", async () => {
  const given = { endpoint: address, metadata: address };
  expect(await gcpRun.run(requestFor(gcpRun, alertWith({}), given))).toEqual({
    outcome: "failed",
    reason: `${new URL(address).host} is not a Google metadata server`,
  });
});

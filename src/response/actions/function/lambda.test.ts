import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import lambdaLocal from "lambda-local";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { alertWith, requestFor } from "../../../../test/response/alert.ts";
import { hostile } from "../../../../test/response/hostile.ts";
import { awsKeys, type LambdaFront, sdkSignature, startLambda } from "../../../../test/stand-in/lambda.ts";
import { signedHeaders } from "./aws-signature.ts";
import { action } from "./lambda.ts";

let front: LambdaFront;
const folder = mkdtempSync(join(tmpdir(), "eyas-lambda-"));
const out = join(folder, "quarantined.json");

beforeAll(async () => {
  // lambda-local runs functions like Lambda, but lacks the Invoke API.
  front = await startLambda((lambdaPath, event) =>
    lambdaLocal.execute({ event, lambdaPath, timeoutMs: 3000, verboseLevel: 0 }),
  );
  const file = join(folder, "quarantine.cjs");
  writeFileSync(
    file,
    `const { writeFileSync } = require("node:fs");
    exports.handler = async (event) => {
      if (event.rule === "Fail") throw new Error("it can't");
      writeFileSync(${JSON.stringify(out)}, JSON.stringify(event));
      return { quarantined: event.output_fields["k8s.pod.name"] ?? null };
    };`,
  );
  front.functions.set("quarantine", file);
  front.functions.set("arn:aws:lambda:eu-central-1:123456789012:function:quarantine", file);
});
afterAll(() => front.stop());
afterEach(() => vi.unstubAllEnvs());

const given = () => ({ aws_lambda_name: "quarantine", endpoint: front.url, region: "eu-central-1", ...awsKeys });

describe("a function that lambda-local runs, behind a stand-in for the Invoke API", () => {
  it("receives the alert, and its response is the result", async () => {
    const request = requestFor(action, alertWith({ "k8s.pod.name": "web-1" }), given());
    expect(await action.run(request)).toEqual({
      outcome: "done",
      answer: 'function quarantine responded with status 200: {"quarantined":"web-1"}',
    });
    expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(JSON.parse(request.alert.json));
  });

  it.each([
    ["aws_lambda_invocation_type", "Event", "responded with status 202"],
    ["aws_lambda_invocation_type", "DryRun", "responded with status 204"],
    ["aws_lambda_alias_or_version", "live", "responded with status 200"],
    ["aws_lambda_name", "arn:aws:lambda:eu-central-1:123456789012:function:quarantine", "responded with status 200"],
  ])("is invoked with %s %s", async (name, value, words) => {
    const request = requestFor(action, alertWith({}), { ...given(), [name]: value });
    expect(await action.run(request)).toMatchObject({ outcome: "done", answer: expect.stringContaining(words) });
  });

  it("receives metadata of the machine on request, and is not called without it", async () => {
    // A stand-in for the instance metadata service.
    const metadata = createServer(({ url = "" }, response) =>
      response.end(url.endsWith("/placement/region") ? "eu-central-1" : "{}"),
    );
    const port = await new Promise<number>((resolve) =>
      metadata.listen(0, "127.0.0.1", () => {
        const address = metadata.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      }),
    );
    vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", `http://127.0.0.1:${port}`);
    const request = requestFor(action, alertWith({}), { ...given(), additional_contexts: ["aws"] });
    expect(await action.run(request)).toMatchObject({ outcome: "done" });
    const received: unknown = JSON.parse(readFileSync(out, "utf8"));
    expect(received).toEqual({
      ...JSON.parse(request.alert.json),
      context: expect.objectContaining({ "aws.region": "eu-central-1" }),
    });
    const calls = front.asked.length;
    await new Promise((resolve) => metadata.close(resolve));
    metadata.closeAllConnections();
    expect(await action.run(request)).toMatchObject({
      reason: expect.stringContaining("this machine does not run on AWS"),
    });
    const node = requestFor(action, alertWith({}), { ...given(), additional_contexts: ["k8snode"] });
    expect(await action.run(node)).toMatchObject({ reason: expect.stringContaining("k8s.pod.name") });
    expect(front.asked).toHaveLength(calls);
  });

  it("fails the action when it fails, although AWS answers 200", async () => {
    const request = requestFor(action, alertWith({}, { rule: "Fail" }), given());
    expect(await action.run(request)).toEqual({
      outcome: "failed",
      reason: expect.stringMatching(/^function quarantine failed: .* responded with status 200: .*it can't/),
    });
  });

  it("rejects wrong keys and a missing function", async () => {
    const secret = "not this secret";
    const wrong = await action.run(requestFor(action, alertWith({}), { ...given(), secret_access_key: secret }));
    expect(wrong).toMatchObject({ outcome: "failed", reason: expect.stringContaining("403") });
    expect(JSON.stringify(wrong)).not.toContain(secret);
    const other = requestFor(action, alertWith({}), { ...given(), aws_lambda_name: "other" });
    expect(await action.run(other)).toMatchObject({ outcome: "failed", reason: expect.stringContaining("404") });
  });

  it("uses keys and region of the AWS environment", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", awsKeys.access_key_id);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", awsKeys.secret_access_key);
    vi.stubEnv("AWS_REGION", "eu-central-1");
    const request = requestFor(action, alertWith({}), { aws_lambda_name: "quarantine", endpoint: front.url });
    expect(await action.run(request)).toMatchObject({ outcome: "done" });
  });

  it("receives text of alerts as data", async () => {
    for (const [what, text] of Object.entries(hostile)) {
      const alert = alertWith({ "k8s.pod.name": text, [`x.${text}`]: text }, { rule: text });
      expect(await action.run(requestFor(action, alert, given())), what).toMatchObject({ outcome: "done" });
      expect(JSON.parse(readFileSync(out, "utf8")), what).toEqual(JSON.parse(alert.json));
      const { path, headers } = front.asked.at(-1) ?? { path: "", headers: {} };
      expect(path).toBe("/2015-03-31/functions/quarantine/invocations");
      expect(headers).not.toHaveProperty("x-injected");
    }
    expect(existsSync("/tmp/eyas-was-here")).toBe(false);
  });
});

describe("the signature", () => {
  const keys = { accessKeyId: awsKeys.access_key_id, secretAccessKey: awsKeys.secret_access_key };

  it("matches AWS's examples", () => {
    // The first example is from the test suite of signature version 4, the second from its documentation.
    const time = Date.UTC(2015, 7, 30, 12, 36);
    const vanilla = { method: "GET", url: new URL("https://example.amazonaws.com/"), headers: {}, body: "" };
    expect(signedHeaders(vanilla, keys, "us-east-1", "service", time).authorization).toBe(
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    );
    const users = {
      method: "GET",
      url: new URL("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"),
      headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      body: "",
    };
    expect(signedHeaders(users, keys, "us-east-1", "iam", time).authorization).toMatch(
      /Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7$/,
    );
  });

  it("matches the AWS SDK for any request", async () => {
    const when = new Date("2026-07-30T12:34:56Z");
    for (const [what, text] of Object.entries(hostile)) {
      if (!text.isWellFormed()) continue;
      const url = new URL("http://127.0.0.1:9000/");
      url.pathname = `/2015-03-31/functions/x${encodeURIComponent(text)}/invocations`;
      url.searchParams.set("Qualifier", text);
      for (const sessionToken of [undefined, "a+session/token=="]) {
        const headers = { "content-type": "application/json", "x-amz-invocation-type": "Event" };
        const unsigned = { method: "POST", url, headers, body: text };
        const ours = signedHeaders(unsigned, { ...keys, sessionToken }, "eu-central-1", "lambda", when.getTime());
        const asked = { ...unsigned, headers: { ...headers, host: url.host } };
        expect(ours.authorization, what).toBe(await sdkSignature(asked, sessionToken, when));
      }
    }
  });
});

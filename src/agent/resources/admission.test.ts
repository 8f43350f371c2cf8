import { request } from "node:https";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { makeCertificates } from "../../output/transport/certificates.fixture.ts";
import { Failure, InvalidRules } from "../failure.ts";
import { tryLoad } from "../load/trial.ts";
import { type AdmissionListener, openAdmissionListener } from "./admission.ts";
import { checkResource, type Trial } from "./check-resource.ts";

const rule = (name: string, condition: string): string =>
  `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: x\n  priority: INFO\n`;

const resource = (name: string, text: string, order = 0) => ({ name, uid: "", generation: 1, order, text });

/** The same loader as in the program. */
const trial: Trial = (resources) =>
  tryLoad({ rules: [], option: ["kubernetes.rules_resources=true"], resources }, [], { processor: 5000 });

test("a valid resource is allowed, with its warnings", async () => {
  const text = `- macro: unused\n  condition: evt.type = open\n${rule("a", "evt.type = open")}`;
  const verdict = await checkResource(resource("a", text), [], trial);
  expect(verdict).toEqual({ allowed: true, warnings: [expect.stringMatching(/^eyasrules\/a:1:\d+: .*unused/i)] });
});

test("all errors of a resource are reported with positions, without control characters", async () => {
  const text = rule("a", "evt.typ = open") + rule("b", '"proc.name = x and \\x1b[31m = y"');
  const verdict = await checkResource(resource("a", text), [], trial);
  expect(verdict).toEqual({
    allowed: false,
    reason: expect.stringMatching(/^eyasrules\/a:3:14: [^\n]*\neyasrules\/a:8:\d+: /),
  });
  expect(JSON.stringify(verdict)).not.toContain("\\u001b");
});

test("a resource is checked together with the other resources, in order", async () => {
  const macro = "- macro: opens\n  condition: evt.type = open\n";
  const user = resource("user", rule("user", "opens"));
  expect(await checkResource(user, [resource("z", macro, -1)], trial)).toMatchObject({ allowed: true });
  expect(await checkResource(user, [resource("z", macro, 1)], trial)).toMatchObject({ allowed: false });
  // The new version replaces the version in use, which another resource needs.
  const verdict = await checkResource(resource("z", "[]", -1), [resource("z", macro, -1), user], trial);
  expect(verdict).toEqual({ allowed: false, reason: expect.stringMatching(/^eyasrules\/user:3:14: /) });
});

test.each([
  ["without memory for a check", () => undefined],
  ["after an unexpected error", () => new Error("x")],
  ["if the rule files are invalid", () => new InvalidRules("x", new Map([["rules.yaml", ["rules.yaml:1:1: x"]]]))],
])("the failure policy decides %s", async (_, failure) => {
  const verdict = await checkResource(resource("a", ""), [], async () => {
    const error = failure();
    if (error !== undefined) throw error;
    return undefined;
  });
  expect(verdict).toHaveProperty("unknown");
});

test("a resource that exceeds a limit of the check is rejected", async () => {
  const verdict = await checkResource(resource("a", ""), [], async () => {
    throw new Failure("loading used more than 8 s of CPU time.");
  });
  expect(verdict).toEqual({ allowed: false, reason: "loading used more than 8 s of CPU time." });
});

describe("the webhook", needs("openssl"), () => {
  let listener: AdmissionListener;
  let ca: Buffer;
  let checks = 0;
  let block: Promise<undefined> | undefined;
  const settings = {
    enabled: true,
    listen_address: "127.0.0.1",
    listen_port: 0,
    client_authority: "",
    max_connections: 64,
  };
  beforeAll(async () => {
    const certificates = makeCertificates();
    ca = certificates.read("ca.crt");
    const files = { certificate: certificates.at("server.crt"), key: certificates.at("server.key") };
    listener = await openAdmissionListener(
      { ...settings, ...files },
      () => ({ wanted: [], inUse: new Map() }),
      async (resources) => {
        checks++;
        return block ?? trial(resources);
      },
    );
  });
  afterAll(() => listener.close());

  function post(body: string, type = "application/json"): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const headers = { "content-type": type };
      const sent = request(listener.url, { method: "POST", ca, headers, agent: false }, (response) => {
        let text = "";
        response.on("data", (bytes) => {
          text += bytes;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  const review = (
    spec: object,
    oldSpec?: object,
    kind: object = { group: "rules.eyas", version: "v1alpha1", kind: "EyasRules" },
  ) =>
    JSON.stringify({
      ...{ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" },
      request: {
        ...{ uid: "1234", kind, name: "a", operation: oldSpec === undefined ? "CREATE" : "UPDATE" },
        object: { metadata: { name: "a" }, spec },
        oldObject: oldSpec === undefined ? null : { metadata: { name: "a" }, spec: oldSpec },
      },
    });

  test("allows a valid resource, and rejects an invalid resource with the position of the error", async () => {
    const { status, text } = await post(review({ rules: rule("a", "evt.type = open") }));
    expect([status, JSON.parse(text)]).toEqual([
      200,
      {
        ...{ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" },
        response: { uid: "1234", allowed: true, warnings: [] },
      },
    ]);
    const { response } = JSON.parse((await post(review({ rules: rule("a", "evt.typ = open") }))).text);
    expect(response).toMatchObject({
      allowed: false,
      status: { code: 422, message: expect.stringMatching(/^eyasrules\/a:3:14: /) },
    });
  });

  test("allows a change that does not affect the rules, without a check", async () => {
    const before = checks;
    const spec = { rules: "- invalid", order: 0 };
    const { response } = JSON.parse((await post(review({ rules: "- invalid" }, spec))).text);
    expect([response.allowed, checks]).toEqual([true, before]);
  });

  test("rejects rules that are larger than the limit", async () => {
    const { response } = JSON.parse((await post(review({ rules: "é".repeat((1 << 19) + 1) }))).text);
    expect(response).toMatchObject({ allowed: false, status: { message: "spec.rules exceeds 1 MiB" } });
  });

  test.each([
    ["not JSON", "{"],
    ["another object", "{}"],
    ["a review without a UID", '{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {}}'],
    ["a review of another kind", review({ rules: "" }, undefined, { group: "", kind: "Secret" })],
  ])("rejects %s with status 400", async (_, body) => {
    expect((await post(body)).status).toBe(400);
  });

  test("rejects other media types", async () => {
    expect((await post(review({ rules: "" }), "text/plain")).status).toBe(415);
  });

  test("rejects reviews if many are waiting", async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    block = promise;
    const before = checks;
    const all = Array.from({ length: 40 }, () => post(review({ rules: rule("a", "evt.type = open") })));
    const first = await Promise.any(all);
    expect(first).toMatchObject({ status: 503, text: "Too many reviews are waiting: try again later.\n" });
    expect(checks - before).toBe(1); // one at a time
    resolve(undefined);
    await Promise.all(all);
    block = undefined;
  });

  test("requires a certificate", async () => {
    await expect(
      openAdmissionListener({ ...settings, certificate: "", key: "" }, () => ({ wanted: [], inUse: new Map() }), trial),
    ).rejects.toThrow("admission.certificate is missing: API servers require HTTPS.");
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alertWith, requestFor } from "../../../../test/response/alert.ts";
import { hostile } from "../../../../test/response/hostile.ts";
import { type Answer, type Receiver, type Request, startReceiver } from "../../../output/receiver.fixture.ts";
import { action as fission } from "./fission.ts";
import { action as openfaas } from "./openfaas.ts";
import { action as openwhisk } from "./openwhisk.ts";

let receiver: Receiver;
let answer: (request: Request) => Answer = () => ({ status: 404 });
beforeEach(async () => {
  receiver = await startReceiver((request) => answer(request));
});
afterEach(() => receiver.stop());

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
const isAlert = ({ headers, body }: Request) =>
  headers["content-type"] === "application/json; charset=utf-8" && typeof JSON.parse(body).output_fields === "object";

// Stand-ins for the gateways, with the documented paths, headers and responses. They reject all other requests.

describe("a stand-in for OpenFaaS's gateway", () => {
  beforeEach(() => {
    answer = (request) => {
      const { method, path, headers } = request;
      if (method !== "POST") return { status: 405 };
      if (headers.authorization !== basic("admin:pass:word")) return { status: 401, body: "invalid credentials" };
      if (!isAlert(request)) return { status: 400 };
      if (path === "/function/quarantine.security") return { body: "isolated web-1" };
      return { status: path === "/async-function/quarantine.security" ? 202 : 404 };
    };
  });
  const given = () => ({
    gateway: receiver.url,
    function: "quarantine",
    namespace: "security",
    username: "admin",
    password: "pass:word",
  });

  it("calls a function and returns its response", async () => {
    const request = requestFor(openfaas, alertWith({ "proc.name": "cat" }), given());
    expect(await openfaas.run(request)).toEqual({
      outcome: "done",
      answer: "function quarantine.security responded with status 200: isolated web-1",
    });
    expect(JSON.parse(receiver.requests[0]!.body)).toEqual(JSON.parse(request.alert.json));
    expect(openfaas.target(request.alert, request.parameters)).toEqual({
      target: "function quarantine.security of OpenFaaS",
    });
  });

  it("queues a call", async () => {
    const request = requestFor(openfaas, alertWith({}), { ...given(), async: true });
    expect(await openfaas.run(request)).toEqual({
      outcome: "done",
      answer: "function quarantine.security responded with status 202",
    });
  });

  it("rejects a wrong password, which is not disclosed", async () => {
    const result = await openfaas.run(requestFor(openfaas, alertWith({}), { ...given(), password: "not this" }));
    expect(result).toEqual({
      outcome: "failed",
      reason: `function quarantine.security: ${new URL(receiver.url).host} responded with status 401: invalid credentials`,
    });
  });
});

describe("a stand-in for Fission's router", () => {
  beforeEach(() => {
    answer = (request) => {
      if (request.method !== "POST" || !isAlert(request)) return { status: 400 };
      if (!/^[0-9a-f-]{36}$/.test(String(request.headers["event-id"]))) return { status: 400 };
      const known = ["/fission-function/quarantine", "/fission-function/security/quarantine"];
      return { status: known.includes(request.path) ? 200 : 404 };
    };
  });

  it.each(["default", "security"])("calls a function of the namespace %s", async (namespace) => {
    const given = { router: receiver.url, function: "quarantine", namespace };
    expect(await fission.run(requestFor(fission, alertWith({}), given))).toMatchObject({ outcome: "done" });
    expect(await fission.run(requestFor(fission, alertWith({}), { ...given, function: "other" }))).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("404"),
    });
  });
});

describe("a stand-in for OpenWhisk", () => {
  beforeEach(() => {
    answer = (request) => {
      const { method, headers } = request;
      const url = new URL(request.path, "http://whisk");
      if (headers.authorization !== basic("23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZ")) return { status: 401 };
      if (method !== "POST" || !isAlert(request)) return { status: 400 };
      if (url.pathname !== "/api/v1/namespaces/_/actions/security/quarantine") return { status: 404 };
      if ([...url.searchParams.keys()].join() !== "blocking,result") return { status: 400 };
      if (url.searchParams.get("blocking") !== "true") return { status: 202, body: '{"activationId":"4711"}' };
      const { rule } = JSON.parse(request.body);
      return rule === "Fail" ? { status: 502, body: '{"error":"it can\'t"}' } : { body: '{"isolated":"web-1"}' };
    };
  });
  const given = () => ({
    api: receiver.url,
    function: "security/quarantine",
    key: "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZ",
  });

  it("invokes an action, with or without waiting", async () => {
    const alert = alertWith({});
    expect(await openwhisk.run(requestFor(openwhisk, alert, given()))).toEqual({
      outcome: "done",
      answer: 'action security/quarantine responded with status 200: {"isolated":"web-1"}',
    });
    expect(await openwhisk.run(requestFor(openwhisk, alert, { ...given(), wait: "false" }))).toEqual({
      outcome: "done",
      answer: 'action security/quarantine responded with status 202: {"activationId":"4711"}',
    });
  });

  it("reports a failed action and missing permissions", async () => {
    const failing = alertWith({}, { rule: "Fail" });
    expect(await openwhisk.run(requestFor(openwhisk, failing, given()))).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("502"),
    });
    expect(await openwhisk.run(requestFor(openwhisk, alertWith({}), { ...given(), key: "a:b" }))).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("401"),
    });
  });
});

describe("all gateways", () => {
  const all = [
    [openfaas, "gateway", "/function/f.n", { namespace: "n" }],
    [fission, "router", "/fission-function/n/f", { namespace: "n" }],
    [openwhisk, "api", "/api/v1/namespaces/n/actions/f?blocking=true&result=true", { namespace: "n" }],
  ] as const;
  beforeEach(() => {
    answer = () => ({ body: "" });
  });

  it.each(all)("text of alerts is data: $0.name", async (action, address, path, more) => {
    for (const [what, text] of Object.entries(hostile)) {
      const alert = alertWith({ "proc.cmdline": text }, { rule: text, output: text });
      const given = { [address]: receiver.url, function: "f", ...more };
      expect(await action.run(requestFor(action, alert, given)), what).toMatchObject({ outcome: "done" });
      const last = receiver.requests.at(-1);
      expect(last?.path).toBe(path);
      expect(JSON.parse(last?.body ?? ""), what).toEqual(JSON.parse(alert.json));
      expect(last?.headers, what).not.toHaveProperty("x-injected");
    }
  });

  it.each(all)("a name stays within its part of the path: $0.name", async (action, address, _path, more) => {
    for (const name of ["..", ".", "a?b=c", "a%2f..", "a#b", "a\r\nb", "a b;c"]) {
      const before = receiver.requests.length;
      const given = { [address]: receiver.url, ...more, function: name, namespace: name };
      const result = await action.run(requestFor(action, alertWith({}), given));
      for (const { path } of receiver.requests.slice(before)) {
        expect(path.split("?")[0]).toContain(encodeURIComponent(name));
        expect(path.split("?")[1] ?? "", name).not.toContain("b=c");
      }
      if (/^\.+$/.test(name) && action !== openfaas) expect(result.outcome, name).toBe("failed");
    }
  });
});

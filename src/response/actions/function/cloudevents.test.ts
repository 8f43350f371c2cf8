import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cloudEvent } from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alertWith, requestFor } from "../../../../test/response/alert.ts";
import { hostile } from "../../../../test/response/hostile.ts";
import { type Receiver, startReceiver } from "../../../output/receiver.fixture.ts";
import { action } from "./cloudevents.ts";

/** The properties of an event that the function uses. */
interface Event {
  readonly id: string;
  readonly rule: string;
}

const modes = ["binary", "structured"] as const;

describe.each(modes)("a function of Google's Functions Framework, in %s mode", (mode) => {
  let server: Server;
  let url = "";
  /** Directory to which the function writes. */
  let folder = "";

  beforeAll(async () => {
    cloudEvent(`quarantine-${mode}`, (received: unknown) => {
      const event = received as Event;
      if (event.rule === "Fail%20please" || event.rule === "Fail please") throw new Error("it can't");
      writeFileSync(join(folder, event.id), JSON.stringify(event));
    });
    server = getTestServer(`quarantine-${mode}`);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`;
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "eyas-function-"));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const seen = () => readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
  /** Decodes header values as the specification requires, which the framework does not do. */
  const read = (text: string) => (mode === "binary" ? decodeURIComponent(text) : text);

  it("receives the alert, and its response is the result", async () => {
    const alert = alertWith({ "fd.name": "/etc/shadow", "k8s.pod.name": "web-1", "proc.pid": 4711 });
    const given = {
      url,
      mode,
      extensions: { environment: "production" },
      extension_fields: { pod: "k8s.pod.name", pid: "proc.pid", none: "fd.sip" },
    };
    expect(await action.run(requestFor(action, alert, given))).toEqual({
      outcome: "done",
      answer: `${new URL(url).host} responded with status 204`,
    });
    const [event] = seen();
    expect(event).toMatchObject({
      specversion: "1.0",
      id: alert.id,
      source: "https://falco.org",
      type: "falco.rule.output.v1",
      time: "2026-07-30T12:34:56.123456789Z",
      priority: "Warning",
      eventsource: "syscall",
      hostname: "cell-7",
      environment: "production",
      pod: "web-1",
      pid: "4711",
      data: JSON.parse(alert.json),
    });
    expect(read(event.rule)).toBe("Read sensitive file");
    expect(event).not.toHaveProperty("none");
  });

  it("fails the action when it fails", async () => {
    const alert = alertWith({}, { rule: "Fail please" });
    expect(await action.run(requestFor(action, alert, { url, mode }))).toEqual({
      outcome: "failed",
      reason: expect.stringMatching(/^127\.0\.0\.1:\d+: .* responded with status 500/),
    });
    expect(seen()).toEqual([]);
  });

  it("receives text of alerts as data", async () => {
    for (const [what, text] of Object.entries(hostile)) {
      const id = `alert-${Object.keys(hostile).indexOf(what)}`;
      const alert = alertWith({ "proc.cmdline": text, "k8s.pod.name": text }, { id, rule: text, hostname: text });
      const given = { url, mode, extension_fields: { pod: "k8s.pod.name" } };
      expect(await action.run(requestFor(action, alert, given)), what).toMatchObject({ outcome: "done" });
      const event = JSON.parse(readFileSync(join(folder, id), "utf8"));
      expect(event.data, what).toEqual(JSON.parse(alert.json));
      expect(Object.keys(event).sort(), what).toEqual(
        ["data", "eventsource", "hostname", "id", "pod", "priority", "rule", "source", "specversion", "time", "type"]
          .concat(mode === "structured" ? "datacontenttype" : [])
          .concat(event.datacontenttype !== undefined && mode === "binary" ? "datacontenttype" : [])
          .sort(),
      );
      // Control characters and lone surrogates are not allowed in attributes.
      const allowed = text
        .slice(0, 512)
        .toWellFormed()
        .replaceAll(/\p{Cc}/gu, "\ufffd");
      for (const name of ["rule", "hostname", "pod"]) expect(read(event[name]), what).toBe(allowed);
    }
  });
});

describe("the request", () => {
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await startReceiver();
    return () => receiver.stop();
  });

  it("encodes headers as the specification requires", async () => {
    const alert = alertWith({}, { rule: 'Euro € 😀 "100%" a~!#' });
    await action.run(requestFor(action, alert, { url: receiver.url }));
    const { headers } = receiver.requests[0]!;
    expect(headers["ce-rule"]).toBe("Euro%20%E2%82%AC%20%F0%9F%98%80%20%22100%25%22%20a~!#");
    expect(headers["ce-source"]).toBe("https://falco.org");
    expect(headers["content-type"]).toBe("application/json");
    expect(headers).not.toHaveProperty("ce-datacontenttype");
  });

  it("sets the content type in structured mode, and keeps large numbers", async () => {
    const alert = alertWith({}, { json: '{"output_fields":{"evt.num":18446744073709551615}}' });
    await action.run(requestFor(action, alert, { url: receiver.url, mode: "structured" }));
    const { headers, body } = receiver.requests[0]!;
    expect(headers["content-type"]).toBe("application/cloudevents+json; charset=utf-8");
    expect(body).toContain('"data":{"output_fields":{"evt.num":18446744073709551615}}');
    expect(JSON.parse(body)).toMatchObject({ specversion: "1.0", datacontenttype: "application/json" });
  });

  it("sends a token and additional headers, the same at each attempt", async () => {
    const given = { url: `${receiver.url}/a?b=c`, token: "the token", headers: { "X-Team": "blue" } };
    const request = requestFor(action, alertWith({}), given);
    await action.run(request);
    await action.run(request);
    for (const { headers, path } of receiver.requests) {
      expect(path).toBe("/a?b=c");
      expect(headers).toMatchObject({ authorization: "Bearer the token", "x-team": "blue" });
      expect(headers["idempotency-key"]).toBe(request.key);
    }
    expect(action.target(request.alert, request.parameters)).toEqual({ target: `function ${receiver.url}/a` });
  });

  it("rejects reserved names and headers", () => {
    const { extensions, extension_fields: fields, headers } = action.parameters;
    for (const name of ["id", "data", "Pod", "a-b", "", "a".repeat(21), "__proto__", "source"]) {
      expect(extensions!.check({ [name]: "x" }), name).toBeUndefined();
      expect(fields!.check(JSON.parse(`{${JSON.stringify(name)}:"x"}`)), name).toBeUndefined();
    }
    for (const name of ["Host", "content-length", "ce-id", "a b", "a\r\nb", "Transfer-Encoding"])
      expect(headers!.check({ [name]: "x" }), name).toBeUndefined();
    expect(headers!.check({ "x-a": "b\r\nx-c: d" })).toBeUndefined();
    expect(headers!.check({ "x-a": "b" })).toEqual({ "x-a": "b" });
  });

  it("states the fields that its parameters name", () => {
    const { parameters } = requestFor(action, alertWith({}), {
      url: receiver.url,
      extension_fields: { pod: "k8s.pod.name" },
    });
    expect(action.fieldsIn?.(parameters)).toEqual(["k8s.pod.name"]);
  });

  it("does not follow redirects", async () => {
    const other = await startReceiver();
    const first = await startReceiver(() => ({ status: 307, headers: { location: other.url } }));
    const given = { url: first.url, token: "the token" };
    expect(await action.run(requestFor(action, alertWith({}), given))).toEqual({
      outcome: "failed",
      reason: expect.stringContaining("307 (redirects are not followed)"),
    });
    expect(other.requests).toEqual([]);
    await Promise.all([first.stop(), other.stop()]);
  });
});

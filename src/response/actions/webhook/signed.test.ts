import { createHmac, timingSafeEqual } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { alertWith, requestFor } from "../../../../test/response/alert.ts";
import { hostile } from "../../../../test/response/hostile.ts";
import { type Receiver, type Request, startReceiver } from "../../../output/receiver.fixture.ts";
import { signatureOf } from "./signature.ts";
import { action } from "./signed.ts";

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.stop());

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** Verifies a signature as described in docs/responses-platforms.md. */
function isGenuine({ headers, body }: Request, key: Buffer): boolean {
  const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signatures = "" } = headers;
  if (Math.abs(Date.now() / 1000 - Number(time)) > 300) return false;
  const expected = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest();
  return String(signatures)
    .split(" ")
    .some((one) => {
      const given = Buffer.from(one.replace(/^v1,/, ""), "base64");
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
}

const keyOf = (text: string) => Buffer.from(text.replace(/^whsec_/, ""), "base64");

it("signs as the example of Standard Webhooks", () => {
  expect(signatureOf(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}')).toBe(
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  );
});

it("sends the alert with a verifiable signature, timestamp and id", async () => {
  const request = requestFor(action, alertWith({ "proc.name": "cat" }), { url: receiver.url, secret });
  expect(await action.run(request)).toEqual({
    outcome: "done",
    answer: `${new URL(receiver.url).host} responded with status 200`,
  });
  await action.run(request);
  const [first, second] = [receiver.requests[0]!, receiver.requests[1]!];
  expect(first.body).toBe(request.alert.json);
  expect(isGenuine(first, keyOf(secret))).toBe(true);
  expect(isGenuine({ ...first, body: `${first.body} ` }, keyOf(secret))).toBe(false);
  expect(isGenuine(first, keyOf("whsec_AAAA"))).toBe(false);
  const later = { ...first.headers, "webhook-timestamp": String(Number(first.headers["webhook-timestamp"]) + 1) };
  expect(isGenuine({ ...first, headers: later }, keyOf(secret))).toBe(false);
  for (const { headers } of [first, second]) {
    expect(headers).toMatchObject({ "webhook-id": request.key, "idempotency-key": request.key });
  }
});

it("signs with each of several secrets, read from the file at each call", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "eyas-webhook-")), "secret");
  writeFileSync(file, `${secret}\n`);
  const request = requestFor(action, alertWith({}), { url: receiver.url, secret_file: file });
  await action.run(request);
  writeFileSync(file, `plain words\n${secret}\n`);
  await action.run(request);
  const [before, during] = [receiver.requests[0]!, receiver.requests[1]!];
  expect(isGenuine(before, Buffer.from("plain"))).toBe(false);
  for (const key of [keyOf(secret), Buffer.from("plain"), Buffer.from("words")])
    expect(isGenuine(during, key)).toBe(true);
});

it("sends nothing without a secret", async () => {
  expect(await action.run(requestFor(action, alertWith({}), { url: receiver.url }))).toEqual({
    outcome: "failed",
    reason: "no signing secret is configured: set `secret` or `secret_file`",
  });
  expect(receiver.requests).toEqual([]);
});

it("does not disclose the secret or the path of the URL", async () => {
  const talkative = await startReceiver(() => ({ status: 500, body: `no ${secret} ${"token"}` }));
  const request = requestFor(action, alertWith({}), { url: `${talkative.url}/hook?key=hidden`, secret });
  const result = await action.run(request);
  expect(result).toMatchObject({
    outcome: "failed",
    reason: expect.stringMatching(/responded with status 500: no \*\*\* token$/),
  });
  expect(action.target(request.alert, request.parameters)).toEqual({
    target: `webhook at ${new URL(talkative.url).host}`,
  });
  expect(action.parameters.url!.secret).toBe(true);
  await talkative.stop();
});

it("treats text of the alert as data", async () => {
  for (const [what, text] of Object.entries(hostile)) {
    const alert = alertWith({ "proc.cmdline": text, [`x.${text}`]: text }, { rule: text });
    const given = { url: receiver.url, secret };
    expect(await action.run(requestFor(action, alert, given)), what).toMatchObject({ outcome: "done" });
    const last = receiver.requests.at(-1);
    expect(last?.path, what).toBe("/");
    expect(JSON.parse(last?.body ?? ""), what).toMatchObject({ rule: text, output_fields: { "proc.cmdline": text } });
    expect(last !== undefined && isGenuine(last, keyOf(secret)), what).toBe(true);
    expect(last?.headers, what).not.toHaveProperty("x-injected");
  }
});

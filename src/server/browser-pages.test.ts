import { afterEach, expect, test } from "vitest";
import { type IntakeServer, openIntake } from "./intake.ts";
import { textReply } from "./listener.ts";

let server: IntakeServer | undefined;
afterEach(() => server?.close());

test.each([
  { origin: "http://evil.example" },
  { origin: "null" },
  { origin: "http://127.0.0.1:9765" },
  { "sec-fetch-site": "same-origin" },
])("requests of web pages are rejected, also with DNS rebinding: %j", async (headers: Record<string, string>) => {
  const taken: string[] = [];
  const endpoint = {
    ...{ types: ["application/json"], maxBody: 1000, check: undefined },
    handle: ({ body }: { readonly body: Buffer }) => {
      taken.push(body.toString());
      return textReply(200, "Taken.");
    },
  };
  const where = { address: "127.0.0.1", port: 0, tls: undefined, maxRate: 0, name: "The endpoint" };
  const opened = await openIntake({ ...where, keys: { address: "a", port: "p" } }, new Map([["/", endpoint]]));
  server = opened;
  const post = async (more: Record<string, string>) => {
    const asking = { method: "POST", body: "{}", headers: { "content-type": "application/json", ...more } };
    return (await fetch(opened.url, asking)).status;
  };
  expect(await post(headers)).toBe(403);
  expect(taken).toEqual([]);
  expect(await post({})).toBe(200);
});

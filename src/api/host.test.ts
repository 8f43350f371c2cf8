import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { isFromElsewhere } from "./host.ts";

const isForeign = (headers: IncomingMessage["headers"], publicOrigin = ""): boolean =>
  isFromElsewhere({ headers } as IncomingMessage, false, publicOrigin);

test("requests from the public URL are accepted, for example behind a proxy that terminates TLS", () => {
  const headers = { host: "127.0.0.1:8766", origin: "https://eyas.example.org" };
  expect(isForeign(headers)).toBe(true);
  expect(isForeign(headers, "https://eyas.example.org")).toBe(false);
  expect(isForeign({ ...headers, "sec-fetch-site": "cross-site" }, "https://eyas.example.org")).toBe(true);
  for (const origin of ["https://eyas.example.org.evil.example", "http://eyas.example.org", "null", ""])
    expect(isForeign({ ...headers, origin }, "https://eyas.example.org")).toBe(true);
});

test("without a public URL, only requests from the address of the request are accepted", () => {
  expect(isForeign({ host: "127.0.0.1:8766", origin: "http://127.0.0.1:8766" })).toBe(false);
  expect(isForeign({ host: "127.0.0.1:8766", origin: "" })).toBe(true);
  expect(isForeign({ host: "127.0.0.1:8766" })).toBe(false);
});

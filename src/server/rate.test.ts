import { expect, test } from "vitest";
import { limitRate } from "./rate.ts";

test("each client has its own rate limit, which refills over time", () => {
  let now = 0;
  const rate = limitRate(2, () => now);
  expect([rate.delay("192.0.2.1"), rate.delay("192.0.2.1"), rate.delay("192.0.2.1")]).toEqual([0, 0, 1]);
  expect(rate.delay("192.0.2.2")).toBe(0);
  now = 500;
  expect([rate.delay("192.0.2.1"), rate.delay("192.0.2.1")]).toEqual([0, 1]);
  now = 60_000;
  expect(Array.from({ length: 3 }, () => rate.delay("192.0.2.1"))).toEqual([0, 0, 1]);
});

test("a rate below one accepts the first request", () => {
  let now = 0;
  const rate = limitRate(0.5, () => now);
  expect([rate.delay("192.0.2.1"), rate.delay("192.0.2.1")]).toEqual([0, 2]);
  now = 2000;
  expect(rate.delay("192.0.2.1")).toBe(0);
});

test("all addresses of an IPv6 /64 are one client", () => {
  const rate = limitRate(1, () => 0);
  expect([rate.delay("192.0.2.1"), rate.delay("::ffff:192.0.2.1")]).toEqual([0, 1]);
  expect([rate.delay("2001:db8:1:2::1"), rate.delay("2001:db8:1:2:3:4:5:6"), rate.delay("2001:db8:1:3::1")]).toEqual([
    0, 1, 0,
  ]);
  expect([rate.delay("2001:db8::1"), rate.delay("2001:db8:0:0:7::")]).toEqual([0, 1]);
});

test("memory is bounded for a client with many addresses", () => {
  const rate = limitRate(1, () => 0);
  rate.delay("192.0.2.1");
  for (let i = 0; i < 5000; i++) rate.delay(`10.0.${i >> 8}.${i & 255}`);
  expect(rate.delay("10.0.19.135")).toBe(1);
  expect(rate.delay("192.0.2.1")).toBe(0);
});

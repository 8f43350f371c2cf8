import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { InternalEvent } from "../../alert/internal.ts";
import { openLargeBodies } from "./large-bodies.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const reason = "The body exceeds the limit of 1000 bytes.";
const FROM = "https://0.0.0.0:9765/k8s-audit";

function opened() {
  const raised: InternalEvent[] = [];
  const bodies = openLargeBodies((event) => raised.push(event));
  const add = (peer: string, bytes?: number, from = FROM) => bodies.add("k8s_audit", from, { peer, bytes, reason });
  return { raised, bodies, add };
}

test("a rejected request raises an alert with sender and size", () => {
  const { raised, add } = opened();
  add("10.0.0.1", 70_000_000);
  expect(raised).toEqual([
    {
      rule: "Eyas internal: request too large",
      priority: "Error",
      message:
        "1 request of 70000000 bytes from 10.0.0.1 was rejected at https://0.0.0.0:9765/k8s-audit with status 413; k8s_audit events may be lost: The body exceeds the limit of 1000 bytes.",
      fields: {
        ...{ "eyas.source": "k8s_audit", "eyas.from": FROM, "eyas.peers": "10.0.0.1", "eyas.requests": 1 },
        ...{ "eyas.bytes": 70_000_000, "eyas.reason": reason },
      },
    },
  ]);
});

test("an origin has one alert per minute, which counts the requests since the last alert", () => {
  const { raised, add } = opened();
  for (let i = 0; i < 100; i++) add(`10.0.0.${i}`, i === 0 ? undefined : i);
  add("10.0.0.1", 1, "http://127.0.0.1:1/other");
  expect(raised.map(({ fields }) => [fields["eyas.requests"], fields["eyas.bytes"]])).toEqual([
    [1, undefined],
    [1, 1],
  ]);
  vi.advanceTimersByTime(60_000);
  expect(raised.slice(2).map(({ fields }) => fields)).toMatchObject([
    { "eyas.requests": 99, "eyas.bytes": 99, "eyas.peers": "10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5" },
  ]);
  vi.advanceTimersByTime(120_000);
  expect(raised.length).toBe(3);
  add("10.0.0.9", 9);
  expect(raised.at(-1)?.fields).toMatchObject({ "eyas.requests": 1, "eyas.peers": "10.0.0.9" });
});

test("closing reports the requests that were only counted, and leaves no timer", () => {
  const { raised, bodies, add } = opened();
  add("10.0.0.1", 1);
  add("10.0.0.1", 2);
  bodies.flush();
  expect(raised.map(({ fields }) => fields["eyas.bytes"])).toEqual([1, 2]);
  bodies.flush();
  expect([raised.length, vi.getTimerCount()]).toEqual([2, 0]);
});

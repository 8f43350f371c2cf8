import { expect, test } from "vitest";
import type { Json } from "../../event/document.ts";
import { openAuditReader, splitAudit } from "./split.ts";

const received = { time: 1n };
const stageTimestamp = "2026-11-25T00:05:03.003333123+01:00";
const TIME = 1795561503003333123n;

function split(value: Json, most = 1000) {
  const { documents, refused } = splitAudit(value, received, most);
  return { times: documents.map(({ time }) => time), refused: refused.map(({ part, reason }) => [part, reason]) };
}

const event = (auditID: string) => ({ kind: "Event", auditID, stageTimestamp });

test("an event, a list of events and lists of both yield events with the time of their stage", () => {
  expect(split(event("a"))).toEqual({ times: [TIME], refused: [] });
  const list = { kind: "EventList", items: [{ stageTimestamp }, event("b")] };
  expect(split(list).times).toHaveLength(2);
  expect(split([event("a"), [list, []]]).times).toHaveLength(3);
  expect(split({ kind: "EventList", items: [] })).toEqual({ times: [], refused: [] });
});

test("events keep their order", () => {
  const { documents } = splitAudit({ kind: "EventList", items: [event("a"), event("b"), event("c")] }, received, 999);
  expect(documents.map(({ value }) => value)).toEqual([event("a"), event("b"), event("c")]);
});

test("an invalid event and an event without a time are rejected individually", () => {
  expect(split({ kind: "EventList", items: [event("a"), { kind: "Event" }, 7, { stageTimestamp: "soon" }] })).toEqual({
    times: [TIME],
    refused: [
      [2, "no_time"],
      [3, "not_audit"],
      [4, "no_time"],
    ],
  });
  expect(split([event("a"), { kind: 0 }, event("b")]).times).toHaveLength(2);
});

const whole = {
  ...{ kind: "Event", auditID: "a", stage: "ResponseComplete", requestURI: "/api", verb: "create" },
  ...{ user: { username: "mallory" }, objectRef: { resource: "pods", name: "x" }, stageTimestamp },
  annotations: { "authorization.k8s.io/decision": "allow" },
} as const;
const marked = { ...whole, annotations: { ...whole.annotations, "audit.k8s.io/truncated": "true" } };

test("an event that is too large or nested too deeply is truncated: bodies are removed, and texts shortened", () => {
  const values = (value: Json) => splitAudit(value, received, 1000).documents.map(({ value }) => value);
  expect(values({ ...whole, requestObject: "x".repeat(2000) })).toEqual([marked]);
  expect(values({ ...whole, padding: "x".repeat(2000) })).toEqual([marked]);
  let deep: Json = [];
  for (let i = 0; i < 200; i++) deep = [deep];
  expect(values({ kind: "EventList", items: [whole, { ...whole, requestObject: deep }] })).toEqual([whole, marked]);
  const [long] = values({ ...whole, requestURI: "/".repeat(1_000_000), userAgent: "x".repeat(1_000_000) });
  expect(JSON.stringify(long).length).toBeLessThan(10_000);
  const [wide] = values({ ...whole, user: { groups: Array(1000).fill("y".repeat(5000)) } });
  expect(JSON.stringify(wide).length).toBeLessThan(50_000);
});

test("the beginning of a line that is too long yields an event with its complete members", () => {
  const { stageTimestamp: _, annotations: __, ...first } = whole;
  const { annotations } = { annotations: { "audit.k8s.io/truncated": "true" } };
  const ending = (text: string) => openAuditReader().beginning?.(Buffer.from(text), received);
  const body = '"requestObject":{"a":"},\\"{[","b":{"c":[';
  expect(ending(`${JSON.stringify(first).slice(0, -1)},${body}`)).toEqual({
    time: 1n,
    value: { ...first, annotations },
  });
  for (const text of ["", "{", "x", '{"kind":"Event"', '{"kind" "Event",', "[1,2,"])
    expect(ending(text)?.value).toMatchObject({ auditID: "", annotations });
  expect(ending(`${JSON.stringify(whole).slice(0, -1)},${body}`)?.time).toBe(TIME);
});

test.each([[null], [7], ["x"], [{}], [{ kind: 0 }], [{ kind: "EventList", items: {} }], [{ kind: "Pod" }]])(
  "%j is not an audit event",
  (value) => {
    expect(split(value)).toEqual({ times: [], refused: [[1, "not_audit"]] });
  },
);

test("deeply nested lists do not exhaust the stack or memory", () => {
  let deep: Json = [];
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(split(deep)).toEqual({ times: [], refused: [[1, "not_audit"]] });
  expect(split({ ...event("a"), requestObject: deep })).toEqual({ times: [TIME], refused: [] });
});

import { expect, test } from "vitest";
import type { Json } from "../../event/document.ts";
import { splitAudit } from "./split.ts";

const received = { time: 1n };
const stageTimestamp = "2026-11-25T00:05:03.003333123+01:00";
const TIME = 1795561503003333123n;

function split(value: Json, most = 1000) {
  const { documents, refused } = splitAudit(value, received, most);
  return { times: documents.map(({ time }) => time), refused: refused.map(({ part, reason }) => [part, reason]) };
}

const event = (auditID: string) => ({ kind: "Event", auditID, stageTimestamp });

test("an event, a list of events and lists of both give events with the time of their stage", () => {
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

test("an invalid event, one without a time and one that is too large are rejected individually", () => {
  expect(split({ kind: "EventList", items: [event("a"), { kind: "Event" }, 7, { stageTimestamp: "soon" }] })).toEqual({
    times: [TIME],
    refused: [
      [2, "no_time"],
      [3, "not_audit"],
      [4, "no_time"],
    ],
  });
  expect(split([event("a"), { kind: 0 }, event("b")]).times).toHaveLength(2);
  expect(split({ ...event("a"), requestObject: "x".repeat(2000) })).toEqual({ times: [], refused: [[1, "too_large"]] });
});

test.each([[null], [7], ["x"], [{}], [{ kind: 0 }], [{ kind: "EventList", items: {} }], [{ kind: "Pod" }]])(
  "%j is no audit event",
  (value) => {
    expect(split(value)).toEqual({ times: [], refused: [[1, "not_audit"]] });
  },
);

test("deeply nested lists exhaust nothing", () => {
  let deep: Json = [];
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(split(deep)).toEqual({ times: [], refused: [[1, "not_audit"]] });
  expect(split({ ...event("a"), requestObject: deep })).toEqual({ times: [], refused: [[1, "too_deep"]] });
});

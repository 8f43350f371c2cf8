import { expect, test } from "vitest";
import type { JsonObject } from "../event/document.ts";
import { identityOf } from "./identity.ts";

const event = {
  ...{
    kind: "Event",
    auditID: "a",
    stage: "ResponseComplete",
    verb: "create",
    requestURI: "/api/v1/namespaces/shop/pods",
  },
  user: { username: "alice" },
  requestReceivedTimestamp: "2026-11-27T18:14:16.367883Z",
  stageTimestamp: "2026-11-27T18:14:16.627569Z",
};

const of = (value: JsonObject) => identityOf({ time: 1n, value });

test("an event has the same identity from the webhook and the log file", () => {
  expect(of({ ...event, requestObject: { a: 1 } })).toBe(of({ requestObject: { a: 1 }, ...event }));
});

test("an audit ID that a client repeats does not hide its other requests", () => {
  const others = [
    { ...event, stage: "ResponseStarted" },
    { ...event, stageTimestamp: "2026-11-27T18:14:16.627570Z" },
    { ...event, requestReceivedTimestamp: "2026-11-27T18:14:16.367884Z" },
    { ...event, verb: "delete" },
    { ...event, requestURI: "/api/v1/namespaces/kube-system/pods" },
    { ...event, user: { username: "mallory" } },
    { ...event, annotations: { "audit.k8s.io/truncated": "true" } },
  ];
  expect(new Set([event, ...others].map(of)).size).toBe(8);
});

test("an event without ID or time has no identity", () => {
  const { auditID: _, ...nameless } = event;
  const { stageTimestamp: __, ...timeless } = event;
  expect([of(nameless), of(timeless)]).toEqual([undefined, undefined]);
});

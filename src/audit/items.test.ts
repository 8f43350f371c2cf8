import { expect, test } from "vitest";
import { eventWithoutBodies, itemTexts } from "./items.ts";

const bytes = (value: unknown): Buffer => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const texts = (value: unknown): string[] => [...itemTexts(bytes(value))].map((text) => Buffer.from(text).toString());

const tricky = { kind: "Event", text: '"}],{[\\"items":[', inner: { items: [{ a: [{}] }] }, é: "\u{1f98a}" };

test("the events of a list, of a list of events, and a single event are found without parsing", () => {
  const events = [tricky, { kind: "Event", n: 2 }, {}];
  const each = events.map((event) => JSON.stringify(event));
  expect(texts({ kind: "EventList", metadata: { items: [{ no: 1 }] }, items: events, more: [{ no: 2 }] })).toEqual(
    each,
  );
  expect(texts(JSON.stringify({ items: events }, undefined, 2)).map((text) => JSON.parse(text))).toEqual(events);
  expect(texts(events)).toEqual(each);
  expect(texts(tricky)).toEqual([JSON.stringify(tricky)]);
  expect(texts({ kind: "Event", requestObject: events })).toHaveLength(1);
  expect(texts(`${each[0]}\n\n${JSON.stringify({ items: events })}\n${each[1]}\n${JSON.stringify(events)}`)).toEqual([
    ...[each[0], ...each, each[1], ...each],
  ]);
  expect(["", "[]", "7", '"{}"', "[[]]", '{"items":[1,"x"]}'].map((text) => texts(text).length)).toEqual([
    ...[0, 0, 0, 0, 0, 1],
  ]);
});

test("damaged texts are read without an error", () => {
  const whole = JSON.stringify({ items: [tricky, tricky] });
  for (let end = 0; end < whole.length; end++) {
    for (const text of itemTexts(bytes(whole.slice(0, end)))) eventWithoutBodies(text);
    eventWithoutBodies(bytes(whole.slice(0, end)));
  }
  expect(texts("]]}}[{}]{}")).toBeDefined();
});

test("an event keeps user, request and time, regardless of the position of its bodies", () => {
  const event = {
    ...{ kind: "Event", auditID: "a", stage: "ResponseComplete", verb: "create" },
    ...{ requestObject: { spec: [{}, "]}"] }, user: { username: "al\u00efce" }, responseObject: {} },
    ...{ stageTimestamp: "2026-11-27T12:00:00Z", annotations: { "authorization.k8s.io/decision": "allow" } },
  };
  const { requestObject: _, responseObject: __, ...kept } = event;
  const expected = {
    ...kept,
    user: { username: Buffer.from("al\u00efce").toString("latin1") },
    annotations: { ...event.annotations, "audit.k8s.io/truncated": "true" },
  };
  expect(eventWithoutBodies(bytes(event))).toEqual(expected);
  expect(eventWithoutBodies(bytes(JSON.stringify(event, undefined, 1)))).toEqual(expected);
  const padded = { pad: "x".repeat(70_000), ...event, more: Array.from({ length: 50_000 }, () => ({})) };
  expect(eventWithoutBodies(bytes(padded))).toEqual(expected);
  expect(eventWithoutBodies(bytes("x"))).not.toHaveProperty("stageTimestamp");
});

test("long members from a client do not displace the members that identify its request", () => {
  const objectRef = { resource: "secrets", namespace: "shop", name: "db" };
  const event = {
    ...{ kind: "Event", auditID: "a", stage: "ResponseComplete", requestURI: `/${"x".repeat(65_480)}`, verb: "get" },
    ...{ user: { username: "mallory" }, sourceIPs: Array.from({ length: 5955 }, () => "10.0.0.1"), objectRef },
    ...{ responseStatus: { code: 200 }, stageTimestamp: "2026-11-27T12:00:00Z", annotations: { a: "b" } },
  };
  for (const pad of [0, 65_400]) {
    const { userAgent: _, ...found } = eventWithoutBodies(bytes({ userAgent: "x".repeat(pad), ...event }));
    const { requestURI: __, sourceIPs: ___, ...rest } = event;
    expect(found).toMatchObject({ ...rest, annotations: { a: "b", "audit.k8s.io/truncated": "true" } });
  }
});

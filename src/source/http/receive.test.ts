import { expect, test } from "vitest";
import type { Document, Json } from "../../event/document.ts";
import { isObject } from "../../event/document.ts";
import { newCounts } from "../feed.ts";
import type { Intake } from "../inbox.ts";
import { openAuditReader } from "../k8s-audit/split.ts";
import { MAX_LEVELS } from "../measure.ts";
import { type ReadPart, splitList } from "../split.ts";
import { type ReceiveOptions, receiveDocuments, receiveInParts } from "./receive.ts";

/** Accepts objects with a member `n`. */
const withNumber: ReadPart = (part, { time }) =>
  isObject(part) && part.n !== undefined ? { time, value: part } : { reason: "no_number", message: "it has no n" };

function listener(maxEvent = 1000) {
  const taken: Document[] = [];
  const state = { full: false, evaluated: Promise.resolve() };
  const intake: Intake = {
    waiting: 7,
    offer(documents) {
      if (state.full) return undefined;
      taken.push(...documents);
      return state.evaluated;
    },
  };
  const opened: ReceiveOptions = { split: splitList(withNumber), maxEvent, intake, counts: newCounts("http://here/") };
  const post = async (body: string, type = "application/json") => {
    const { status, body: answer, headers } = await receiveDocuments(opened, Buffer.from(body), type);
    return [status, answer, ...(headers ? [headers] : [])];
  };
  return { taken, state, post, counts: opened.counts, values: () => taken.map(({ value }) => value) };
}

test("accepts one event, a list, or an event per line, and measures their sizes", async () => {
  const { post, values, taken, counts } = listener();
  expect(await post('{"n":1}')).toEqual([200, '{"accepted":1}\n']);
  expect(await post('[{"n":2},{"n":3}]')).toEqual([200, '{"accepted":2}\n']);
  const lines = '{"n":4}\r\n\n{"n":5}\n{"n":12345678901234567890}';
  expect(await post(lines, "application/x-ndjson")).toEqual([200, '{"accepted":3}\n']);
  expect(await post(`${lines}\n`)).toEqual([200, '{"accepted":3}\n']);
  expect(await post("[]")).toEqual([200, '{"accepted":0}\n']);
  expect(values().slice(0, 6)).toEqual([1, 2, 3, 4, 5, 12345678901234567890n].map((n) => ({ n })));
  expect(taken.every(({ size }) => size !== undefined && size > 5)).toBe(true);
  expect([counts.accepted, counts.refused.size]).toEqual([9, 0]);
});

test("invalid JSON is rejected with the position and without its text", async () => {
  const { post, taken, counts } = listener();
  expect(await post('{"secret" oops}')).toEqual([400, "Cannot parse the body: invalid JSON at byte 11.\n"]);
  expect(await post("")).toEqual([400, "Cannot parse the body: it is empty.\n"]);
  expect(await post('[{"n":1},')).toEqual([400, "Cannot parse the body: unexpected end of JSON after 9 bytes.\n"]);
  expect(await post('{\n"n": oops\n}')).toEqual([400, expect.stringMatching(/invalid JSON/)]);
  expect(taken).toEqual([]);
  expect(Object.fromEntries(counts.refused)).toEqual({ not_json: 4 });
});

test("invalid parts are listed, and the other parts are accepted", async () => {
  const { post, values, counts } = listener(60);
  const large = { n: "x".repeat(100) };
  const parts: Json[] = [{ n: 1 }, 5, { n: 2 }, large];
  expect(await post(JSON.stringify(parts))).toEqual([
    200,
    '{"accepted":2,"refused":2,"reasons":[{"part":2,"reason":"it has no n"},{"part":4,"reason":"it has 108 bytes, which exceeds the limit of 60 bytes"}]}\n',
  ]);
  expect(await post('{"n":3}\n{"n":\n7', "application/jsonl")).toEqual([
    200,
    '{"accepted":1,"refused":2,"reasons":[{"part":2,"reason":"unexpected end of JSON after 5 bytes"},{"part":3,"reason":"it has no n"}]}\n',
  ]);
  expect(values()).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  expect(Object.fromEntries(counts.refused)).toEqual({ no_number: 2, too_large: 1, not_json: 1 });
});

test("a request without valid events has an error status", async () => {
  const { post, taken } = listener(60);
  const large = JSON.stringify({ n: "x".repeat(100) });
  expect(await post("[1,2]")).toEqual([400, expect.stringMatching(/^\{"accepted":0,"refused":2,/)]);
  expect(await post(large)).toEqual([
    413,
    expect.stringMatching(/it has 108 bytes, which exceeds the limit of 60 bytes/),
  ]);
  expect(await post(`[${large},1]`)).toEqual([400, expect.stringMatching(/"refused":2/)]);
  expect(await post(`[${new Array(50).fill(1).join()}]`)).toMatchObject([
    400,
    expect.stringMatching(/"refused":50,.*"part":20,"reason":"[^"]*"\}\]\}\n$/),
  ]);
  expect(taken).toEqual([]);
});

test("events nested too deeply are rejected without traversal", async () => {
  const { post } = listener(1e9);
  const nested = (levels: number) => `{"n":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  expect(await post(nested(MAX_LEVELS - 1))).toEqual([200, '{"accepted":1}\n']);
  expect(await post(nested(MAX_LEVELS))).toEqual([
    400,
    expect.stringMatching(/values are nested more than 100 levels deep/),
  ]);
  expect(await post(nested(1_000_000))).toEqual([400, expect.stringMatching(/deep/)]);
  expect(await post(`[12345678901234567890,${nested(100_000)}]`)).toEqual([400, expect.stringMatching(/./)]);
});

test("the size of an event is measured in bytes", async () => {
  const { post } = listener(20);
  expect(await post(`{"n":"${"é".repeat(6)}"}`)).toEqual([200, expect.stringMatching(/./)]);
  expect(await post(`{"n":"${"é".repeat(7)}"}`)).toEqual([413, expect.stringMatching(/it has 22 bytes/)]);
});

test("if the queue is full, the whole request is rejected", async () => {
  const { post, taken, state, counts } = listener();
  state.full = true;
  expect(await post('[{"n":1},{"n":2}]')).toEqual([
    429,
    "7 events are waiting to be evaluated: the queue is full.\n",
    { "retry-after": "1" },
  ]);
  expect(taken).toEqual([]);
  expect([counts.accepted, counts.refused.get("full")]).toEqual([0, 2]);
});

test("the response is sent after all events are evaluated", async () => {
  const { post, state } = listener();
  let evaluated: () => void = () => {};
  state.evaluated = new Promise((resolve) => {
    evaluated = resolve;
  });
  let answered = false;
  const answer = post('{"n":1}').then((one) => {
    answered = true;
    return one;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(answered).toBe(false);
  evaluated();
  expect(await answer).toEqual([200, '{"accepted":1}\n']);
});

test("a body of invalid lines lets other work run in between", async () => {
  const { post, counts } = listener();
  let turns = 0;
  let done = false;
  const turn = (): void => {
    turns++;
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  const lines = 300_000;
  const [status] = await post(`"${"\n[".repeat(lines)}`);
  done = true;
  expect([status, counts.refused.get("not_json")]).toEqual([400, 1]);
  expect(turns).toBeGreaterThan(5);
});

test("a body that does not fit into memory is read in parts, and large events without their bodies", async () => {
  const { values, counts, state } = listener(10_000_000);
  const { identify: _, ...reader } = openAuditReader();
  const taken: Document[] = [];
  const intake: Intake = {
    waiting: 0,
    offer(documents) {
      if (state.full) return undefined;
      taken.push(...documents);
      return state.evaluated;
    },
  };
  const options: ReceiveOptions = { ...reader, maxEvent: 10_000_000, intake, counts };
  const event = (name: string, rules: number) => ({
    ...{ kind: "Event", auditID: name, stage: "ResponseComplete", verb: "create", user: { username: "mallory" } },
    requestObject: { rules: Array.from({ length: rules }, () => ({})) },
    stageTimestamp: "2026-11-27T12:00:00Z",
  });
  const items = [event("padding", 100_000), event("hostile", 1), event("padding", 100_000), { kind: "Pod" }];
  const body = Buffer.from(JSON.stringify({ kind: "EventList", items }));
  const free = () => undefined;
  const within = (limit: number, status = 413) => {
    let used = 0;
    return (bytes: number) => {
      if (used + bytes > limit) return { status, type: "text/plain", body: "no memory" };
      used += bytes;
      return undefined;
    };
  };
  const answer = await receiveInParts(options, body, within(1_000_000));
  expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('"accepted":3,"refused":1') });
  expect(taken.map(({ value }) => value)).toMatchObject([
    { auditID: "padding", user: { username: "mallory" }, annotations: { "audit.k8s.io/truncated": "true" } },
    { auditID: "hostile", requestObject: { rules: [{}] } },
    { auditID: "padding", annotations: { "audit.k8s.io/truncated": "true" } },
  ]);
  expect(taken.filter(({ value }) => isObject(value) && value.requestObject !== undefined)).toHaveLength(1);
  expect(await receiveInParts(options, body, within(32_768 * 3))).toBeUndefined();
  expect(await receiveInParts(options, body, within(32_768 * 3, 429))).toMatchObject({ status: 429 });
  expect(await receiveInParts(options, Buffer.from("[]"), free)).toBeUndefined();
  expect(await receiveInParts({ ...options, parts: undefined }, body, free)).toBeUndefined();
  state.full = true;
  expect(await receiveInParts(options, body, free)).toMatchObject({ status: 429 });
  expect(values()).toEqual([]);
});

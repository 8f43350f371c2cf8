import { expect, test } from "vitest";
import type { Document, Json } from "../event/document.ts";
import { isObject } from "../event/document.ts";
import { type DocumentDoor, takeDocuments } from "./door.ts";
import { newCounts } from "./feed.ts";
import type { Intake } from "./inbox.ts";
import { MOST_LEVELS } from "./measure.ts";
import { type ReadPart, splitList } from "./split.ts";

/** Takes objects that have an `n`. */
const withNumber: ReadPart = (part, { time }) =>
  isObject(part) && part.n !== undefined ? { time, value: part } : { reason: "no_number", message: "it has no n" };

function door(maxEvent = 1000) {
  const taken: Document[] = [];
  const state = { full: false, judged: Promise.resolve() };
  const intake: Intake = {
    waiting: 7,
    offer(documents) {
      if (state.full) return undefined;
      taken.push(...documents);
      return state.judged;
    },
  };
  const opened: DocumentDoor = { split: splitList(withNumber), maxEvent, intake, counts: newCounts("http://here/") };
  const post = async (body: string, type = "application/json") => {
    const { status, body: answer, headers } = await takeDocuments(opened, Buffer.from(body), type);
    return [status, answer, ...(headers ? [headers] : [])];
  };
  return { taken, state, post, counts: opened.counts, values: () => taken.map(({ value }) => value) };
}

test("one event, a list and a line each are taken, with their sizes", async () => {
  const { post, values, taken, counts } = door();
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

test("what is no JSON is refused as a whole, with the place and none of its text", async () => {
  const { post, taken, counts } = door();
  expect(await post('{"secret" oops}')).toEqual([400, "The body can't be read: it is not JSON from byte 11 on.\n"]);
  expect(await post("")).toEqual([400, "The body can't be read: there is no JSON: it is empty.\n"]);
  expect(await post('[{"n":1},')).toEqual([
    400,
    "The body can't be read: it ends before the JSON does, after 9 bytes.\n",
  ]);
  expect(await post('{\n"n": oops\n}')).toEqual([400, expect.stringMatching(/it is not JSON/)]);
  expect(taken).toEqual([]);
  expect(Object.fromEntries(counts.refused)).toEqual({ not_json: 4 });
});

test("parts that are no events are named, and the others taken", async () => {
  const { post, values, counts } = door(60);
  const large = { n: "x".repeat(100) };
  const parts: Json[] = [{ n: 1 }, 5, { n: 2 }, large];
  expect(await post(JSON.stringify(parts))).toEqual([
    200,
    '{"accepted":2,"refused":2,"reasons":[{"part":2,"reason":"it has no n"},{"part":4,"reason":"it has 108 bytes, and may have 60"}]}\n',
  ]);
  expect(await post('{"n":3}\n{"n":\n7', "application/jsonl")).toEqual([
    200,
    '{"accepted":1,"refused":2,"reasons":[{"part":2,"reason":"it ends before the JSON does, after 5 bytes"},{"part":3,"reason":"it has no n"}]}\n',
  ]);
  expect(values()).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  expect(Object.fromEntries(counts.refused)).toEqual({ no_number: 2, too_large: 1, not_json: 1 });
});

test("where nothing can be taken the status says so", async () => {
  const { post, taken } = door(60);
  const large = JSON.stringify({ n: "x".repeat(100) });
  expect(await post("[1,2]")).toEqual([400, expect.stringMatching(/^\{"accepted":0,"refused":2,/)]);
  expect(await post(large)).toEqual([413, expect.stringMatching(/it has 108 bytes, and may have 60/)]);
  expect(await post(`[${large},1]`)).toEqual([400, expect.stringMatching(/"refused":2/)]);
  expect(await post(`[${new Array(50).fill(1).join()}]`)).toMatchObject([
    400,
    expect.stringMatching(/"refused":50,.*"part":20,"reason":"[^"]*"\}\]\}\n$/),
  ]);
  expect(taken).toEqual([]);
});

test("events nested beyond measure are refused, not walked through", async () => {
  const { post } = door(1e9);
  const nested = (levels: number) => `{"n":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  expect(await post(nested(MOST_LEVELS - 1))).toEqual([200, '{"accepted":1}\n']);
  expect(await post(nested(MOST_LEVELS))).toEqual([
    400,
    expect.stringMatching(/values are more than 100 deep within each other/),
  ]);
  expect(await post(nested(1_000_000))).toEqual([400, expect.stringMatching(/deep/)]);
  expect(await post(`[12345678901234567890,${nested(100_000)}]`)).toEqual([400, expect.stringMatching(/./)]);
});

test("the size of an event counts in bytes, whatever they stand for", async () => {
  const { post } = door(20);
  expect(await post(`{"n":"${"é".repeat(6)}"}`)).toEqual([200, expect.stringMatching(/./)]);
  expect(await post(`{"n":"${"é".repeat(7)}"}`)).toEqual([413, expect.stringMatching(/it has 22 bytes/)]);
});

test("without room everything is to be sent again, and nothing is half taken", async () => {
  const { post, taken, state, counts } = door();
  state.full = true;
  expect(await post('[{"n":1},{"n":2}]')).toEqual([
    429,
    "7 events wait to be judged, and there is no room for more now.\n",
    { "retry-after": "1" },
  ]);
  expect(taken).toEqual([]);
  expect([counts.accepted, counts.refused.get("full")]).toEqual([0, 2]);
});

test("the answer waits until everything is judged", async () => {
  const { post, state } = door();
  let judged: () => void = () => {};
  state.judged = new Promise((resolve) => {
    judged = resolve;
  });
  let answered = false;
  const answer = post('{"n":1}').then((one) => {
    answered = true;
    return one;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(answered).toBe(false);
  judged();
  expect(await answer).toEqual([200, '{"accepted":1}\n']);
});

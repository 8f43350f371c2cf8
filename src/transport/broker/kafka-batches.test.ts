import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import "./kafka.ts";
import { rejectedBatch } from "./kafka-batches.ts";

interface Decoded {
  readonly offset: string;
  readonly value: Buffer | null;
}

const kafkajs = createRequire(import.meta.url);
// Loaded after the client, in the same way as kafkajs loads it.
const decodeMessages: (decoder: object) => Promise<readonly Decoded[]> = kafkajs(
  "kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js",
);
const Decoder: new (bytes: Buffer) => object = kafkajs("kafkajs/src/protocol/decoder.js");

/**
 * A batch of messages with the same value, starting at an offset (org.apache.kafka.common.record.DefaultRecordBatch).
 */
function batch(
  firstOffset: number,
  count: number,
  value: string,
  pack: (records: Buffer) => Buffer = gzipSync,
): Buffer {
  const records = pack(Buffer.concat(Array.from({ length: count }, (_, delta) => record(delta, value))));
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(BigInt(firstOffset), 0);
  head.writeInt32BE(49 + records.length, 8);
  head.writeInt8(2, 16);
  head.writeInt16BE(1, 21); // gzip
  head.writeInt32BE(count - 1, 23);
  head.writeInt32BE(count, 57);
  return Buffer.concat([head, records]);
}

function record(delta: number, value: string): Buffer {
  const body = Buffer.concat([
    Buffer.from([0, 0]),
    varint(delta),
    varint(-1),
    varint(value.length),
    Buffer.from(value),
    varint(0),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

async function decode(...batches: readonly Buffer[]): Promise<readonly Decoded[]> {
  const bytes = Buffer.concat(batches);
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return decodeMessages(new Decoder(Buffer.concat([size, bytes])));
}

const brief = (messages: readonly Decoded[]) =>
  messages.map((message) => [message.offset, message.value?.toString() ?? rejectedBatch(message)?.reason]);

test("batches are decoded in order; an incomplete batch at the end of a response is omitted", async () => {
  const messages = await decode(batch(5, 2, "a"), batch(7, 1, "b"), batch(8, 1, "c").subarray(0, 65));
  expect(brief(messages)).toEqual([
    ["5", "a"],
    ["6", "a"],
    ["7", "b"],
  ]);
});

test("a batch that is too large or cannot be decompressed has a placeholder at its last offset", async () => {
  const large = batch(1, 3, "", () => gzipSync(Buffer.alloc(129 << 20), { level: 1 }));
  const damaged = batch(4, 2, "", () => Buffer.from("no gzip"));
  const messages = await decode(batch(0, 1, "a"), large, damaged, batch(6, 1, "b"));
  expect(brief(messages)).toEqual([
    ["0", "a"],
    ["3", "too_large"],
    ["5", "damaged"],
    ["6", "b"],
  ]);
  expect(messages.slice(1, 3).map((message) => rejectedBatch(message)?.messages)).toEqual([3, 2]);
});

test("a Snappy batch whose header specifies too many bytes is rejected as too large, not as damaged", async () => {
  const stated = batch(0, 1, "", () => Buffer.from("8080808008", "hex")); // 2 GiB, as a varint
  stated.writeInt16BE(2, 21); // Snappy
  expect(brief(await decode(stated, batch(1, 1, "b")))).toEqual([
    ["0", "too_large"],
    ["1", "b"],
  ]);
});

test("a batch with more messages than the call stack can hold is decoded, and a batch with too many is rejected", async () => {
  const messages = await decode(batch(0, 200_000, "a"), batch(200_000, 300_000, "a"), batch(500_000, 1, "b"));
  expect(messages).toHaveLength(200_002);
  expect(brief(messages.slice(-3))).toEqual([
    ["199999", "a"],
    ["499999", "too_large"],
    ["500000", "b"],
  ]);
});

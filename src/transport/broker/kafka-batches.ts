import type { Buffer } from "node:buffer";
import { createRequire } from "node:module";

/** A batch of messages that was not decoded. */
export interface RejectedBatch {
  readonly reason: "too_large" | "damaged";
  /** The reason, as a clause without a subject. */
  readonly message: string;
  /** Number of messages in the batch. */
  readonly messages: number;
}

/** Maximum number of messages in a batch. Each message takes memory as an object, even if it compresses well. */
const MAX_MESSAGES = 1 << 18;

/** Rejected batches, by placeholder message. */
const rejectedBatches = new WeakMap<object, RejectedBatch>();

/**
 * The rejected batch of a placeholder message; undefined for other messages. The placeholder has the last offset of the
 * batch.
 */
export function rejectedBatch(message: object): RejectedBatch | undefined {
  return rejectedBatches.get(message);
}

/** Decoder input of kafkajs, reduced to the members used here. */
interface Decoder {
  readonly buffer: Buffer;
  offset: number;
  canReadBytes(bytes: number): boolean;
  forward(bytes: number): void;
  slice(bytes: number): Decoder;
}

type DecodeMessages = (decoder: Decoder) => Promise<readonly object[]>;
type DecodeBatch = (decoder: Decoder) => Promise<{ readonly records: readonly object[] }>;

/**
 * Makes kafkajs return a placeholder message for a batch that is damaged, too large, or has too many messages. If
 * version 2.2.4 cannot decode a batch, it rejects the whole response and fetches it again indefinitely, so a single
 * batch would block a partition.
 */
export function skipUndecodableBatches(): void {
  const kafkajs = createRequire(import.meta.url);
  const path = kafkajs.resolve("kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js");
  const decodeMessages: DecodeMessages = kafkajs(path);
  const decodeBatch: DecodeBatch = kafkajs("kafkajs/src/protocol/recordBatch/v0/decoder.js");
  const cached = kafkajs.cache[path]; // response decoders are loaded with the first response
  if (cached !== undefined) cached.exports = (decoder: Decoder) => decodeAll(decoder, decodeMessages, decodeBatch);
}

/** Magic byte of the record batch format since Kafka 0.11, and its offset, which is the same in all formats. */
const MAGIC = 2;
const MAGIC_AT = 16;
/**
 * Bytes before the first record of a batch, and bytes that the length field does not count
 * (org.apache.kafka.common.record.DefaultRecordBatch).
 */
const BATCH_HEAD = 61;
const LENGTH_END = 12;

async function decodeAll(
  decoder: Decoder,
  older: DecodeMessages,
  decodeBatch: DecodeBatch,
): Promise<readonly object[]> {
  const { buffer, offset } = decoder;
  const size = buffer.readInt32BE(offset);
  if (size < BATCH_HEAD || !decoder.canReadBytes(4 + size) || buffer.readInt8(offset + 4 + MAGIC_AT) !== MAGIC)
    return older(decoder);
  decoder.forward(4);
  const batches = decoder.slice(size);
  decoder.forward(size);
  const messages: object[] = [];
  while (batches.canReadBytes(BATCH_HEAD)) {
    const start = batches.offset;
    const head = batches.buffer.subarray(start, start + BATCH_HEAD);
    const end = start + LENGTH_END + head.readInt32BE(8);
    if (end > batches.buffer.length) break; // the end of a response may be truncated
    for (const message of await decodeOne(batches, head, decodeBatch)) messages.push(message);
    batches.offset = end;
  }
  return messages;
}

async function decodeOne(batches: Decoder, head: Buffer, decodeBatch: DecodeBatch): Promise<readonly object[]> {
  const messages = head.readInt32BE(57);
  if (messages > MAX_MESSAGES) {
    const message = `has ${messages} messages, more than ${MAX_MESSAGES}`;
    return [placeholder(head, { reason: "too_large", message, messages })];
  }
  try {
    return (await decodeBatch(batches)).records;
  } catch (error) {
    const large = isTooLarge(error);
    const message = large ? "decompresses to more bytes than the limit for a batch" : "cannot be decompressed";
    return [placeholder(head, { reason: large ? "too_large" : "damaged", message, messages })];
  }
}

/** Creates an empty message at the last offset of a batch, with the properties that kafkajs reads. */
function placeholder(head: Buffer, refused: RejectedBatch): object {
  const attributes = head.readInt16BE(21);
  const message = {
    magicByte: MAGIC,
    attributes: 0,
    timestamp: String(head.readBigInt64BE(35)),
    offset: String(head.readBigInt64BE(0) + BigInt(head.readInt32BE(23))),
    key: null,
    value: null,
    headers: {},
    isControlRecord: false,
    batchContext: {
      inTransaction: (attributes & 0x10) !== 0,
      producerId: String(head.readBigInt64BE(43)),
    },
  };
  rejectedBatches.set(message, refused);
  return message;
}

function isTooLarge(error: unknown): boolean {
  if (!(error instanceof RangeError)) return false;
  return ("code" in error && error.code === "ERR_BUFFER_TOO_LARGE") || /\b(?:more|larger) than\b/.test(error.message);
}

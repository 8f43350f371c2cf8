import { crc32 } from "node:zlib";
import kafkajs, { type ICustomPartitioner, type Kafka, type Producer } from "kafkajs";
import { brokersOf, type KafkaAccess, kafkaError, openKafka } from "../../../transport/broker/kafka.ts";
import { readTls } from "../../../transport/tls.ts";
import { type Delivery, delivered, type Output, reasonOf } from "../../output.ts";
import { type SharedCertificates, tlsWith } from "../../transport/certificates.ts";
import { openConnection } from "../../transport/connection.ts";
import { eachGroup } from "../../transport/in-groups.ts";
import type { BrokerKeys } from "../../transport/keys.ts";
import { groupsOf, type KafkaMessage, messageOf, sizeOf } from "./message.ts";
import { kafkaTimes } from "./times.ts";

const { CompressionTypes, Partitioners } = kafkajs;

export interface KafkaKeys extends KafkaAccess, BrokerKeys {
  readonly tls: boolean;
  readonly topic: string;
  /**
   * `murmur2` and `crc32` assign all alerts with the same host name to one partition, as Java clients and librdkafka
   * do.
   */
  readonly balancer: keyof typeof partitioners;
  readonly compression: keyof typeof compressions;
  readonly requiredacks: "all" | "one";
  readonly topiccreation: boolean;
}

const partitioners: Readonly<Record<"murmur2" | "crc32" | "round_robin", ICustomPartitioner>> = {
  murmur2: Partitioners.DefaultPartitioner,
  crc32:
    () =>
    ({ message, partitionMetadata }) =>
      crc32(message.key ?? "") % partitionMetadata.length,
  round_robin: Partitioners.DefaultPartitioner, // messages without a key
};

const compressions = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const;

/** Maximum size of messages per request, in bytes, before compression. Below the default limit of brokers. */
const ROOM = 1_000_000;
/**
 * Default limit of a request (`socket.request.max.bytes`) in bytes. Brokers close the connection if a request exceeds
 * it.
 */
const LARGEST_REQUEST = 100 << 20;

/**
 * Kafka: one message per alert, keyed by host name to keep the alerts of a machine in order. A new producer retries
 * failed requests, so a message may arrive twice, with the same `uuid` header.
 */
export function kafkaOutput(keys: KafkaKeys, certificates: SharedCertificates): Output {
  const { topic, balancer } = keys;
  const link = openConnection<Producer>({
    where: brokersOf(keys).join(","),
    timeout: keys.timeout,
    secrets: [keys.password],
    connect: () => dial(keys, certificates),
    disconnect: (producer) => producer.disconnect(),
    isPersistent,
  });
  const times = kafkaTimes();
  let room = ROOM;

  async function deliver(messages: readonly KafkaMessage[]): Promise<Delivery> {
    const byAlert = new Map(messages.map((message) => [message.alert, message]));
    const groups = groupsOf(messages, room).map((group) => group.map(({ alert }) => alert));
    return eachGroup(groups, (group) => sendGroup(group.flatMap((alert) => byAlert.get(alert) ?? [])));
  }

  async function sendGroup(group: readonly KafkaMessage[], attempt = 0): Promise<Delivery> {
    const size = sizeOf(group);
    if (size > LARGEST_REQUEST) return tooLarge(size, "the maximum request size of 104857600 bytes");
    const raised = group.map(({ time }) => time);
    let error = "";
    const delivery = await link.use(async (producer) => {
      try {
        await send(producer, group, times.stamps(raised, attempt), keys);
        return delivered;
      } catch (thrown) {
        error = kafkaError(thrown);
        throw new Error(`topic ${topic}: ${reasonOf(thrown)}${fixes[error] ?? ""}`, { cause: thrown });
      }
    });
    if (error === "INVALID_TIMESTAMP" && times.rejected(raised, attempt)) return sendGroup(group, attempt + 1);
    if (!tooLargeErrors.has(error)) return delivery;
    if (group.length === 1) return tooLarge(size, "max.message.bytes of the topic allows");
    room = Math.ceil(size / 2);
    return deliver(group);
  }

  function tooLarge(size: number, limit: string): Delivery {
    return {
      outcome: "rejected",
      reason: `topic ${topic}: the message is too large: ${size} bytes, more than ${limit}`,
    };
  }

  return {
    name: "kafka",
    remote: true,
    deliver: (batch) => deliver(batch.map((alert) => messageOf(alert, balancer !== "round_robin"))),
    reopen: link.close,
    close: link.close,
  };
}

const tooLargeErrors: ReadonlySet<string> = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"]);

/** Advice for errors that an administrator can fix. Deliveries are retried in the meantime. */
const fixes: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: " (create the topic, or set topiccreation: true)",
  TOPIC_AUTHORIZATION_FAILED: " (grant the user permission to write to it)",
  NOT_ENOUGH_REPLICAS: " (fewer replicas are in sync than min.insync.replicas of the topic)",
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: " (fewer replicas are in sync than min.insync.replicas of the topic)",
  KAFKA_STORAGE_ERROR: " (the broker cannot write to its disk)",
  INVALID_TIMESTAMP: " (the broker rejects every timestamp, even the current time)",
};

/** Whether the broker rejected the credentials, or the user has no permission. */
function isPersistent(error: unknown): boolean {
  if (error instanceof kafkajs.KafkaJSSASLAuthenticationError) return true;
  return /_AUTH(ENTICATION|ORIZATION)_FAILED$/.test(kafkaError(error));
}

async function dial(keys: KafkaKeys, certificates: SharedCertificates): Promise<Producer> {
  const secure = keys.tls || keys.mutualtls;
  const kafka = openKafka(keys, secure ? readTls(tlsWith(certificates, keys)) : undefined);
  if (keys.requiredacks === "one") return connected(kafka, keys, false);
  try {
    return await connected(kafka, keys, true);
  } catch (error) {
    if (!mayNotBeIdempotent(error)) throw error;
    return connected(kafka, keys, false);
  }
}

/**
 * Whether the idempotent producer may be the cause of an error: some clusters restrict the required permission, and
 * some Kafka-compatible servers do not support idempotent producers.
 */
function mayNotBeIdempotent(error: unknown): boolean {
  if (/^(CLUSTER|TRANSACTIONAL_ID)_AUTHORIZATION_FAILED$/.test(kafkaError(error))) return true;
  return error instanceof kafkajs.KafkaJSBrokerNotFound || error instanceof kafkajs.KafkaJSServerDoesNotSupportApiKey;
}

async function connected(kafka: Kafka, keys: KafkaKeys, idempotent: boolean): Promise<Producer> {
  const producer = kafka.producer({
    allowAutoTopicCreation: keys.topiccreation,
    idempotent,
    maxInFlightRequests: 1, // with more, a retry would change the order
    createPartitioner: partitioners[keys.balancer],
    // kafkajs 2.2.4 can lose messages if a producer retries a request that only some partitions accepted: it treats
    // messages of a partition that moved to another broker as sent, and reuses sequence numbers. Therefore retries are
    // disabled. Idempotent producers reject 0 retries, but accept NaN.
    retry: { retries: Number.NaN },
  });
  try {
    await producer.connect();
    return producer;
  } catch (error) {
    void producer.disconnect().catch(() => {});
    throw error;
  }
}

async function send(
  producer: Producer,
  group: readonly KafkaMessage[],
  stamps: readonly string[],
  { topic, compression, requiredacks, timeout }: KafkaKeys,
): Promise<void> {
  await producer.send({
    topic,
    messages: group.map(({ key, value, headers }, i) => ({ key, value, headers, timestamp: stamps[i] ?? "" })),
    acks: requiredacks === "all" ? -1 : 1,
    timeout,
    compression: compressions[compression],
  });
}

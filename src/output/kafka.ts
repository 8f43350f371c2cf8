import { crc32 } from "node:zlib";
import kafkajs, { type ICustomPartitioner, type Kafka, type Producer } from "kafkajs";
import type { Alert } from "../alert/alert.ts";
import { brokersOf, type KafkaAccess, kafkaError, openKafka } from "../broker/kafka.ts";
import type { BrokerKeys } from "./brokers.ts";
import { type SharedCertificates, tlsWith } from "./certificates.ts";
import { eventJson, factsOf, milliseconds } from "./facts.ts";
import { inGroups } from "./http-form.ts";
import { openLink } from "./link.ts";
import { type Delivery, delivered, type Output } from "./output.ts";
import { readTls } from "./tls.ts";

const { CompressionTypes, Partitioners } = kafkajs;

export interface KafkaKeys extends KafkaAccess, BrokerKeys {
  readonly tls: boolean;
  readonly topic: string;
  /** `murmur2`, `crc32`: all alerts of a host in the partition that Java's or librdkafka's clients would choose. */
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
  round_robin: Partitioners.DefaultPartitioner, // where there is no key
};

const compressions = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, zstd: CompressionTypes.ZSTD } as const;

/** Messages in one request. */
const GROUP = 200;

/**
 * Kafka: a message per alert, whose key is the alert's host, so that a host's alerts keep their order. The producer is idempotent:
 * its own repetitions make no second message. Those after a connection broke may; the header `uuid` is the same.
 */
export function kafkaOutput(keys: KafkaKeys, certificates: SharedCertificates): Output {
  const link = openLink<Producer>({
    where: brokersOf(keys).join(","),
    timeout: keys.timeout,
    secrets: [keys.password],
    dial: () => dial(keys, certificates),
    hangUp: (producer) => producer.disconnect(),
  });
  return {
    name: "kafka",
    remote: true,
    deliver: (batch) => inGroups(batch, GROUP, (group) => link.use((producer) => send(producer, group, keys))),
    reopen: link.close,
    close: link.close,
  };
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

/** Some clusters allow it to some only, and some that only speak like Kafka don't have it. */
function mayNotBeIdempotent(error: unknown): boolean {
  if (/^(CLUSTER|TRANSACTIONAL_ID)_AUTHORIZATION_FAILED$/.test(kafkaError(error))) return true;
  return error instanceof kafkajs.KafkaJSBrokerNotFound || error instanceof kafkajs.KafkaJSServerDoesNotSupportApiKey;
}

async function connected(kafka: Kafka, keys: KafkaKeys, idempotent: boolean): Promise<Producer> {
  const producer = kafka.producer({
    allowAutoTopicCreation: keys.topiccreation,
    idempotent,
    maxInFlightRequests: 1, // else a repetition would come after later ones
    createPartitioner: partitioners[keys.balancer],
    retry: { retries: 1, initialRetryTime: 100 },
  });
  try {
    await producer.connect();
    return producer;
  } catch (error) {
    void producer.disconnect().catch(() => {});
    throw error;
  }
}

async function send(producer: Producer, group: readonly Alert[], keys: KafkaKeys): Promise<Delivery> {
  const { topic, balancer, compression, requiredacks, timeout } = keys;
  const messages = group.map((alert) => {
    const facts = factsOf(alert);
    return {
      key: balancer === "round_robin" ? null : facts.hostname,
      value: eventJson(facts),
      headers: { uuid: facts.id },
      timestamp: String(milliseconds(alert)),
    };
  });
  try {
    const acks = requiredacks === "all" ? -1 : 1;
    await producer.send({ topic, messages, acks, timeout, compression: compressions[compression] });
    return delivered;
  } catch (error) {
    if (!tooLarge.has(kafkaError(error))) throw error;
    if (group.length === 1) return { outcome: "refused", reason: `${topic}: ${kafkaError(error)}` };
    return inGroups(group, Math.ceil(group.length / 2), (half) => send(producer, half, keys));
  }
}

const tooLarge: ReadonlySet<string> = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"]);

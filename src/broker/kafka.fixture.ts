import { existsSync } from "node:fs";
import kafkajs from "kafkajs";
import koffi from "koffi";
import { letIdleSleep } from "./kafka-idle.ts";

/** Brokers that speak Kafka's protocol and keep what they get in memory: those that librdkafka has for tests. */
export interface MockKafka {
  /** `host:port` of each, with commas between. */
  readonly hostport: string;
  createTopic(name: string, partitions: number): void;
  /** Takes all brokers away, or brings them back with what they had. */
  set(state: "down" | "up"): void;
  /** Sends messages by librdkafka's own producer, packed together. */
  produce(topic: string, texts: readonly string[], compression: "snappy" | "lz4" | "zstd" | "gzip"): void;
  /** The next answers to requests to produce are these errors. */
  fail(errors: readonly (keyof typeof codes)[]): void;
  /** All messages of a topic, partition by partition. */
  read(topic: string): Promise<Message[]>;
  remove(): void;
}

export interface Message {
  readonly partition: number;
  readonly key: string | undefined;
  readonly uuid: string;
  readonly text: string;
}

const folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"];
const library = folders.map((folder) => `${folder}/librdkafka.so.1`).find((file) => existsSync(file));
export const hasMockKafka = library !== undefined;

letIdleSleep();

const PRODUCER = 0;
const PRODUCE = 0;
const COPY = 2;
const LEAVE_GROUP = 13;
const codes = { MESSAGE_TOO_LARGE: 10, TOPIC_AUTHORIZATION_FAILED: 29 } as const;

export function startMockKafka(brokers = 1): MockKafka {
  const loaded = koffi.load(library ?? "");
  const func = (prototype: string) => loaded.func(prototype);
  const call = {
    newConf: func("void *rd_kafka_conf_new()"),
    setConf: func("int rd_kafka_conf_set(void *conf, const char *name, const char *value, void *error, size_t size)"),
    newHandle: func("void *rd_kafka_new(int type, void *conf, void *error, size_t size)"),
    newCluster: func("void *rd_kafka_mock_cluster_new(void *handle, int brokers)"),
    bootstraps: func("const char *rd_kafka_mock_cluster_bootstraps(void *cluster)"),
    createTopic: func("int rd_kafka_mock_topic_create(void *cluster, const char *name, int partitions, int replicas)"),
    setDown: func("int rd_kafka_mock_broker_set_down(void *cluster, int32_t broker)"),
    setUp: func("int rd_kafka_mock_broker_set_up(void *cluster, int32_t broker)"),
    fail: func(
      "void rd_kafka_mock_push_request_errors_array(void *cluster, int16_t request, size_t count, int *errors)",
    ),
    limit: func("int rd_kafka_mock_set_apiversion(void *cluster, int16_t request, int16_t least, int16_t most)"),
    quicken: func("void rd_kafka_mock_group_initial_rebalance_delay_ms(void *cluster, int32_t delay)"),
    newTopic: func("void *rd_kafka_topic_new(void *handle, const char *name, void *conf)"),
    produce: func(
      "int rd_kafka_produce(void *topic, int32_t partition, int flags, void *text, size_t length, void *key, size_t keyLength, void *opaque)",
    ),
    flush: func("int rd_kafka_flush(void *handle, int timeout)"),
    destroy: func("void rd_kafka_mock_cluster_destroy(void *cluster)"),
  };
  const conf: unknown = call.newConf();
  call.setConf(conf, "log_level", "0", null, 0);
  const cluster: unknown = call.newCluster(call.newHandle(PRODUCER, conf, null, 0), brokers);
  call.quicken(cluster, 100);
  call.limit(cluster, LEAVE_GROUP, 0, 1); // its later versions are answered with less than they should
  const hostport = String(call.bootstraps(cluster));

  async function read(topic: string): Promise<Message[]> {
    const client = new kafkajs.Kafka({ brokers: hostport.split(","), logLevel: kafkajs.logLevel.NOTHING });
    const admin = client.admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    const expected = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    const messages: Message[] = [];
    if (expected === 0) return messages;
    const consumer = client.consumer({ groupId: `reader-${Math.random()}`, maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on("consumer.crash", ({ payload }) => reject(payload.error));
      void consumer.run({
        eachMessage: async ({ partition, message: { key, value, headers } }) => {
          messages.push({ partition, key: key?.toString(), uuid: String(headers?.uuid), text: String(value) });
          if (messages.length === expected) resolve();
        },
      });
    });
    await consumer.disconnect();
    return messages.sort((a, b) => a.partition - b.partition);
  }

  return {
    hostport,
    read,
    createTopic(name, partitions) {
      call.createTopic(cluster, name, partitions, 1);
    },
    set(state) {
      for (let id = 1; id <= brokers; id++) (state === "down" ? call.setDown : call.setUp)(cluster, id);
    },
    produce(topic, texts, compression) {
      const own: unknown = call.newConf();
      const options = {
        "bootstrap.servers": hostport,
        "compression.codec": compression,
        "linger.ms": "50",
        log_level: "0",
      };
      for (const [name, value] of Object.entries(options)) call.setConf(own, name, value, null, 0);
      const handle: unknown = call.newHandle(PRODUCER, own, null, 0);
      const to: unknown = call.newTopic(handle, topic, null);
      for (const text of texts) {
        const bytes = Buffer.from(text);
        call.produce(to, 0, COPY, bytes, bytes.length, null, 0, null);
      }
      if (call.flush(handle, 10_000) !== 0) throw new Error("librdkafka could not send");
    },
    fail: (errors) =>
      void call.fail(
        cluster,
        PRODUCE,
        errors.length,
        Int32Array.from(errors, (name) => codes[name]),
      ),
    remove: () => void call.destroy(cluster),
  };
}

import { filled, flag, ignored, servers, text, word } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";
import { brokerKeys } from "../transport/keys.ts";

export const kafkaOutput = describeOutput({
  name: "kafka",
  about: "Sends alerts to Kafka and compatible brokers.",
  keys: {
    hostport: servers("Bootstrap brokers, such as `kafka-0:9092`. Setting this key enables the output.", []),
    topic: filled("falco", "Name of the topic."),
    sasl: word(["none", "plain", "scram_sha256", "scram_sha512"], "none", "SASL mechanism.", {
      "": "none",
      "scram-sha-256": "scram_sha256",
      "scram-sha-512": "scram_sha512",
    }),
    username: text("", "User for `sasl`."),
    password: text("", "The user's password."),
    tls: flag(false, "Connect over TLS."),
    clientid: filled("eyas", "Client ID."),
    compression: word(["none", "gzip", "snappy", "lz4", "zstd"], "none", "Compression of messages.", {
      "": "none",
    }),
    balancer: word(
      ["murmur2", "crc32", "round_robin"],
      "murmur2",
      "Partitioning: by the host name of the alert, with the hash function of Java clients (`murmur2`) or librdkafka (`crc32`), so that alerts of a machine stay in order; or round robin.",
      { "": "murmur2", murmur2_random: "murmur2", crc32_random: "crc32", least_bytes: "round_robin" },
    ),
    requiredacks: word(
      ["all", "one"],
      "all",
      "Replicas that must acknowledge an alert: all in-sync replicas, or only the leader.",
      { none: "one", "": "all" },
    ),
    topiccreation: flag(false, "Create the topic if it is missing."),
    async: ignored("each message is acknowledged", flag(false, "")),
    ...brokerKeys,
  },
  enabledBy: "hostport",
  example:
    "hostport: [kafka-0.example.org:9093, kafka-1.example.org:9093]\ntls: true\nsasl: scram_sha512\nusername: eyas\npassword: ${KAFKA_PASSWORD}",
  notes: `
The key of a message is the host name of the alert, the value is the alert as JSON, and the header \`uuid\` is the ID of the alert. A
request contains at most about 1 MB of messages, including keys and headers, before compression. If the limit of a topic is lower
(\`max.message.bytes\`), requests become smaller. A single alert that exceeds the limit becomes a [dead letter](#delivery). Brokers
must support message format version 2 (Kafka 0.11 or newer); tests run against Kafka 4.3.1.

The timestamp of a message is the time of the alert. The current time replaces timestamps that are in the future or before September 2001, and
timestamps that the topic rejects (\`message.timestamp.before.max.ms\`), for example after a long outage. If the topic rejects even
the current time, because the clock of the host or the broker is wrong, messages have no timestamp. \`time\` in the JSON is always
the time of the alert.

If the topic or a permission is missing, if there are too few in-sync replicas, or if a disk is full, alerts stay in
the queue until an administrator fixes the cause; \`eyas outputs\` and the log show the reason. A quota only slows down deliveries.

Messages in flight when a broker stops or partitions move are sent again. Some messages can arrive twice, with the same \`uuid\`.
`,
  async open(settings, { certificates }) {
    return (await import("./kafka/output.ts")).kafkaOutput(settings, certificates);
  },
});

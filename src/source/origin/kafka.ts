import { withPort } from "./address.ts";
import { broker } from "./broker-keys.ts";
import { type AnyOrigin, describeOrigin } from "./descriptor.ts";

export interface KafkaOrigin extends AnyOrigin {
  readonly kind: "kafka";
  /** Addresses of the brokers, `host:port` each. */
  readonly brokers: readonly string[];
  readonly topic: string;
}

const keys = { broker };

export const kafkaOrigin = describeOrigin<KafkaOrigin, typeof keys>({
  kind: "kafka",
  schemes: ["kafka"],
  form: "`kafka://broker:9092,broker:9092/topic`",
  keys,
  parse(rest, text) {
    const found = /^\/\/([^/?#@\s]+)\/([^/?#\s]+)$/.exec(rest);
    if (found === null) return { wrong: "it requires brokers and a topic, like kafka://broker:9092/events" };
    const [, hosts = "", topic = ""] = found;
    const brokers = hosts.split(",").map((host) => withPort(host, 9092));
    return { kind: "kafka", brokers, topic, text };
  },
  open: async (requests, context) => (await import("../kafka/open.ts")).openKafkaFeeds(requests, context),
});

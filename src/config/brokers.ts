import { type Complain, flag, type Leaf, later, list, number, section, text, word } from "./shape.ts";
import type { Tree } from "./tree.ts";

const ANY = Number.MAX_SAFE_INTEGER;

/** Message brokers by name. Names and keys are Falcosidekick's where it has them. */
export function brokers<P>(minimumpriority: Leaf<P>) {
  const common = {
    minimumpriority,
    checkcert: flag(true, "Whether its certificate has to be a good one."),
    mutualtls: flag(
      false,
      "Show a certificate of our own: `outputs.mutualtlsclient`, or files in `mutualtlsfilespath`.",
    ),
    timeout: number(
      10_000,
      "Milliseconds for a connection, and for the acknowledgement of what is sent.",
      [1, 600_000],
    ),
  };
  return {
    kafka: section("Alerts to Kafka and what speaks like it.", {
      hostport: servers("Some brokers of the cluster, like `kafka-0:9092`; switch it on.", []),
      topic: filled("falco", "The topic."),
      sasl: word(["none", "plain", "scram_sha256", "scram_sha512"], "none", "How to sign in.", {
        "": "none",
        "scram-sha-256": "scram_sha256",
        "scram-sha-512": "scram_sha512",
      }),
      username: text("", "A user, for `sasl`."),
      password: text("", "The user's password."),
      tls: flag(false, "Over TLS."),
      clientid: filled("eyas", "Who it says it is."),
      compression: word(["none", "gzip", "snappy", "lz4", "zstd"], "none", "How messages are compressed.", {
        "": "none",
      }),
      balancer: word(
        ["murmur2", "crc32", "round_robin"],
        "murmur2",
        "The partition: by the alert's host, as Java's clients (`murmur2`) or librdkafka (`crc32`) choose, so that a host's alerts keep their order; or one after the other.",
        { "": "murmur2", murmur2_random: "murmur2", crc32_random: "crc32", least_bytes: "round_robin" },
      ),
      requiredacks: word(
        ["all", "one"],
        "all",
        "Who has to have an alert before it counts as delivered: all replicas in sync, or the leader.",
        { none: "one", "": "all" },
      ),
      topiccreation: flag(false, "Ask for the topic to be made where it is missing."),
      async: later("Not to wait for acknowledgements. Eyas does.", flag(false, "")),
      ...common,
    }),
    mqtt: section("Alerts to a broker of MQTT.", {
      broker: server("The broker, like `tcp://mqtt:1883` or `ssl://mqtt:8883`; switches it on.", [
        "tcp",
        "mqtt",
        "ssl",
        "tls",
        "mqtts",
        "ws",
        "wss",
      ]),
      topic: filled("falco/events", "The topic; `<priority>` and `<rule>` in it stand for the alert's."),
      qos: number(
        1,
        "0: nobody says that an alert arrived. 1: it arrives at least once. 2: once a connection.",
        [0, 2],
      ),
      retained: flag(false, "Whether the broker keeps the last one for those who come later."),
      user: text("", "A user."),
      password: text("", "The user's password."),
      ...common,
    }),
    nats: section("Alerts to NATS, with or without JetStream.", {
      hostport: servers("Servers of a cluster, like `nats://nats:4222` or `tls://nats:4222`; switch it on.", [
        "nats",
        "tls",
      ]),
      subjecttemplate: filled("falco.<priority>.<rule>", "The subject of an alert, by its priority and rule."),
      jetstream: flag(
        true,
        "Wait until a stream has stored each alert. Otherwise only those who listen at the moment get it.",
      ),
      stream: text("falco", "The stream that is made where none takes the subjects; empty: none is made."),
      retention: number(30, "Days that such a stream keeps alerts; 0: for ever.", [0, 36_500]),
      username: text("", "A user; an address may have it, too."),
      password: text("", "The user's password."),
      token: text("", "A token, in place of the user."),
      credentialsfile: text("", "A file with a JWT and its key, in place of the user."),
      ...common,
    }),
    rabbitmq: section("Alerts to RabbitMQ.", {
      url: server(
        "The server with user, password and virtual host, like `amqps://eyas:secret@rabbitmq/`; switches it on.",
        ["amqp", "amqps"],
      ),
      queue: filled("falco", "The queue."),
      exchange: text("", "An exchange, in place of the queue. It drops what no queue is bound for."),
      routingkey: filled("falco.<priority>.<rule>", "With `exchange`: the routing key of an alert."),
      create: flag(true, "Make the queue (durable) or the exchange (topic, durable) where it is missing."),
      ...common,
    }),
    redis: section("Alerts to Redis and what speaks like it.", {
      address: server("The server, like `redis:6379` or `rediss://redis:6379`; switches it on.", ["redis", "rediss"]),
      username: text("", "A user."),
      password: text("", "The user's password, or the server's."),
      database: number(0, "The number of a database.", [0, ANY]),
      storagetype: word(
        ["list", "hashmap", "stream"],
        "list",
        "At the end of a list, in a hash under the alert's `uuid`, or as entries of a stream.",
      ),
      key: filled("falco", "The name of the list, hash or stream."),
      maxlength: number(0, "About how many entries a stream keeps; 0: all.", [0, ANY]),
      tls: flag(false, "Over TLS."),
      certfile: text("", "With `mutualtls`: our own certificate, instead of the one of all receivers."),
      keyfile: text("", "Its key."),
      cacertfile: text("", "The authority of this receiver."),
      version: later("The protocol's version. Eyas speaks RESP 2, which all servers know.", number(0, "", [0, ANY])),
      ...common,
    }),
  };
}

/** A text that can't be empty: an empty one stands for the usual one. */
function filled(fallback: string, about: string): Leaf<string> {
  return { ...text(fallback, about), read: (tree) => (tree.kind === "scalar" ? tree.text || fallback : undefined) };
}

/** An address with one of these schemes, or `host:port`. */
function server(about: string, schemes: readonly string[]): Leaf<string> {
  const read = (tree: Tree, complain: Complain) => readServer(tree, complain, schemes);
  return { kind: "leaf", takes: "an address", fallback: "", about, read };
}

/** Such addresses; a comma separates them in one text. */
function servers(about: string, schemes: readonly string[]): Leaf<readonly string[]> {
  return list("a list of text", about, (tree, complain) => readServer(tree, complain, schemes));
}

/** The complaint doesn't repeat the address: it may hold a password. */
function readServer(tree: Tree, complain: Complain, schemes: readonly string[]): string | undefined {
  if (tree.kind !== "scalar") return undefined;
  const addresses = tree.text.split(",").map((each) => each.trim());
  const good = addresses.every((each) => {
    const [scheme] = each.split("://");
    if (!each.includes("://")) return URL.canParse(`tcp://${each}`);
    return schemes.includes(scheme ?? "") && URL.canParse(each);
  });
  if (tree.text === "" || good) return tree.text;
  const begins = schemes.length === 0 ? "" : `, after ${schemes.map((each) => `${each}://`).join(" or ")}`;
  complain(`An address is a host, maybe with a port, like example.org:1234${begins}`, tree.place);
  return undefined;
}

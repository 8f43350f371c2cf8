import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificates } from "../../src/output/transport/certificates.fixture.ts";
import { freePorts, type KafkaProcess, startKafkaProcess } from "./process.ts";

/**
 * Addresses of the brokers, `host:port` each. Clients of `plain`, `tls` and `mtls` have all permissions. Clients of
 * `sasl` and `sasltls` authenticate as {@link kafkaUser}, whose access ACLs can restrict.
 */
export interface KafkaAddresses {
  readonly plain: string;
  readonly sasl: string;
  readonly tls: string;
  readonly mtls: string;
  readonly sasltls: string;
  /** The directory with the CA certificate (`ca.crt`) and a client certificate (`client.crt`, `client.key`). */
  readonly certificates: string;
  /** The directory with the files of the partitions. */
  readonly data: string;
}

export interface KafkaServer extends KafkaProcess {
  readonly place: KafkaAddresses;
  /** Ends the broker and removes its files. */
  remove(): Promise<void>;
}

export const kafkaUser = { username: "eyas", password: "open-sesame" } as const;

/** Configuration of all brokers in tests: small, quick to form groups, and without automatic topics. */
const small = {
  "process.roles": "broker,controller",
  "controller.listener.names": "CONTROLLER",
  "inter.broker.listener.name": "PLAIN",
  "auto.create.topics.enable": "false",
  "offsets.topic.num.partitions": 1,
  "group.initial.rebalance.delay.ms": 0,
  "group.min.session.timeout.ms": 1000,
  "log.cleaner.dedupe.buffer.size": 4 << 20,
  "log.retention.ms": -1,
} as const;

const listeners = ["PLAIN", "SASL", "TLS", "MTLS", "SASLTLS"] as const;

/** Starts a broker that is also its controller, with a listener for each kind of authentication. */
export async function startKafka(): Promise<KafkaServer> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-kafka-"));
  const [controller, ...ports] = await freePorts(listeners.length + 1);
  const at = (name: (typeof listeners)[number]): string => `127.0.0.1:${ports[listeners.indexOf(name)]}`;
  const { at: certificate } = makeCertificates();
  const addresses = listeners.map((name) => `${name}://${at(name)}`);
  const signIn = Object.fromEntries(
    ["sasl", "sasltls"].flatMap((listener) => [
      [
        `listener.name.${listener}.plain.sasl.jaas.config`,
        `org.apache.kafka.common.security.plain.PlainLoginModule required user_${kafkaUser.username}="${kafkaUser.password}";`,
      ],
      ...["256", "512"].map((bits) => [
        `listener.name.${listener}.scram-sha-${bits}.sasl.jaas.config`,
        "org.apache.kafka.common.security.scram.ScramLoginModule required;",
      ]),
    ]),
  );
  const broker = await startKafkaProcess({
    folder,
    port: ports[0] ?? 0,
    format: ["256", "512"].flatMap((bits) => [
      "--add-scram",
      `SCRAM-SHA-${bits}=[name=${kafkaUser.username},password=${kafkaUser.password}]`,
    ]),
    properties: {
      ...small,
      ...signIn,
      "node.id": 1,
      "controller.quorum.voters": `1@127.0.0.1:${controller}`,
      listeners: [...addresses, `CONTROLLER://127.0.0.1:${controller}`].join(),
      "advertised.listeners": addresses.join(),
      "listener.security.protocol.map":
        "PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL,MTLS:SSL,SASLTLS:SASL_SSL,CONTROLLER:PLAINTEXT",
      "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
      "ssl.keystore.type": "PEM",
      "ssl.keystore.location": certificate("server.pem"),
      "ssl.truststore.type": "PEM",
      "ssl.truststore.location": certificate("ca.crt"),
      "listener.name.mtls.ssl.client.auth": "required",
      "ssl.principal.mapping.rules": "RULE:.*/ANONYMOUS/",
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "allow.everyone.if.no.acl.found": "true",
      "super.users": "User:ANONYMOUS",
      "offsets.topic.replication.factor": 1,
      "transaction.state.log.replication.factor": 1,
      "transaction.state.log.min.isr": 1,
      "share.coordinator.state.topic.replication.factor": 1,
      "share.coordinator.state.topic.min.isr": 1,
    },
  });
  return {
    ...broker,
    place: {
      plain: at("PLAIN"),
      sasl: at("SASL"),
      tls: at("TLS"),
      mtls: at("MTLS"),
      sasltls: at("SASLTLS"),
      certificates: certificate(""),
      data: join(folder, "data"),
    },
    async remove() {
      await broker.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Starts brokers that replicate topics: each partition is on all brokers, and a message counts as written when two
 * brokers have stored it.
 */
export async function startKafkaCluster(count: number) {
  const folder = mkdtempSync(join(tmpdir(), "eyas-kafkas-"));
  const ports = await freePorts(2 * count);
  const voters = Array.from({ length: count }, (_, i) => `${i + 1}@127.0.0.1:${ports[count + i]}`).join();
  const brokers = await Promise.all(
    ports.slice(0, count).map((port, i) =>
      startKafkaProcess({
        folder: join(folder, `${i + 1}`),
        port,
        properties: {
          ...small,
          "node.id": i + 1,
          "controller.quorum.voters": voters,
          listeners: `PLAIN://127.0.0.1:${port},CONTROLLER://127.0.0.1:${ports[count + i]}`,
          "advertised.listeners": `PLAIN://127.0.0.1:${port}`,
          "listener.security.protocol.map": "PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT",
          "default.replication.factor": count,
          "min.insync.replicas": 2,
          "offsets.topic.replication.factor": count,
          "transaction.state.log.replication.factor": count,
          "transaction.state.log.min.isr": 2,
          "broker.session.timeout.ms": 6000,
        },
      }),
    ),
  );
  return {
    hostport: ports.slice(0, count).map((port) => `127.0.0.1:${port}`),
    brokers,
    async remove() {
      await Promise.all(brokers.map((broker) => broker.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

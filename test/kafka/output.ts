import type { Alert } from "../../src/alert/alert.ts";
import { type KafkaKeys, kafkaOutput } from "../../src/output/receiver/kafka/output.ts";
import { alertAbout, noCertificates } from "../../src/output/receiver.fixture.ts";
import { type KafkaAddresses, kafkaUser } from "./server.ts";

/** Configuration of a Kafka output for a topic. */
export const kafkaKeys: KafkaKeys = {
  hostport: [],
  topic: "falco",
  sasl: "none",
  tls: false,
  username: "",
  password: "",
  clientid: "eyas",
  balancer: "murmur2",
  compression: "none",
  requiredacks: "all",
  topiccreation: false,
  checkcert: true,
  mutualtls: false,
  timeout: 10_000,
};

/** Opens an output without authentication. */
export function openPlain(hostport: readonly string[], topic: string, changes: Partial<KafkaKeys> = {}) {
  return kafkaOutput({ ...kafkaKeys, hostport, topic, ...changes }, noCertificates);
}

/** Opens an output that authenticates with a password. */
export function openAsUser({ sasl }: KafkaAddresses, topic: string, changes: Partial<KafkaKeys> = {}) {
  return kafkaOutput(
    { ...kafkaKeys, hostport: [sasl], topic, sasl: "plain", ...kafkaUser, ...changes },
    noCertificates,
  );
}

/** Copies alerts, and distributes them over a number of hosts. */
export function ofHosts(alerts: readonly Alert[], hosts: number): Alert[] {
  return alerts.map((alert, i) => {
    const parts = alert.parts ?? alertAbout("").parts;
    return { ...alert, ...(parts && { parts: { ...parts, hostname: `node-${i % hosts}` } }) };
  });
}

import type { Alert } from "../../src/alert/alert.ts";
import { type KafkaKeys, kafkaOutput } from "../../src/output/receiver/kafka/output.ts";
import { alertAbout, noCertificates } from "../../src/output/receiver.fixture.ts";
import { type KafkaPlace, kafkaUser } from "./server.ts";

/** The keys of an output to Kafka, for a topic. */
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

/** An output that signs in nowhere. */
export function openPlain(hostport: readonly string[], topic: string, changes: Partial<KafkaKeys> = {}) {
  return kafkaOutput({ ...kafkaKeys, hostport, topic, ...changes }, noCertificates);
}

/** An output whose user signs in with a password. */
export function openAsUser({ sasl }: KafkaPlace, topic: string, changes: Partial<KafkaKeys> = {}) {
  return kafkaOutput(
    { ...kafkaKeys, hostport: [sasl], topic, sasl: "plain", ...kafkaUser, ...changes },
    noCertificates,
  );
}

/** The same alerts, as if each came from another one of so many hosts. */
export function ofHosts(alerts: readonly Alert[], hosts: number): Alert[] {
  return alerts.map((alert, i) => {
    const parts = alert.parts ?? alertAbout("").parts;
    return { ...alert, ...(parts && { parts: { ...parts, hostname: `node-${i % hosts}` } }) };
  });
}
